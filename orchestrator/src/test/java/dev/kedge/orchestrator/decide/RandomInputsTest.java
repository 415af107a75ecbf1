package dev.kedge.orchestrator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Projection;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/** Whatever comes in, in whatever order: the invariants hold, and once the workers do their part every migration ends. */
final class RandomInputsTest {
    private static final int INPUTS = 250;
    private static final Set<Phase> REACHED = EnumSet.noneOf(Phase.class);
    private static final Set<ReadReplicaState> FOLLOWED = EnumSet.noneOf(ReadReplicaState.class);
    private static final KedgeSerdes SERDES = KedgeSerdes.bundled();

    @Property(tries = 200)
    void theInvariantsHold(@ForAll long seed) {
        Run run = new Run(new Random(seed));
        for (int i = 0; i < INPUTS; i++) {
            run.any();
            run.check();
        }
        run.endAll();
    }

    @AfterContainer
    static void everyPhaseWasReached() {
        assertThat(REACHED).containsExactlyInAnyOrder(Phase.values());
        assertThat(FOLLOWED).containsExactlyInAnyOrder(ReadReplicaState.values());
    }

    private static final class Run {
        private final Random random;
        private final Cell cell = Cell.ready();
        private final RoutingMap[] known = {RoutingMap.EMPTY};
        private int checkedEvents;

        Run(Random random) {
            this.random = random;
            cell.command(new Command.AddShard("s3", "w2"));
            cell.report(new Report.LogReady("s3", "test.shard.s3.g1", "id-s3"));
            known[0] = cell.routing;
        }

        void any() {
            List<Runnable> moves = List.of(
                    this::command, this::toMigration, this::report, this::goOn, this::goOn, this::goOn, this::world);
            pick(moves).run();
        }

        private void command() {
            String keyspace = pick(List.of("hash", "range", "nowhere"));
            Bytes at = bound(keyspace);
            Bytes end = random.nextInt(4) == 0 ? null : bound(keyspace);
            Command command = switch (random.nextInt(7)) {
                case 0 -> new Command.SplitTablet(keyspace, at);
                case 1 -> new Command.MergeTablets(keyspace, at);
                case 2 ->
                    new Command.CreateKeyspace(
                            keyspace, Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, shard())));
                case 3 -> new Command.AddReadReplica(keyspace, at, replicaShard(), 2_000);
                case 4 -> removal(keyspace, at);
                default -> {
                    String from = shard();
                    yield new Command.StartMigration(
                            keyspace,
                            from,
                            random.nextInt(8) == 0 ? from : from.equals("s1") ? "s2" : "s1",
                            at,
                            end,
                            Cell.OPTIONS);
                }
            };
            cell.command(command);
        }

        /** Mostly of one that is there, which a guess seldom meets. */
        private Command removal(String keyspace, Bytes at) {
            List<ReadReplica> replicas = List.copyOf(cell.state().readReplicas().values());
            if (replicas.isEmpty() || random.nextInt(4) == 0) {
                return new Command.RemoveReadReplica(keyspace, at, replicaShard());
            }
            ReadReplica replica = pick(replicas);
            return new Command.RemoveReadReplica(replica.keyspace(), replica.start(), replica.shard());
        }

        private void toMigration() {
            String id = migration();
            cell.command(
                    switch (random.nextInt(6)) {
                        case 0 -> new Command.PauseMigration(id);
                        case 1 -> new Command.AbortMigration(id, "random");
                        case 2 -> new Command.FinishMigration(id);
                        case 3 -> new Command.RollbackMigration(id, "random");
                        default -> new Command.ResumeMigration(id);
                    });
        }

        /** A report that may be early, late, of another attempt, version or round, or about nothing that exists. */
        private void report() {
            String id = migration();
            Migration m = cell.state().migration(id);
            int attempt = (m == null ? 1 : cell.attempt(id)) + pick(List.of(0, 0, 0, 1, -1));
            String shard = shard();
            long position = random.nextInt(10_000);
            List<Supplier<Report>> reports = List.of(
                    () -> new Report.ReplicaProgress(
                            shard, id, attempt, position, position + random.nextInt(3_000), 1, 1, false),
                    () -> new Report.Digest(
                            shard,
                            id,
                            attempt,
                            1 + random.nextInt(3),
                            100,
                            1,
                            1,
                            List.of((long) random.nextInt(2)),
                            List.of()),
                    () -> new Report.Fenced(shard, id, attempt, cell.version, 5),
                    () -> new Report.CutoverServed(
                            shard, id, attempt, cell.version - 2L * random.nextInt(3), 7, 5, 1, 0),
                    () -> new Report.EvictionDone(shard, id, attempt, 9, 1),
                    () -> new Report.DualWriteLost(shard, id, attempt, "random"),
                    () -> random.nextInt(5) == 0
                            ? new Report.ReplicationFailed(shard, id, attempt, "random")
                            : new Report.LogFailed(shard, "t", "random"),
                    () -> new Report.LogReady(shard, "test.shard." + shard + ".g1", "id"));
            cell.report(pick(reports).get());
        }

        /** One step on the way that migrations should go. */
        private void goOn() {
            cell.state().readReplicas().values().forEach(this::follow);
            List<String> running = cell.state().migrations().keys();
            if (!running.isEmpty()) {
                help(pick(running));
            }
        }

        private void follow(ReadReplica r) {
            if (r.state() == ReadReplicaState.LEAVING) {
                cell.report(new Report.EvictionDone(r.shard(), r.id(), r.attempt(), 9, 1));
            } else {
                cell.report(new Report.ReplicaProgress(r.shard(), r.id(), r.attempt(), 70, 70, 1, 1, false));
            }
        }

        private void help(String id) {
            Migration m = cell.migration(id);
            if (m.paused()) {
                cell.command(new Command.ResumeMigration(id));
                return;
            }
            switch (m.phase()) {
                case PLANNED -> allServe();
                case COPYING, CATCHING_UP -> cell.progress(id, 50_000, 50_000);
                case DUAL_WRITE -> {
                    cell.progress(id, 50_000, 50_000);
                    cell.time(600);
                }
                case VERIFYING -> {
                    cell.progress(id, 50_000, 50_000);
                    if (cell.phase(id) == Phase.VERIFYING) {
                        cell.equalDigests(id);
                    }
                }
                case CUTOVER -> {
                    cell.observeRouting();
                    cell.fenced(id);
                    cell.served(id);
                }
                case ROLLBACK_WINDOW -> {
                    cell.progress(id, 60_000, 60_000);
                    cell.time(random.nextInt(5) == 0 ? 600_000 : 1_000);
                }
                case CLEANUP -> cell.evicted(id);
                case COMPLETED, ABORTED, ROLLED_BACK -> {}
            }
        }

        private void world() {
            switch (random.nextInt(5)) {
                case 0 -> cell.restart();
                case 1 -> cell.observeRouting();
                case 2 -> cell.heartbeat(pick(List.of("w1", "w2")), 7 + random.nextInt(2), shard());
                default -> cell.time(random.nextInt(2_000));
            }
        }

        /** Each worker has opened what is assigned to it by now. */
        private void allServe() {
            List.of("w1", "w2").forEach(worker -> cell.beat(worker, Report.ShardState.SERVING));
        }

        private Bytes bound(String keyspace) {
            return keyspace.equals("hash")
                    ? Cell.slot(0x800 * random.nextInt(9))
                    : Bytes.utf8(String.valueOf((char) ('a' + random.nextInt(8))));
        }

        private String shard() {
            return pick(List.of("s1", "s2"));
        }

        private String replicaShard() {
            return pick(List.of("s1", "s2", "s3"));
        }

        private String migration() {
            List<String> ids = new ArrayList<>(cell.state().migrations().keys());
            ids.addAll(cell.state().finished().keys());
            ids.add("m999999");
            return pick(ids);
        }

        private <T> T pick(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        void check() {
            CellState state = cell.state();
            for (Keyspace keyspace : state.keyspaces().values()) {
                checkTablets(state, keyspace);
            }
            // projection(diff) == projection(full)
            assertThat(records(cell.routing)).containsExactlyInAnyOrderElementsOf(Projection.all(state));
            for (; checkedEvents < cell.events.size(); checkedEvents++) {
                if (cell.events.get(checkedEvents).event() instanceof Event.OfMigration) {
                    state.migrations().values().forEach(m -> REACHED.add(m.phase()));
                    state.finished().values().forEach(m -> REACHED.add(m.phase()));
                }
            }
        }

        /** I1: tablets cover the keyspace from its start, each with one owner; the owner and the migration agree. */
        private static void checkTablets(CellState state, Keyspace keyspace) {
            assertThat(keyspace.tablets().keys().get(0)).isEqualTo(Bytes.EMPTY);
            for (Map.Entry<Bytes, Tablet> entry : keyspace.tablets()) {
                Tablet tablet = entry.getValue();
                checkReadReplicas(state, keyspace, entry.getKey(), tablet);
                if (tablet.migration() != null) {
                    Migration m = state.migrations().get(tablet.migration());
                    assertThat(m).as("the migration of %s", tablet).isNotNull();
                    assertThat(m.owner()).isEqualTo(tablet.shard());
                    assertThat(m.plan().range())
                            .isEqualTo(keyspace.tabletAt(entry.getKey()).range()); // R8
                }
            }
            for (Migration m : state.migrations().values()) {
                if (m.plan().keyspace().equals(keyspace.name())) {
                    Tablet tablet = keyspace.tablets().get(m.plan().range().start());
                    assertThat(tablet).isNotNull();
                    assertThat(tablet.migration()).isEqualTo(m.id());
                }
            }
        }

        /** A read replica belongs to exactly one tablet, and is neither its owner nor a side of its migration (R8, R9). */
        private static void checkReadReplicas(CellState state, Keyspace keyspace, Bytes start, Tablet tablet) {
            Set<String> shards = new HashSet<>();
            for (String id : tablet.readReplicas()) {
                ReadReplica replica = state.readReplicas().get(id);
                assertThat(replica).as("the read replica %s of %s", id, tablet).isNotNull();
                assertThat(replica.keyspace()).isEqualTo(keyspace.name());
                assertThat(replica.start()).isEqualTo(start);
                assertThat(shards.add(replica.shard()))
                        .as("two on %s", replica.shard())
                        .isTrue();
                assertThat(replica.shard()).isNotEqualTo(tablet.shard());
                if (tablet.migration() != null) {
                    Migration m = state.migrations().get(tablet.migration());
                    assertThat(replica.shard())
                            .isNotIn(m.plan().from(), m.plan().to());
                }
                FOLLOWED.add(replica.state());
            }
            long named = state.keyspaces().values().stream()
                    .flatMap(k -> k.tablets().values().stream())
                    .mapToLong(t -> t.readReplicas().size())
                    .sum();
            assertThat(named).isEqualTo(state.readReplicas().size());
        }

        private static List<RoutingRecord> records(RoutingMap map) {
            List<RoutingRecord> records = new ArrayList<>();
            records.addAll(map.workers());
            records.addAll(map.shards());
            records.addAll(map.keyspaces());
            map.keyspaces().forEach(k -> map.tablets(k.keyspace()).forEach(t -> records.add(t.route())));
            return records;
        }

        /** I9: with the workers' help everything ends. Then I8 over the whole history, as read back from bytes; and I1, I6. */
        void endAll() {
            for (int i = 0; i < 400 && !cell.state().migrations().isEmpty(); i++) {
                cell.time(1_100);
                allServe();
                cell.state().migrations().keys().forEach(this::helpIfRunning);
                check();
            }
            assertThat(cell.state().migrations()).isEmpty();
            CellView view = new CellView();
            for (EventEnvelope envelope : cell.events) {
                view.apply(SERDES.events().fromBytes(SERDES.events().toBytes(envelope)));
            }
            assertThat(view.state()).isEqualTo(cell.state());
            checkOwnersChangeInCutoversOnly();
        }

        private void helpIfRunning(String id) {
            if (!cell.migration(id).isTerminal()) {
                help(id);
            }
        }

        /** I1 and I6: at every version each position has an owner, and it changes only by a record that says CUTOVER. */
        private void checkOwnersChangeInCutoversOnly() {
            RoutingMap map = known[0];
            for (Cell.Routed change : cell.routed) {
                if (change.version() <= map.version()) {
                    continue;
                }
                RoutingMap next = map.with(change.version(), change.key(), change.record());
                MigrationRoute moving = change.record() instanceof TabletRoute t ? t.migration() : null;
                boolean cutover = moving != null && moving.phase() == Phase.CUTOVER;
                for (String keyspace : List.of("hash", "range")) {
                    int moved = 0;
                    for (int i = 0; i < 32; i++) {
                        Bytes position = keyspace.equals("hash")
                                ? Cell.slot(0x200 * i)
                                : Bytes.utf8(String.valueOf((char) ('`' + i)));
                        moved += owner(map, keyspace, position).equals(owner(next, keyspace, position)) ? 0 : 1;
                    }
                    assertThat(moved == 0 || cutover)
                            .as("%s moved positions", change.record())
                            .isTrue();
                }
                map = next;
            }
        }

        private static String owner(RoutingMap map, String keyspace, Bytes position) {
            RoutingMap.Tablet tablet = map.route(keyspace, position);
            assertThat(tablet).isNotNull();
            return tablet.shard();
        }
    }
}
