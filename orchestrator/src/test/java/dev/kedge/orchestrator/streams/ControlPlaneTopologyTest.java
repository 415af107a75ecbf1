package dev.kedge.orchestrator.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.ImpossibleHistoryException;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Projection;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.topics.Cell;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Streams shell, without Kafka: what goes in, what comes out, and what is left after a restart. */
final class ControlPlaneTopologyTest {
    private static final Cell TOPICS = new Cell("test");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path dir;

    private final KedgeSerdes serdes = KedgeSerdes.bundled();
    private final KeptStore store = new KeptStore();
    private final CellView view = new CellView();
    private final List<EventEnvelope> events = new ArrayList<>();
    private RoutingMap routing = RoutingMap.EMPTY;
    private long version;
    private CellState observed = CellState.EMPTY;
    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> commands;
    private TestInputTopic<byte[], byte[]> reports;
    private TestInputTopic<byte[], byte[]> routingIn;
    private TestOutputTopic<byte[], byte[]> eventsOut;
    private TestOutputTopic<byte[], byte[]> routingOut;

    @BeforeEach
    void open() {
        open(START);
    }

    private void open(Instant at) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "test.orchestrator");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        config.put(StreamsConfig.STATE_DIR_CONFIG, dir.toString());
        Decider decider = new Decider(ControlPlaneSettings.defaults("test"));
        driver = new TopologyTestDriver(
                ControlPlaneTopology.build(decider, serdes, TOPICS, s -> observed = s, store), config, at);
        ByteArraySerializer out = new ByteArraySerializer();
        ByteArrayDeserializer in = new ByteArrayDeserializer();
        commands = driver.createInputTopic(TOPICS.commands(), out, out, at, Duration.ZERO);
        reports = driver.createInputTopic(TOPICS.reports(), out, out, at, Duration.ZERO);
        routingIn = driver.createInputTopic(TOPICS.routing(), out, out, at, Duration.ZERO);
        eventsOut = driver.createOutputTopic(TOPICS.events(), in, in);
        routingOut = driver.createOutputTopic(TOPICS.routing(), in, in);
    }

    @AfterEach
    void close() {
        driver.close();
    }

    /** Commands of this driver begin at offset 0 again; the control plane knows how far it was. */
    private void command(Command command) {
        commands.pipeInput(null, serdes.commands().toBytes(new CommandEnvelope("ann", START.toEpochMilli(), command)));
        drain();
    }

    private void report(Report report) {
        reports.pipeInput(null, serdes.reports().toBytes(report));
        drain();
    }

    private void drain() {
        for (byte[] value : eventsOut.readValuesToList()) {
            EventEnvelope envelope = serdes.events().fromBytes(value);
            events.add(envelope);
            view.apply(envelope);
        }
        for (TestRecord<byte[], byte[]> record : routingOut.readRecordsToList()) {
            RoutingRecord value =
                    record.value() == null ? null : serdes.routing().fromBytes(record.value());
            routing = routing.with(version++, RoutingKey.decode(Bytes.wrap(record.key())), value);
        }
    }

    private Event last() {
        return events.get(events.size() - 1).event();
    }

    private void heartbeat(String worker, String... shards) {
        List<Report.ShardStatus> statuses = new ArrayList<>();
        for (String shard : shards) {
            statuses.add(new Report.ShardStatus(shard, 1, Report.ShardState.SERVING, null, 1, 1, 1, List.of()));
        }
        report(new Report.Heartbeat(worker, 1, "localhost", 7000, 0, statuses));
    }

    private void twoShardsAndAKeyspace() {
        for (String n : List.of("1", "2")) {
            heartbeat("w" + n);
            command(new Command.AddShard("s" + n, "w" + n));
            report(new Report.LogReady("s" + n, "test.shard.s" + n + ".g1", "id"));
            heartbeat("w" + n, "s" + n);
        }
        command(new Command.CreateKeyspace(
                "k", Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"))));
    }

    @Test
    void commandsAndReportsBecomeEventsAndRoutingRecords() {
        twoShardsAndAKeyspace();
        assertThat(routing.route("k", Bytes.utf8("a")).shard()).isEqualTo("s1");
        assertThat(routing.endpoint("s2").host()).isEqualTo("localhost");
        assertThat(events.get(1).cause()).isEqualTo(new EventEnvelope.Cause("commands", 0));
        assertThat(events.get(1).principal()).isEqualTo("ann");
        assertThat(view.state()).isEqualTo(observed);
    }

    @Test
    void itsOwnRoutingRecordGivesTheCutoverItsVersion() {
        twoShardsAndAKeyspace();
        Migration migration = migrateToCutover();
        assertThat(last()).isInstanceOf(Event.CutoverVersioned.class);
        assertThat(routing.route("k", Bytes.EMPTY).route().migration().migration())
                .isEqualTo(migration.id());
    }

    private Migration migrateToCutover() {
        command(new Command.StartMigration("k", "s1", "s2", Bytes.EMPTY, null, MigrationOptions.DEFAULTS));
        String id = view.migrations().get(0);
        report(new Report.ReplicaProgress("s2", id, 1, 5, 5, 5, 5, false));
        driver.advanceWallClockTime(Duration.ofMillis(600));
        drain();
        report(new Report.Digest("s1", id, 1, 1, 9, 1, 1, List.of(1L), List.of()));
        report(new Report.Digest("s2", id, 1, 1, 9, 1, 1, List.of(1L), List.of()));
        return view.state().migration(id);
    }

    @Test
    void afterARestartTheStoredEventsGiveTheSameState() {
        twoShardsAndAKeyspace();
        migrateToCutover();
        CellState before = observed;
        driver.close();
        observed = CellState.EMPTY;

        open(START.plusSeconds(60));
        assertThat(observed).isEqualTo(before); // I8
        assertThat(Projection.all(observed)).isEqualTo(Projection.all(view.state()));
        Migration migration = view.state().migrations().values().get(0);
        long cutover = events.stream()
                .map(EventEnvelope::event)
                .filter(Event.CutoverVersioned.class::isInstance)
                .map(e -> ((Event.CutoverVersioned) e).version())
                .findFirst()
                .orElseThrow();
        report(new Report.CutoverServed("s2", migration.id(), 1, cutover, 20, 10, 900, 0));
        assertThat(last()).isInstanceOf(Event.RollbackWindowOpened.class);
    }

    @Test
    void aCommandReadAgainAfterLostOffsetsIsPassedOver() {
        twoShardsAndAKeyspace();
        CellState before = observed;
        driver.close();
        open(START.plusSeconds(60)); // this driver's topics begin at offset 0 again
        command(new Command.SplitTablet("k", Bytes.utf8("m")));
        assertThat(observed).isEqualTo(before);
    }

    @Test
    void bytesThatAreNoMessageAreAnsweredOrSkipped() {
        commands.pipeInput(null, "not avro".getBytes(StandardCharsets.UTF_8));
        drain();
        assertThat(last()).isInstanceOf(Event.CommandRejected.class);
        assertThat(((Event.CommandRejected) last()).code()).isEqualTo("UNREADABLE_COMMAND");
        commands.pipeInput(null, (byte[]) null);
        drain();
        assertThat(events).hasSize(2);
        reports.pipeInput(null, new byte[] {0, 0, 0, 9, 9, 1});
        reports.pipeInput(null, (byte[]) null);
        routingIn.pipeInput("nonsense".getBytes(StandardCharsets.UTF_8), new byte[] {1});
        routingIn.pipeInput(null, new byte[] {1});
        drain();
        assertThat(events).hasSize(2);
        heartbeat("w1");
        assertThat(last()).isInstanceOf(Event.WorkerJoined.class);
    }

    @Test
    void reportsThatDecideNothingAreNotStored() {
        heartbeat("w1");
        heartbeat("w1");
        heartbeat("w1");
        assertThat(events).hasSize(1);
        assertThat(store.rows).hasSize(1);
    }

    @Test
    void anImpossibleHistoryIsNotSkippedOver() {
        twoShardsAndAKeyspace();
        store.rows.remove(store.rows.keySet().stream().skip(2).findFirst().orElseThrow());
        driver.close();
        assertThatThrownBy(() -> open(START.plusSeconds(60))).hasRootCauseInstanceOf(ImpossibleHistoryException.class);
        store.rows.clear();
        open(START); // for @AfterEach
    }
}
