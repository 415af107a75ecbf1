package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.cli.CommandException.Failed;
import dev.kedge.cli.CommandException.Rejected;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What a command knows of a cell, the fold of its events, and its way to ask something of the control plane. Talks to Kafka only. Not
 * thread-safe.
 */
final class CellSession implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final OutputOptions output;
    private final Cell cell;
    private final KafkaClients kafka;
    private final KedgeSerdes serdes;
    private final TopicFeed<EventEnvelope> events;
    private final CellView view = new CellView();
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    private CellSession(
            OutputOptions output, Cell cell, KafkaClients kafka, KedgeSerdes serdes, TopicFeed<EventEnvelope> events) {
        this.output = output;
        this.cell = cell;
        this.kafka = kafka;
        this.serdes = serdes;
        this.events = events;
    }

    /** Reads all of the cell's events. */
    static CellSession open(CellOptions options, OutputOptions output) {
        return open(options, output, envelope -> {});
    }

    /** @param reader gets each event that has been there before, after the session knows it */
    static CellSession open(CellOptions options, OutputOptions output, Consumer<EventEnvelope> reader) {
        Cell cell = options.cell();
        KafkaClients kafka = options.kafka("cli");
        KedgeSerdes serdes = options.serdes();
        return output.during("connecting to Kafka at " + kafka.bootstrap(), waiting -> {
            CellSession session = new CellSession(
                    output,
                    cell,
                    kafka,
                    serdes,
                    TopicFeed.open(
                            kafka, cell.events(), bytes -> serdes.events().fromBytes(bytes)));
            waiting.now("reading " + cell.events());
            session.events.readToEnd(entry -> {
                session.view.apply(entry.value());
                reader.accept(entry.value());
            });
            return session;
        });
    }

    Cell cell() {
        return cell;
    }

    CellView view() {
        return view;
    }

    CellState state() {
        return view.state();
    }

    /** @throws BadInput if there is none of that name */
    Keyspace keyspace(String name) {
        Keyspace keyspace = state().keyspace(name);
        if (keyspace == null) {
            throw new BadInput("there is no keyspace " + name
                    + known("keyspaces", state().keyspaces().keys(), "kedge keyspace create makes one"));
        }
        return keyspace;
    }

    /** @throws BadInput if there never was one of that id */
    Migration migration(String id) {
        Migration migration = state().migration(id);
        if (migration == null) {
            throw new BadInput(
                    "there is no migration " + id + known("migrations", view.migrations(), "kedge migrate starts one"));
        }
        return migration;
    }

    /** @throws BadInput if there is none of that name */
    Shard shard(String name) {
        Shard shard = state().shard(name);
        if (shard == null) {
            throw new BadInput("there is no shard " + name
                    + known("shards", state().shards().keys(), "kedge shard add makes one"));
        }
        return shard;
    }

    /** @throws BadInput if there is none of that id that is open or was over lately */
    Proposal proposal(String id) {
        Proposal proposal = state().steering().proposal(id);
        if (proposal == null) {
            throw new BadInput("there is no proposal " + id
                    + known(
                            "open proposals",
                            state().steering().open().keys(),
                            "kedge plan shows what the policies want"));
        }
        return proposal;
    }

    static String known(String what, List<String> names, String otherwise) {
        int shown = 8;
        if (names.isEmpty()) {
            return ", nor any other; " + otherwise;
        }
        List<String> last = names.subList(Math.max(0, names.size() - shown), names.size());
        return "; the " + what + " are " + (names.size() > shown ? "..., " : "") + String.join(", ", last);
    }

    CommandEnvelope envelope(Command command) {
        return new CommandEnvelope(System.getProperty("user.name", "unknown"), System.currentTimeMillis(), command);
    }

    /**
     * Has the control plane decide upon a command.
     *
     * @throws Rejected if it refuses
     * @throws Failed if Kafka does not take the command, or nobody answers in time
     */
    Answer send(Command command) {
        return send(command, envelope -> {});
    }

    /** The same; {@code heard} is given all events that are decided until the answer is known, which {@link #poll} does not give again. */
    Answer send(Command command, Consumer<EventEnvelope> heard) {
        return output.during("sending the command", waiting -> {
            long offset = produce(command);
            waiting.now("waiting for the orchestrator's answer");
            List<EventEnvelope> answers = new ArrayList<>();
            long deadline = System.nanoTime() + kafka.timeout().toNanos();
            while (answers.isEmpty()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Failed(
                            "NO_ANSWER",
                            "no orchestrator of the cell " + cell.name() + " answered within "
                                    + Durations.show(kafka.timeout().toMillis())
                                    + ". Start one with kedge orchestrator, or look into its log. The command stands at offset "
                                    + offset + " of " + cell.commands() + " and will be decided when one runs");
                }
                List<EventEnvelope> decided = poll(POLL);
                decided.forEach(heard);
                answersOf(offset, decided, answers);
            }
            // All events of one input are committed together, so they are all below the end that can be read now.
            events.readToEnd(entry -> {
                view.apply(entry.value());
                heard.accept(entry.value());
                answersOf(offset, List.of(entry.value()), answers);
            });
            return accepted(new Answer(offset, answers));
        });
    }

    private static void answersOf(long offset, List<EventEnvelope> envelopes, List<EventEnvelope> answers) {
        for (EventEnvelope envelope : envelopes) {
            if (envelope.cause().topic().equals(Evolution.COMMANDS)
                    && envelope.cause().offset() == offset) {
                answers.add(envelope);
            }
        }
    }

    private static Answer accepted(Answer answer) {
        for (EventEnvelope envelope : answer.events()) {
            if (envelope.event() instanceof Event.CommandRejected rejected) {
                throw new Rejected(rejected.code(), rejected.reason());
            }
        }
        return answer;
    }

    private long produce(Command command) {
        byte[] value = serdes.commands().toBytes(envelope(command));
        try {
            return producer()
                    .send(new ProducerRecord<>(cell.commands(), value))
                    .get(2 * kafka.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .offset();
        } catch (ExecutionException e) {
            throw notTaken(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw notTaken(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notTaken(e);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(
                    kafka.producer("commands"), new ByteArraySerializer(), new ByteArraySerializer());
        }
        return producer;
    }

    private Failed notTaken(Throwable cause) {
        return new Failed(
                "KAFKA_UNREACHABLE",
                "Kafka at " + kafka.bootstrap() + " did not take the command into " + cell.commands() + ": "
                        + cause.getMessage() + ". Check with kedge topics check that the cell is in order",
                cause);
    }

    /** New events, already in the view; waits for at most {@code patience} if there are none. */
    List<EventEnvelope> poll(Duration patience) {
        List<EventEnvelope> envelopes = new ArrayList<>();
        for (TopicFeed.Entry<EventEnvelope> entry : events.poll(patience)) {
            view.apply(entry.value());
            envelopes.add(entry.value());
        }
        return envelopes;
    }

    /** A feed of the reports topic that stands {@code count} records before its end. */
    TopicFeed<Report> reports(long count) {
        TopicFeed<Report> reports =
                TopicFeed.open(kafka, cell.reports(), bytes -> serdes.reports().fromBytes(bytes));
        reports.skipToLast(count);
        return reports;
    }

    /** A feed of the reports topic that stands at the first record of that time or later. */
    TopicFeed<Report> reportsSince(long timeMillis) {
        TopicFeed<Report> reports =
                TopicFeed.open(kafka, cell.reports(), bytes -> serdes.reports().fromBytes(bytes));
        reports.skipToTime(timeMillis);
        return reports;
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
        events.close();
    }
}
