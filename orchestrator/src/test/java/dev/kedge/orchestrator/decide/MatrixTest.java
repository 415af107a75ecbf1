package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.MigrationState;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every state of a migration meets every input. What each pair leads to stands in {@code transcripts/matrix.txt}: a pair that is missing
 * there, or decides otherwise, fails; so does a state or a message that nobody put into the matrix.
 */
final class MatrixTest {
    private static final String NOTHING = "-";

    /** A state that lasts only within one decision, between CutoverCompleted and what follows it. */
    private static final Set<String> TRANSIENT = Set.of("Served");

    /** One migration m4 of [start, 0x1000) in a given state. */
    private record Scene(Cell cell, String id) {
        static Scene at(Phase phase) {
            Cell cell = Cell.ready();
            String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
            cell.bringTo(id, phase);
            return new Scene(cell, id);
        }

        static Scene planned() {
            Cell cell = Cell.ready();
            cell.time(60_000); // the workers' heartbeats are too old to admit anything
            return new Scene(cell, cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000)));
        }

        static Scene returning(Phase phase) {
            Scene scene = at(Phase.ROLLBACK_WINDOW);
            scene.then(c -> c.command(new Command.RollbackMigration(scene.id, "back")));
            scene.cell.bringTo(scene.id, phase);
            return scene;
        }

        Scene then(Consumer<Cell> more) {
            more.accept(cell);
            return this;
        }
    }

    private static Map<String, Supplier<Scene>> scenes() {
        Map<String, Supplier<Scene>> scenes = new LinkedHashMap<>();
        scenes.put("Planned", () -> Scene.planned());
        scenes.put("Planned, paused", () -> Scene.planned().then(c -> c.command(new Command.PauseMigration("m4"))));
        scenes.put("Copying", () -> Scene.at(Phase.COPYING));
        scenes.put(
                "Copying, paused",
                () -> Scene.at(Phase.COPYING).then(c -> c.command(new Command.PauseMigration("m4"))));
        scenes.put("CatchingUp", () -> Scene.at(Phase.CATCHING_UP));
        scenes.put("DualWriting", () -> Scene.at(Phase.DUAL_WRITE));
        scenes.put("Verifying", () -> Scene.at(Phase.VERIFYING).then(c -> c.digest("m4", true, 1, 1_000, 1, 2)));
        scenes.put(
                "Verifying, details",
                () -> Scene.at(Phase.VERIFYING).then(c -> {
                    c.digest("m4", true, 1, 1_000, 1, 3);
                    c.digest("m4", false, 1, 1_000, 1, 2);
                    c.digest("m4", true, 2, 1_000, 1, 2);
                }));
        scenes.put(
                "Verified",
                () -> Scene.at(Phase.VERIFYING).then(c -> {
                    c.progress("m4", 9_000, 90_000); // too far behind to cut over
                    c.equalDigests("m4");
                }));
        scenes.put("CuttingOver", () -> Scene.at(Phase.CUTOVER));
        scenes.put("Fencing", () -> Scene.at(Phase.CUTOVER).then(Cell::observeRouting));
        scenes.put(
                "Fenced",
                () -> Scene.at(Phase.CUTOVER).then(c -> {
                    c.observeRouting();
                    c.fenced("m4");
                }));
        scenes.put("RollbackWindow", () -> Scene.at(Phase.ROLLBACK_WINDOW));
        scenes.put(
                "RollbackWindow, paused",
                () -> Scene.at(Phase.ROLLBACK_WINDOW).then(c -> c.command(new Command.PauseMigration("m4"))));
        scenes.put(
                "RollbackWindow, broken",
                () -> Scene.at(Phase.ROLLBACK_WINDOW)
                        .then(c -> c.report(new Report.ReplicationFailed("s1", "m4", 2, "disk full"))));
        scenes.put("CatchingUp, reverse", () -> Scene.returning(Phase.CATCHING_UP));
        scenes.put(
                "Verifying, reverse",
                () -> Scene.returning(Phase.VERIFYING).then(c -> c.digest("m4", true, 1, 1_000, 1, 2)));
        scenes.put(
                "Verified, reverse",
                () -> Scene.returning(Phase.VERIFYING).then(c -> {
                    c.progress("m4", 9_000, 90_000);
                    c.equalDigests("m4");
                }));
        scenes.put("CuttingOver, reverse", () -> Scene.returning(Phase.CUTOVER));
        scenes.put("Fencing, reverse", () -> Scene.returning(Phase.CUTOVER).then(Cell::observeRouting));
        scenes.put(
                "Fenced, reverse",
                () -> Scene.returning(Phase.CUTOVER).then(c -> {
                    c.observeRouting();
                    c.fenced("m4");
                }));
        scenes.put(
                "CleaningUp, aborted",
                () -> Scene.at(Phase.COPYING).then(c -> c.command(new Command.AbortMigration("m4", "no"))));
        scenes.put("CleaningUp, completed", () -> Scene.at(Phase.CLEANUP));
        scenes.put("CleaningUp, rolled back", () -> Scene.returning(Phase.CLEANUP));
        scenes.put("Completed", () -> Scene.at(Phase.COMPLETED));
        scenes.put("Aborted", () -> Scene.planned().then(c -> c.command(new Command.AbortMigration("m4", "no"))));
        scenes.put("RolledBack", () -> Scene.returning(Phase.ROLLED_BACK));
        return scenes;
    }

    private static Map<String, BiFunction<Cell, String, List<Event>>> inputs() {
        Map<String, BiFunction<Cell, String, List<Event>>> inputs = new LinkedHashMap<>();
        inputs.put("PauseMigration", (c, id) -> c.command(new Command.PauseMigration(id)));
        inputs.put("ResumeMigration", (c, id) -> c.command(new Command.ResumeMigration(id)));
        inputs.put("AbortMigration", (c, id) -> c.command(new Command.AbortMigration(id, "why")));
        inputs.put("RollbackMigration", (c, id) -> c.command(new Command.RollbackMigration(id, "why")));
        inputs.put("FinishMigration", (c, id) -> c.command(new Command.FinishMigration(id)));
        inputs.put(
                "StartMigration, overlapping",
                (c, id) -> c.command(new Command.StartMigration(
                        "hash",
                        c.migration(id).owner(),
                        c.migration(id).replica(),
                        slot(0x800),
                        slot(0x1000),
                        Cell.OPTIONS)));
        inputs.put(
                "StartMigration, beside",
                (c, id) -> c.command(
                        new Command.StartMigration("hash", "s1", "s2", slot(0x1000), slot(0x1800), Cell.OPTIONS)));
        inputs.put("SplitTablet, inside", (c, id) -> c.command(new Command.SplitTablet("hash", slot(0x800))));
        inputs.put("SplitTablet, beside", (c, id) -> c.command(new Command.SplitTablet("hash", slot(0x1800))));
        inputs.put("MergeTablets, at its end", (c, id) -> c.command(new Command.MergeTablets("hash", slot(0x1000))));
        inputs.put(
                "CreateKeyspace",
                (c, id) -> c.command(new Command.CreateKeyspace(
                        "more",
                        dev.kedge.model.Placement.RANGE,
                        List.of(new Command.InitialTablet(Bytes.EMPTY, "s1")))));
        inputs.put("AddShard", (c, id) -> c.command(new Command.AddShard("s3", "w1")));
        inputs.put(
                "AddReadReplica",
                (c, id) -> c.command(new Command.AddReadReplica(
                        "hash", Bytes.EMPTY, c.migration(id).replica(), 2_000)));
        inputs.put(
                "AddReadReplica, beside",
                (c, id) -> c.command(new Command.AddReadReplica("hash", slot(0x1000), "s2", 2_000)));
        inputs.put("RemoveReadReplica", (c, id) -> c.command(new Command.RemoveReadReplica("hash", Bytes.EMPTY, "s2")));
        inputs.put("SetPolicy", (c, id) -> c.command(new Command.SetPolicy(null, Policy.DEFAULTS)));
        inputs.put("Rebalance", (c, id) -> c.command(new Command.Rebalance(null)));
        inputs.put("ApproveProposal", (c, id) -> c.command(new Command.ApproveProposal("p1")));
        inputs.put("RejectProposal", (c, id) -> c.command(new Command.RejectProposal("p1", "no")));
        inputs.put("DrainWorker", (c, id) -> c.command(new Command.DrainWorker("w1", Cell.OPTIONS)));
        inputs.put("UndrainWorker", (c, id) -> c.command(new Command.UndrainWorker("w1")));
        inputs.put("Heartbeat, as before", (c, id) -> c.heartbeat("w2", "s2"));
        inputs.put("Heartbeat, restarted", (c, id) -> c.heartbeat("w2", 8, "s2"));
        inputs.put("ShardLoad", (c, id) -> c.report(new Report.ShardLoad("w1", 7, "s1", 1, c.now, 10_000, List.of())));
        inputs.put("LogReady", (c, id) -> c.report(new Report.LogReady("s1", "test.shard.s1.g1", "id-s1")));
        inputs.put("LogFailed", (c, id) -> c.report(new Report.LogFailed("s1", "test.shard.s1.g1", "no")));
        inputs.put("ReplicaProgress, near", (c, id) -> c.progress(id, 90_000, 90_000));
        inputs.put("ReplicaProgress, far", (c, id) -> c.progress(id, 9_500, 90_000));
        inputs.put(
                "ReplicaProgress, of the owner",
                (c, id) -> c.report(new Report.ReplicaProgress(
                        c.migration(id).owner(), id, c.attempt(id), 90_000, 90_000, 1, 1, false)));
        inputs.put(
                "ReplicaProgress, other attempt",
                (c, id) -> c.report(new Report.ReplicaProgress(
                        c.migration(id).replica(), id, c.attempt(id) + 1, 90_000, 90_000, 1, 1, false)));
        inputs.put(
                "DualWriteLost",
                (c, id) -> c.report(new Report.DualWriteLost(c.migration(id).owner(), id, c.attempt(id), "silent")));
        inputs.put(
                "ForegroundLatency",
                (c, id) -> c.report(
                        new Report.ForegroundLatency(c.migration(id).owner(), id, c.attempt(id), 1_000, 2_500)));
        inputs.put("Digest, equal", (c, id) -> c.digest(id, false, round(c, id), 1_000, 1, 2));
        inputs.put("Digest, different", (c, id) -> c.digest(id, false, round(c, id), 1_000, 1, 9));
        inputs.put("Digest, other marker", (c, id) -> c.digest(id, false, round(c, id), 1_001, 1, 2));
        inputs.put("Digest, other round", (c, id) -> c.digest(id, false, round(c, id) + 1, 1_000, 1, 2));
        inputs.put("Fenced", Cell::fenced);
        inputs.put(
                "Fenced, other version",
                (c, id) -> c.report(new Report.Fenced(c.migration(id).replica(), id, c.attempt(id), 7, 1_010)));
        inputs.put("CutoverServed", Cell::served);
        inputs.put(
                "CutoverServed, other version",
                (c, id) -> c.report(new Report.CutoverServed(
                        c.migration(id).owner(), id, c.attempt(id), 7, 2_000, 1_010, 3_000, 4)));
        inputs.put("EvictionDone", Cell::evicted);
        inputs.put(
                "ReplicationFailed",
                (c, id) -> c.report(
                        new Report.ReplicationFailed(c.migration(id).replica(), id, c.attempt(id), "disk full")));
        inputs.put("RoutingObserved", (c, id) -> c.observeRouting());
        inputs.put("TimePassed, a tick", (c, id) -> c.time(100));
        inputs.put("TimePassed, much", (c, id) -> c.time(Cell.OPTIONS.rollbackWindowMillis()));
        inputs.put(
                "UnreadableCommand", (c, id) -> c.input(new Input.UnreadableCommand("garbage", c.commands++, c.now)));
        return inputs;
    }

    private static int round(Cell cell, String id) {
        return cell.migration(id).state() instanceof MigrationState.Active a ? a.round() : 0;
    }

    @Test
    void everyStateMeetsEveryInput() {
        List<String> lines = new ArrayList<>();
        for (var state : scenes().entrySet()) {
            for (var input : inputs().entrySet()) {
                Scene scene = state.getValue().get();
                List<Event> decided = input.getValue().apply(scene.cell, scene.id);
                lines.add(state.getKey() + " | " + input.getKey() + " | " + outcome(decided));
            }
            lines.add("");
        }
        Transcript.check("matrix", lines);
    }

    private static String outcome(List<Event> decided) {
        return decided.isEmpty()
                ? NOTHING
                : decided.stream()
                        .map(e -> e instanceof Event.CommandRejected r
                                ? "rejected " + r.code()
                                : e.getClass().getSimpleName())
                        .collect(Collectors.joining(", "));
    }

    @Test
    void noStateIsMissing() {
        Set<String> met = scenes().values().stream()
                .map(Supplier::get)
                .map(s -> s.cell.migration(s.id).state().getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> all = leaves(MigrationState.class);
        all.removeAll(TRANSIENT);
        assertThat(met).isEqualTo(all);
        scenes().forEach((name, supplier) -> {
            Scene scene = supplier.get();
            assertThat(name)
                    .startsWith(
                            scene.cell.migration(scene.id).state().getClass().getSimpleName());
        });
    }

    @Test
    void noMessageIsMissing() {
        Set<String> met = inputs().keySet().stream()
                .map(name -> name.replaceAll(",.*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> all = new TreeSet<>(leaves(Command.class));
        all.addAll(leaves(Report.class));
        all.addAll(leaves(Input.class));
        all.removeAll(Set.of("CommandReceived", "ReportReceived")); // their contents are listed
        assertThat(met).isEqualTo(all);
    }

    private static Set<String> leaves(Class<?> sealed) {
        return Arrays.stream(sealed.getPermittedSubclasses())
                .flatMap(c -> c.isSealed() ? leaves(c).stream() : java.util.stream.Stream.of(c.getSimpleName()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
