package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.registry.SchemaRegistryException;
import dev.kedge.schemas.report.Report;
import dev.kedge.topics.Cell;
import dev.kedge.topics.ShardLogs;
import dev.kedge.topics.TopicAdmin;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control plane of one cell, running. Several instances may run: one decides, the others wait to take over. The cell's topics must
 * exist ({@code kedge topics apply}).
 *
 * <p>Thread-safe.
 */
public final class Orchestrator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Orchestrator.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final long SEND_TIMEOUT_SECONDS = 10;

    private final OrchestratorSettings settings;
    private final Cell cell;
    private final KedgeSerdes serdes;
    private final LocalState local;
    private final KafkaStreams streams;
    private final KafkaProducer<byte[], byte[]> reports;
    private final TopicAdmin admin;
    private final Effects effects;
    private final CountDownLatch deciding = new CountDownLatch(1);
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private volatile CellState state = CellState.EMPTY;

    /**
     * Connects to nothing yet.
     *
     * @throws java.io.UncheckedIOException if the state directory can't be written
     * @throws dev.kedge.topics.KafkaUnreachable if no address of Kafka can be resolved
     */
    public Orchestrator(OrchestratorSettings settings, KedgeSerdes serdes) {
        this.settings = settings;
        this.cell = settings.cell();
        this.serdes = serdes;
        admin = TopicAdmin.open(settings.kafka());
        reports = new KafkaProducer<>(
                settings.kafka().producer("effects"), new ByteArraySerializer(), new ByteArraySerializer());
        effects = new Effects(new KafkaShardLogs(new ShardLogs(settings.catalogue()), admin), this::send);
        local = new LocalState(settings.stateDir(), cell.orchestratorGroup());
        local.begin();
        streams = new KafkaStreams(
                ControlPlaneTopology.build(new Decider(settings.controlPlane()), serdes, cell, this::observe),
                StreamsSettings.of(settings));
        streams.setUncaughtExceptionHandler(this::onException);
        streams.setStateListener((now, before) -> {
            LOG.info("the control plane of {} is {}", cell.name(), now);
            if (now == KafkaStreams.State.ERROR) {
                stopped.completeExceptionally(new IllegalStateException("the control plane has stopped by an error"));
            }
        });
    }

    /**
     * Begins to decide, or to stand by.
     *
     * @throws dev.kedge.topics.TopicsDiffer if a control topic is missing or not as it must be
     * @throws dev.kedge.topics.KafkaUnreachable if Kafka does not answer
     */
    public void start() {
        ControlTopics.check(settings.catalogue(), admin);
        streams.start();
        effects.start();
    }

    /** Whether this instance has become the one that decides, and knows the state; waits up to {@code timeout} for it. */
    public boolean awaitDeciding(Duration timeout) throws InterruptedException {
        return deciding.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The latest state decided here; empty on an instance that stands by. Its last events may not be committed yet. */
    public CellState state() {
        return state;
    }

    /** Completes when the control plane has stopped; exceptionally if not by {@link #close}, and then the process should end. */
    public CompletableFuture<Void> stopped() {
        return stopped;
    }

    @Override
    public void close() {
        effects.close();
        // Leaving tells a standby to take over now instead of after the session's timeout.
        boolean closed =
                streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(CLOSE_TIMEOUT));
        if (closed) {
            local.end();
        } else {
            LOG.warn("the control plane did not stop within {}; another instance goes on in its place", CLOSE_TIMEOUT);
        }
        reports.close(CLOSE_TIMEOUT);
        admin.close();
        stopped.complete(null);
    }

    private void observe(CellState latest) {
        state = latest;
        effects.wanted(latest);
        deciding.countDown();
    }

    /**
     * Trouble with Kafka or the registry passes: go on with a new thread, which folds the state anew. Anything else (an impossible history,
     * a bug) would happen again with the same input: stop, so that somebody looks.
     */
    private StreamThreadExceptionResponse onException(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof KafkaException || root instanceof SchemaRegistryException) {
            LOG.warn("the control plane stumbled and goes on", thrown);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        LOG.error("the control plane stops", thrown);
        stopped.completeExceptionally(thrown);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    private void send(Report report) {
        byte[] value = serdes.reports().toBytes(report);
        try {
            reports.send(new ProducerRecord<>(cell.reports(), value)).get(SEND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closing
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the topic " + cell.reports() + " does not take the report", e);
        }
    }
}
