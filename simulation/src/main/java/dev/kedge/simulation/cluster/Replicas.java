package dev.kedge.simulation.cluster;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.CuttingOver;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Fenced;
import dev.kedge.orchestrator.model.MigrationState.Fencing;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.Served;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The workers' side of migrations, as numbers: a copy takes as long as its bytes take at a rate, everything after it a moment. */
final class Replicas {
    private static final double BYTES_PER_RECORD = 1_000;

    private final double bytesPerSecond;
    private final Map<String, Copy> copies = new HashMap<>();

    /** @param records in the source's log, of the tablet */
    private record Copy(long sinceMillis, long records) {}

    Replicas(double bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** A copy begins. */
    void started(String migration, double bytes, long nowMillis) {
        copies.put(migration, new Copy(nowMillis, 1 + (long) (bytes / BYTES_PER_RECORD)));
    }

    /** What workers report about all migrations now; asked for often, because what a migration waits for is repeated. */
    List<Report> reports(CellState state, long nowMillis) {
        List<Report> reports = new ArrayList<>();
        for (Migration m : state.migrations().values()) {
            if (m.state() instanceof Active active) {
                report(m, active, nowMillis, reports);
            }
        }
        return reports;
    }

    void ended(String migration) {
        copies.remove(migration);
    }

    private void report(Migration m, Active active, long nowMillis, List<Report> reports) {
        int attempt = active.leg().attempt();
        switch (m.state()) {
            case Planned s -> {}
            case Copying s -> reports.add(progress(m, attempt, nowMillis));
            case CatchingUp s -> reports.add(progress(m, attempt, nowMillis));
            case DualWriting s -> reports.add(progress(m, attempt, nowMillis));
            case Verifying s -> {
                reports.add(progress(m, attempt, nowMillis));
                reports.add(digest(m, m.owner(), attempt, s.round()));
                reports.add(digest(m, m.replica(), attempt, s.round()));
            }
            case Verified s -> reports.add(progress(m, attempt, nowMillis));
            case CuttingOver s -> {}
            case Fencing s -> {
                reports.add(new Report.Fenced(m.replica(), m.id(), attempt, s.version(), copy(m).records()));
                reports.add(served(m, attempt, s.version()));
            }
            case Fenced s -> reports.add(served(m, attempt, s.version()));
            case Served s -> {}
            case RollbackWindow s -> {}
            case CleaningUp s -> reports.add(new Report.EvictionDone(s.shard(), m.id(), attempt, 0, 0));
            case Terminal s -> {}
        }
    }

    private Report progress(Migration m, int attempt, long nowMillis) {
        Copy copy = copy(m);
        double applied = (nowMillis - copy.sinceMillis()) / 1000.0 * bytesPerSecond / BYTES_PER_RECORD;
        long position = Math.min(copy.records(), (long) applied);
        return new Report.ReplicaProgress(
                m.replica(),
                m.id(),
                attempt,
                position,
                copy.records(),
                position,
                (long) (position * BYTES_PER_RECORD),
                false);
    }

    private static Report digest(Migration m, String shard, int attempt, int round) {
        return new Report.Digest(shard, m.id(), attempt, round, 1, 1, 1, List.of(1L), List.of());
    }

    private Report served(Migration m, int attempt, long version) {
        long end = copy(m).records();
        return new Report.CutoverServed(m.owner(), m.id(), attempt, version, end, end, 1_000, 0);
    }

    private Copy copy(Migration m) {
        Copy copy = copies.get(m.id());
        if (copy == null) {
            throw new IllegalStateException("nobody copies for " + m.id());
        }
        return copy;
    }
}
