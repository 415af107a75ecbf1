package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Keyspace.Placed;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens a migration. A range inside a tablet is split off in place first; one that covers several tablets of the source is joined to one
 * tablet first. Both are metadata only.
 */
final class StartCommand {
    private static final long MAX_WINDOW_MILLIS = 30L * 24 * 3600 * 1000;
    private static final int MAX_WAIT_MILLIS = 3_600_000;

    private final ControlPlaneSettings settings;
    private final TabletCommands tablets;

    StartCommand(ControlPlaneSettings settings, TabletCommands tablets) {
        this.settings = settings;
        this.tablets = tablets;
    }

    void start(Draft draft, Command.StartMigration c, String migration) {
        Keyspace keyspace = Names.keyspace(draft, c.keyspace());
        Placement placement = keyspace.placement();
        Names.shard(draft, c.from());
        Names.requireInUse(draft, Names.shard(draft, c.to()).worker());
        if (c.from().equals(c.to())) {
            throw new Refusal(
                    Rejection.SAME_SHARD,
                    "source and destination are both " + c.from() + "; name another shard as destination");
        }
        KeyRange range = range(placement, c);
        checkOptions(settings, c.options());
        checkOwned(keyspace, range, c.from());
        ReadReplicaCommands.requireMovable(draft, keyspace, range, c.to());

        tablets.splitAt(draft, keyspace, range.start());
        if (range.end() != null) {
            tablets.splitAt(draft, Names.keyspace(draft, c.keyspace()), range.end());
        }
        for (Placed inner : Names.keyspace(draft, c.keyspace()).tabletsIn(range)) {
            if (!inner.range().start().equals(range.start())) {
                draft.emit(new Event.TabletsMerged(
                        c.keyspace(), range.start(), inner.range().start()));
            }
        }
        draft.emit(new Event.MigrationPlanned(
                migration, c.keyspace(), range.start(), range.end(), c.from(), c.to(), c.options()));
    }

    private KeyRange range(Placement placement, Command.StartMigration c) {
        Bytes start = Bounds.start(placement, c.start(), settings);
        @Nullable Bytes end = Bounds.end(placement, c.end(), settings);
        if (end != null && start.compareTo(end) >= 0) {
            throw new Refusal(
                    Rejection.RANGE_EMPTY,
                    "the range " + Bounds.show(placement, start, end)
                            + " holds no position; its end is not part of it and must be higher than its start");
        }
        return new KeyRange(start, end);
    }

    private static void checkOwned(Keyspace keyspace, KeyRange range, String from) {
        Placement placement = keyspace.placement();
        List<Placed> covered = keyspace.tabletsIn(range);
        for (Placed tablet : covered) {
            if (tablet.tablet().migration() != null) {
                throw new Refusal(
                        Rejection.OVERLAPS_MIGRATION,
                        "the range " + Bounds.show(placement, range) + " overlaps "
                                + Bounds.show(placement, tablet.range()) + ", which is in migration "
                                + tablet.tablet().migration() + "; wait for its end, abort it, or finish its window");
            }
        }
        List<String> owners =
                covered.stream().map(t -> t.tablet().shard()).distinct().toList();
        if (!owners.contains(from)) {
            throw new Refusal(
                    Rejection.RANGE_NOT_OWNED,
                    "the range " + Bounds.show(placement, range) + " of " + keyspace.name() + " is on "
                            + String.join(", ", owners) + ", not on " + from + "; name its owner as source");
        }
        if (owners.size() > 1) {
            Placed foreign = covered.stream()
                    .filter(t -> !t.tablet().shard().equals(from))
                    .findFirst()
                    .orElseThrow();
            throw new Refusal(
                    Rejection.RANGE_SPANS_SHARDS,
                    "the range " + Bounds.show(placement, range) + " of " + keyspace.name() + " is on "
                            + String.join(", ", owners) + ": " + from + " does not own "
                            + Bounds.show(placement, foreign.range()) + "; start one migration for each source");
        }
    }

    static void checkOptions(ControlPlaneSettings settings, MigrationOptions o) {
        check(
                o.maxStallMillis() * 1000L >= settings.fenceRoundTripMicros(),
                "max stall",
                o.maxStallMillis() + " ms",
                "a cutover takes about " + settings.fenceRoundTripMicros() / 1000
                        + " ms even without lag, so allow more than that");
        check(o.maxStallMillis() <= MAX_WAIT_MILLIS, "max stall", o.maxStallMillis() + " ms", "allow at most one hour");
        check(
                o.rollbackWindowMillis() >= 0 && o.rollbackWindowMillis() <= MAX_WINDOW_MILLIS,
                "rollback window",
                o.rollbackWindowMillis() + " ms",
                "give 0 (none) to 30 days");
        check(o.rowsPerSecond() >= 0, "rows per second", o.rowsPerSecond() + "", "give a limit, or 0 for none");
        check(o.catchUpLagRecords() >= 0, "catch-up lag", o.catchUpLagRecords() + "", "give 0 records or more");
        check(
                o.dualWriteStableMillis() >= 0 && o.dualWriteStableMillis() <= MAX_WAIT_MILLIS,
                "dual-write stable time",
                o.dualWriteStableMillis() + " ms",
                "give 0 ms to one hour");
        check(
                o.dualWriteTimeoutMillis() >= 1 && o.dualWriteTimeoutMillis() <= MAX_WAIT_MILLIS,
                "dual-write timeout",
                o.dualWriteTimeoutMillis() + " ms",
                "give 1 ms to one hour");
        check(
                o.takeoverMillis() >= 1 && o.takeoverMillis() <= MAX_WAIT_MILLIS,
                "takeover time",
                o.takeoverMillis() + " ms",
                "give 1 ms to one hour");
        check(
                o.copyTargetP99Millis() >= 0 && o.copyTargetP99Millis() <= MAX_WAIT_MILLIS,
                "the copy's target p99",
                o.copyTargetP99Millis() + " ms",
                "give 1 ms to one hour, or 0 for a copy that heeds nobody");
        check(o.maxAttempts() >= 1, "max attempts", o.maxAttempts() + "", "give 1 or more");
        check(
                o.convergeMillis() >= 1 && o.convergeMillis() <= MAX_WAIT_MILLIS,
                "time to converge",
                o.convergeMillis() + " ms",
                "give 1 ms to one hour");
        check(
                o.maxDualWriteLosses() >= 0,
                "max dual-write losses",
                o.maxDualWriteLosses() + "",
                "give 0 (none) or more");
        check(
                o.maxDeferralMillis() >= 0 && o.maxDeferralMillis() <= MAX_WINDOW_MILLIS,
                "max deferral",
                o.maxDeferralMillis() + " ms",
                "give 0 (none) to 30 days");
    }

    private static void check(boolean holds, String option, String value, String advice) {
        if (!holds) {
            throw new Refusal(Rejection.BAD_OPTION, option + " of " + value + " can't be: " + advice);
        }
    }
}
