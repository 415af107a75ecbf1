package dev.kedge.system;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A cell of its own, by default on the shared Kafka: control planes and workers as child processes, {@code shard-N} on {@code worker-N}, and the
 * HASH keyspace {@value #KEYSPACE} dealt out to the shards in equal blocks of slots. All waits end with an event or report, or with the
 * cell's story in the failure. Not thread-safe.
 */
final class TestCell implements AutoCloseable {
    static final String KEYSPACE = "default";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);

    /** A moment of a migration that was seen in the events, by the control plane's clock. */
    record Seen(String migration, Phase phase, Event event, long millis) {}

    private final Path dir;
    private final Cell cell = new Cell("it-" + UUID.randomUUID());
    private final Setup setup;
    private final KafkaClients clients;
    private final KedgeSerdes serdes = KedgeSerdes.bundled();
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> events;
    private final TopicPartition eventsPartition = new TopicPartition(cell.events(), 0);
    private final RoutingClient routing;
    private final CellView view = new CellView();
    private final List<EventEnvelope> story = new ArrayList<>();
    private final List<Seen> seen = new ArrayList<>();
    private final Map<String, ChildJvm> workers = new LinkedHashMap<>();
    private final Map<String, ChildJvm> orchestrators = new LinkedHashMap<>();
    private String deciding = "";

    /**
     * What a cell is made of and stands on.
     *
     * @param bootstrap of Kafka, for the test itself
     * @param workerJvm options of the workers' JVMs, after the usual ones
     * @param workerArgs further arguments of the workers
     * @param kafkaOf where the process of this name finds Kafka
     * @param workerLostMillis how long a worker may be silent before its shards are opened elsewhere
     */
    record Setup(
            int workers,
            int orchestrators,
            int replication,
            String bootstrap,
            UnaryOperator<String> kafkaOf,
            List<String> workerJvm,
            List<String> workerArgs,
            long workerLostMillis) {
        /** Longer than anything takes here that is not meant to be lost. */
        private static final long HARDLY_EVER_MILLIS = 120_000;

        /** One in which a killed worker keeps its shards until it is started again. */
        Setup(int workers, int orchestrators, int replication, String bootstrap, UnaryOperator<String> kafkaOf) {
            this(workers, orchestrators, replication, bootstrap, kafkaOf, List.of(), List.of(), HARDLY_EVER_MILLIS);
        }

        Setup withWorkers(List<String> jvm, String... args) {
            return new Setup(
                    workers, orchestrators, replication, bootstrap, kafkaOf, jvm, List.of(args), workerLostMillis);
        }

        Setup failingOverAfter(long millis) {
            return new Setup(workers, orchestrators, replication, bootstrap, kafkaOf, workerJvm, workerArgs, millis);
        }

        /** On the Kafka that all tests share. */
        static Setup shared(int workers, int orchestrators) {
            String bootstrap = SharedKafka.bootstrap();
            return new Setup(workers, orchestrators, 1, bootstrap, name -> bootstrap);
        }
    }

    /** One control plane on the shared Kafka; returns when all shards serve. */
    static TestCell start(Path dir, int workers) {
        return start(dir, Setup.shared(workers, 1));
    }

    /** Returns when all shards serve. */
    static TestCell start(Path dir, Setup setup) {
        TestCell cell = new TestCell(dir, setup);
        try {
            cell.bringUp(setup.workers());
            return cell;
        } catch (Throwable e) {
            cell.close();
            throw e;
        }
    }

    private TestCell(Path dir, Setup setup) {
        this.dir = dir;
        this.setup = setup;
        clients = new KafkaClients(setup.bootstrap(), "system-test");
        try (TopicAdmin admin = TopicAdmin.open(clients)) {
            topicPlanner().apply(admin);
        }
        producer =
                new KafkaProducer<>(clients.producer("commands"), new ByteArraySerializer(), new ByteArraySerializer());
        events = new KafkaConsumer<>(clients.controlConsumer("events"));
        events.assign(List.of(eventsPartition));
        events.seekToBeginning(List.of(eventsPartition));
        routing = new RoutingClient(
                        new RoutingSettings(clients.bootstrap(), cell.routing(), serdes.routing()::fromBytes))
                .start();
        for (int i = 1; i <= setup.orchestrators(); i++) {
            launchOrchestrator("orchestrator-" + i);
        }
    }

    private void bringUp(int count) {
        for (int i = 1; i <= count; i++) {
            launchWorker(worker(i));
        }
        workers.values().forEach(ChildJvm::awaitReady);
        awaitDeciding();
        List<InitialTablet> tablets = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            String worker = worker(i);
            await(worker + " is known", () -> state().worker(worker) != null);
            ask(new Command.AddShard(shard(i), worker));
            int slot = (i - 1) * Slots.COUNT / count;
            tablets.add(new InitialTablet(slot == 0 ? Bytes.EMPTY : Slots.bound(slot), shard(i)));
        }
        for (int i = 1; i <= count; i++) {
            String shard = shard(i);
            await(
                    shard + " is assigned",
                    () -> state().shard(shard) instanceof dev.kedge.orchestrator.model.Shard.Assigned);
        }
        ask(new Command.CreateKeyspace(KEYSPACE, Placement.HASH, tablets));
        for (int i = 1; i <= count; i++) {
            awaitServing(shard(i));
        }
    }

    static String worker(int number) {
        return "worker-" + number;
    }

    static String shard(int number) {
        return "shard-" + number;
    }

    /** Slots {@code [from, to)} as a range of positions. */
    static KeyRange slots(int from, int to) {
        return new KeyRange(from == 0 ? Bytes.EMPTY : Slots.bound(from), to == Slots.COUNT ? null : Slots.bound(to));
    }

    Cell cell() {
        return cell;
    }

    KafkaClients clients() {
        return clients;
    }

    KedgeSerdes serdes() {
        return serdes;
    }

    RoutingClient routing() {
        return routing;
    }

    CellState state() {
        return view.state();
    }

    CellView view() {
        return view;
    }

    int keyspaceId() {
        return keyspaceId(KEYSPACE);
    }

    int keyspaceId(String keyspace) {
        return Objects.requireNonNull(state().keyspace(keyspace)).id();
    }

    /** Where clients reach a worker now. */
    WorkerRoute endpoint(int worker) {
        return endpoint(worker(worker));
    }

    WorkerRoute endpoint(String worker) {
        return Objects.requireNonNull(routing.map().worker(worker));
    }

    /** The worker a shard is assigned to. */
    String hostOf(String shard) {
        return Objects.requireNonNull(state().shard(shard), shard).worker();
    }

    /** The worker that hosts this shard now. */
    ChildJvm workerOf(String shard) {
        return worker(hostOf(shard));
    }

    List<String> shardsOn(String worker) {
        return state().shards().values().stream()
                .filter(s -> s.worker().equals(worker))
                .map(dev.kedge.orchestrator.model.Shard::name)
                .toList();
    }

    // ---- processes

    private void launchOrchestrator(String name) {
        orchestrators.put(
                name,
                ChildJvm.start(
                        OrchestratorMain.class,
                        dir.resolve(name + ".log"),
                        cell.name(),
                        setup.kafkaOf().apply(name),
                        dir.resolve(name).toString(),
                        name,
                        String.valueOf(setup.orchestrators() - 1),
                        String.valueOf(setup.replication()),
                        String.valueOf(setup.workerLostMillis())));
    }

    /** Returns when one of the control planes that run decides. */
    void awaitDeciding() {
        deciding = ChildJvm.awaitAny(orchestrators);
    }

    private void launchWorker(String worker) {
        List<String> args = new ArrayList<>(List.of(
                worker,
                cell.name(),
                setup.kafkaOf().apply(worker),
                workerDir(worker).toString()));
        args.addAll(setup.workerArgs());
        workers.put(
                worker,
                ChildJvm.start(
                        WorkerMain.class,
                        dir.resolve(worker + ".log"),
                        setup.workerJvm(),
                        args.toArray(String[]::new)));
    }

    /** The one that decides, or was the last to do so. */
    ChildJvm orchestrator() {
        return Objects.requireNonNull(orchestrators.get(deciding));
    }

    /** Starts those that were killed again; with another one alive they stand by. Returns when one decides. */
    void restartOrchestrators() {
        for (String name : List.copyOf(orchestrators.keySet())) {
            if (!orchestrator(name).isAlive()) {
                launchOrchestrator(name);
            }
        }
        awaitDeciding();
    }

    private ChildJvm orchestrator(String name) {
        return Objects.requireNonNull(orchestrators.get(name));
    }

    /** Kills all control planes and deletes what they had on disk. */
    void loseOrchestrators() throws IOException {
        for (String name : orchestrators.keySet()) {
            orchestrator(name).kill();
            deleteTree(dir.resolve(name));
        }
    }

    TopicPlanner topicPlanner() {
        return new TopicPlanner(new TopicCatalogue(cell, TopicOptions.replicated(setup.replication())));
    }

    ChildJvm worker(String name) {
        return Objects.requireNonNull(workers.get(name));
    }

    /** Starts workers that were killed or stopped, at once; returns when they are reachable. */
    void restartWorker(String... names) {
        for (String name : names) {
            launchWorker(name);
        }
        for (String name : names) {
            worker(name).awaitReady();
        }
    }

    /** Kills a worker for good; returns when all its shards serve elsewhere. It is started again meanwhile, and has nothing to come back to. */
    void loseWorker(String name) {
        List<String> had = shardsOn(name);
        worker(name).kill();
        await(name + " is lost", () -> isLost(name) && shardsOn(name).isEmpty());
        launchWorker(name);
        had.forEach(this::awaitServing);
    }

    boolean isLost(String worker) {
        return Objects.requireNonNull(state().worker(worker), worker).lost();
    }

    /** Waits until a worker that was lost is there again, without any shard. */
    void awaitBackEmpty(String worker) {
        worker(worker).awaitReady();
        await(worker + " is back", () -> !isLost(worker));
        awaitReport(
                worker + " hosts nothing",
                report -> report instanceof Heartbeat h
                        && h.worker().equals(worker)
                        && h.shards().isEmpty());
        if (!shardsOn(worker).isEmpty()) {
            throw new AssertionError(worker + " was given " + shardsOn(worker) + " again");
        }
    }

    Path workerDir(String worker) {
        return dir.resolve(worker);
    }

    void loseDisk(String worker) throws IOException {
        deleteTree(workerDir(worker));
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** The migration's phase by the events that are committed now. */
    Phase phaseNow(String migration) {
        long end = events.endOffsets(List.of(eventsPartition)).getOrDefault(eventsPartition, 0L);
        await("all events are read", () -> events.position(eventsPartition) >= end);
        return migration(migration).phase();
    }

    /** The migration's phase by the events that were decided before a moment of this machine's clock. */
    Phase phaseAt(String migration, long millis) {
        Phase phase = Phase.PLANNED;
        for (Seen each : seen) {
            if (each.migration.equals(migration) && each.millis < millis) {
                phase = each.phase;
            }
        }
        return phase;
    }

    /**
     * Begins a migration and returns right after its cutover, of which the source has not seen anything: {@code silence} has stopped it, or cut it
     * off, before. Until then the destination stands still, from within the dual-write on: so the digests that were still missing for the cutover are
     * its own, and the cutover comes no sooner than it is let go.
     *
     * @param options with a dual-write that lasts a second at least, and is not lost while the destination stands still
     */
    String cutOverUnseen(String from, String to, KeyRange range, MigrationOptions options, Runnable silence) {
        long heard = reportsEnd();
        String migration = migrate(from, to, range, options);
        awaitPhase(migration, Phase.DUAL_WRITE);
        ChildJvm destination = workerOf(to);
        destination.pause();
        assertPhase(migration, Phase.DUAL_WRITE);
        awaitReport(
                heard,
                from + " has digested its rows",
                report -> report instanceof Report.Digest digest
                        && digest.migration().equals(migration)
                        && digest.shard().equals(from));
        assertPhase(migration, Phase.VERIFYING);
        silence.run();
        destination.resume();
        awaitPhase(migration, Phase.CUTOVER);
        assertPhase(migration, Phase.CUTOVER);
        return migration;
    }

    /** Asserts that a migration is in this phase now. */
    void assertPhase(String migration, Phase phase) {
        Phase now = phaseNow(migration);
        if (now != phase) {
            throw new AssertionError(migration + " is in " + now + ", not in " + phase + ": " + history(migration));
        }
    }

    // ---- commands and events

    /** Sends a command; returns its offset, which is its id. */
    long send(Command command) {
        byte[] value =
                serdes.commands().toBytes(new CommandEnvelope("system-test", System.currentTimeMillis(), command));
        try {
            return producer.send(new ProducerRecord<>(cell.commands(), value))
                    .get(30, TimeUnit.SECONDS)
                    .offset();
        } catch (Exception e) {
            throw new AssertionError("could not send " + command, e);
        }
    }

    /** Sends a command, waits for the answer, which must not be a rejection; returns the command's offset. */
    long ask(Command command) {
        long offset = send(command);
        Predicate<EventEnvelope> answers =
                e -> e.cause().topic().equals(Evolution.COMMANDS) && e.cause().offset() == offset;
        await(command + " is answered", () -> story.stream().anyMatch(answers));
        story.stream().filter(answers).map(EventEnvelope::event).forEach(event -> {
            if (event instanceof Event.CommandRejected rejected) {
                throw new AssertionError(command + " was rejected: " + rejected.reason());
            }
        });
        return offset;
    }

    /** Starts a migration and returns its id. */
    String migrate(String from, String to, KeyRange range, MigrationOptions options) {
        return migrate(KEYSPACE, from, to, range, options);
    }

    String migrate(String keyspace, String from, String to, KeyRange range, MigrationOptions options) {
        return "m" + ask(new Command.StartMigration(keyspace, from, to, range.start(), range.end(), options));
    }

    /** Waits until a migration was seen in the phase, since {@code mark}; fails as soon as it is over in another way. */
    void awaitPhase(String migration, Phase phase, int mark) {
        await(migration + " is in " + phase, () -> {
            for (Seen each : seen.subList(mark, seen.size())) {
                if (each.migration.equals(migration)) {
                    if (each.phase == phase) {
                        return true;
                    }
                    if (each.phase.isTerminal()) {
                        throw new AssertionError(migration + " ended without " + phase + ": " + history(migration));
                    }
                }
            }
            return false;
        });
    }

    void awaitPhase(String migration, Phase phase) {
        awaitPhase(migration, phase, 0);
    }

    /** Stands after all that was seen so far; for {@link #awaitPhase(String, Phase, int)}. */
    int mark() {
        return seen.size();
    }

    /** The first event of this kind in the migration's history; it must be there. */
    <E extends Event> E event(String migration, Class<E> kind) {
        return view.history(migration).stream()
                .map(EventEnvelope::event)
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind.getSimpleName() + " in " + history(migration)));
    }

    Migration migration(String id) {
        return Objects.requireNonNull(state().migration(id), id);
    }

    String history(String migration) {
        StringBuilder text = new StringBuilder();
        view.history(migration)
                .forEach(e ->
                        text.append("\n  ").append(e.timeMillis()).append(' ').append(e.event()));
        return text.toString();
    }

    /** Reads events until the condition holds. */
    void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited " + PATIENCE.toSeconds() + " s in vain until " + what
                        + "\nlast events:" + lastEvents() + logs());
            }
            pollEvents();
        }
    }

    /** Takes in what events there are; waits a moment if there are none. */
    void pollEvents() {
        for (ConsumerRecord<byte[], byte[]> record : events.poll(POLL)) {
            apply(serdes.events().fromBytes(record.value()));
        }
    }

    private void apply(EventEnvelope envelope) {
        view.apply(envelope);
        story.add(envelope);
        if (envelope.event() instanceof Event.OfMigration e) {
            seen.add(
                    new Seen(e.migration(), migration(e.migration()).phase(), envelope.event(), envelope.timeMillis()));
        }
    }

    private String lastEvents() {
        StringBuilder text = new StringBuilder();
        story.subList(Math.max(0, story.size() - 15), story.size())
                .forEach(e ->
                        text.append("\n  ").append(e.timeMillis()).append(' ').append(e.event()));
        return text.toString();
    }

    private String logs() {
        StringBuilder text = new StringBuilder();
        for (Map<String, ChildJvm> children : List.of(orchestrators, workers)) {
            children.forEach((name, child) ->
                    text.append('\n').append(name).append(":\n").append(tail(child.log())));
        }
        return text.toString();
    }

    private static String tail(String log) {
        return log.substring(Math.max(0, log.length() - 4_000));
    }

    // ---- reports

    /** Waits for a heartbeat from now on that shows the shard serving. */
    void awaitServing(String shard) {
        awaitStatus(shard, status -> status.state() == ShardState.SERVING);
    }

    /** Waits for a heartbeat from now on that shows the shard so; returns what it shows. */
    ShardStatus awaitStatus(String shard, Predicate<ShardStatus> wanted) {
        List<ShardStatus> others = new ArrayList<>();
        return findReport(reportsEnd(), shard + " is as it should be", others, report -> {
            if (report instanceof Heartbeat heartbeat) {
                for (ShardStatus status : heartbeat.shards()) {
                    if (status.shard().equals(shard)) {
                        if (wanted.test(status)) {
                            return status;
                        }
                        others.add(status);
                    }
                }
            }
            return null;
        });
    }

    private <T> T findReport(long from, String what, List<?> instead, Function<Report, @Nullable T> finder) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(clients.controlConsumer("reports"))) {
            TopicPartition partition = new TopicPartition(cell.reports(), 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, from);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() - deadline < 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    T found = finder.apply(serdes.reports().fromBytes(record.value()));
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        throw new AssertionError(
                "waited " + PATIENCE.toSeconds() + " s in vain until " + what + "; reported was " + instead + logs());
    }

    /** Waits for a report from now on. */
    void awaitReport(String what, Predicate<Report> wanted) {
        awaitReport(reportsEnd(), what, wanted);
    }

    /** Waits for a report from this offset on, {@link #reportsEnd} of an earlier moment. */
    void awaitReport(long from, String what, Predicate<Report> wanted) {
        findReport(from, what, List.of(), report -> wanted.test(report) ? report : null);
    }

    /** Where the next report will stand. */
    long reportsEnd() {
        TopicPartition partition = new TopicPartition(cell.reports(), 0);
        return Objects.requireNonNull(events.endOffsets(List.of(partition)).get(partition));
    }

    /** All reports up to now. */
    List<Report> reports() {
        List<Report> reports = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(clients.controlConsumer("reports"))) {
            TopicPartition partition = new TopicPartition(cell.reports(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(POLL).forEach(r -> reports.add(serdes.reports().fromBytes(r.value())));
            }
        }
        return reports;
    }

    @Override
    public void close() {
        workers.values().forEach(ChildJvm::close);
        orchestrators.values().forEach(ChildJvm::close);
        routing.close();
        events.close();
        producer.close(Duration.ZERO);
    }
}
