package dev.kedge.cli;

import dev.kedge.kafka.TreeDeletion;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Decision;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.streams.Orchestrator;
import dev.kedge.orchestrator.streams.OrchestratorSettings;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command.AddShard;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.resp.RespServer;
import dev.kedge.worker.resp.RespSettings;
import dev.kedge.worker.runtime.ShardDirectory;
import dev.kedge.worker.store.StoreMemory;
import dev.kedge.worker.store.StoreSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;

/**
 * Loads the classes that commands need and does nothing else: the launcher runs it once after a build to record them in the archive that
 * later starts read them from.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUp implements Runnable {
    /** Nobody listens on port 1, and nothing is asked of it. */
    private static final KafkaClients NOBODY = new KafkaClients("127.0.0.1:1", "warm-up");

    @Override
    public void run() {
        KedgeSerdes serdes = KedgeSerdes.bundled();
        kafkaClients();
        messages(serdes);
        controlPlane(serdes);
        worker();
    }

    private static void kafkaClients() {
        try (Admin admin = Admin.create(NOBODY.admin("admin"));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        NOBODY.producer("producer"), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.close(Duration.ZERO);
            admin.close(Duration.ZERO);
        }
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(NOBODY.controlConsumer("consumer"))) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private static void messages(KedgeSerdes serdes) {
        CommandEnvelope command = new CommandEnvelope("nobody", 0, new AddShard("shard", "worker"));
        Event joined = new Event.WorkerJoined("worker", 1, "host", 1);
        CellView view = new CellView();
        byte[] event = serdes.events().toBytes(new EventEnvelope(0, 0, new Cause("commands", 0), "nobody", joined));
        view.apply(serdes.events().fromBytes(event));
        byte[] bytes = serdes.commands().toBytes(command);
        Decision decision = new Decider(ControlPlaneSettings.defaults("cell"))
                .preview(view.state(), serdes.commands().fromBytes(bytes));
        if (decision instanceof Decision.Accepted accepted) {
            EventText text = new EventText(CellState.EMPTY);
            accepted.events().forEach(e -> Json.write(text.json(e)));
        }
        Json.write(Json.fields().with("key", Placement.HASH.position(Bytes.utf8("key"))));
    }

    private static void controlPlane(KedgeSerdes serdes) {
        try {
            Path dir = Files.createTempDirectory("kedge-warm-up-");
            try (Orchestrator orchestrator =
                    new Orchestrator(OrchestratorSettings.of(NOBODY.bootstrap(), new Cell("warm-up"), dir), serdes)) {
                orchestrator.state();
            } finally {
                TreeDeletion.delete(dir);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void worker() {
        new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES)).close();
        try (RespServer server = new RespServer(RespSettings.of("warm-up", Kedge.VERSION))) {
            server.start(new NoShards());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class NoShards implements ShardDirectory {
        @Override
        public RoutingMap routing() {
            return RoutingMap.EMPTY;
        }

        @Override
        public Set<String> hosted() {
            return Set.copyOf(List.of());
        }

        @Override
        public boolean submit(String shard, Request request) {
            return false;
        }
    }
}
