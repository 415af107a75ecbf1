package dev.kedge.simulation;

import java.util.List;

/**
 * A rule of the protocol switched off: methods of the product that do not do their part. Nothing in the product knows of it; {@link Mutants}
 * changes the byte code while it loads.
 */
enum RuleOff {
    R0_STALE_IS_FRESH(
            "R0",
            "a store or an importer of any age goes on where it was",
            engine("EngineSettings", "mayMissTombstones", Effect.FALSE)),
    R0_READS_UNCOMMITTED(
            "R0",
            "control topics are read uncommitted",
            new Point("dev.kedge.simulation.ControlTopic$Subscription", "readsCommitted", Effect.FALSE)),
    R1_ANY_INCARNATION("R1", "records of earlier openings count too", engine("Judge", "current", Effect.TRUE)),
    R2_ANY_VERSION(
            "R2",
            "ownership follows the order of the log instead of that of the routing map",
            engine("Judge", "newer", Effect.TRUE)),
    R3_HOLES_ARE_FINE(
            "R3",
            "what stands between own appends is not read before they are acknowledged",
            engine("Tail", "follows", Effect.TRUE)),
    R4_LEASE_FOR_EVER("R4", "reads need no lease", engine("Lease", "covers", Effect.TRUE)),
    R4_CLOCKS_AGREE(
            "R4",
            "the lease trusts a clock that stood still with its machine",
            engine("Lease", "clocksAgree", Effect.TRUE)),
    R4_OPENING_DOES_NOT_WAIT(
            "R4",
            "whoever opens a shard does not wait for its predecessor's lease",
            engine("Shard", "waitOut", Effect.NOTHING)),
    R4_TAKEOVER_DOES_NOT_WAIT(
            "R4",
            "a new owner does not wait for the former one's lease",
            engine("Replica", "mayStillBeRead", Effect.FALSE)),
    R4_EVERY_FENCE_VOUCHES(
            "R4",
            "any fence is taken for that of an owner whose own opening had waited",
            engine("SourceView", "vouchesForLease", Effect.TRUE)),
    R4_NO_MARGIN(
            "R4",
            "whoever takes over waits for the lease by its own clock, with nothing added for clocks that differ",
            engine("EngineSettings", "toOutlast", Effect.FIRST_ARGUMENT)),
    R5_NO_REPAIR("R5", "void records are not noticed", engine("Repairs", "met", Effect.NOTHING)),
    R6_PROGRESS_RUNS_AHEAD(
            "R6",
            "progress counts imports that are still on their way",
            engine("Importer", "isConfirmed", Effect.TRUE)),
    R6_IMPORTS_AT_ANY_TIME(
            "R6", "an import counts whatever its range is waiting for", engine("Judge", "isAwaited", Effect.TRUE)),
    R6_COMPLETES_ANYTHING(
            "R6",
            "an attempt can be completed after it was ended by a fence",
            engine("Judge", "isStaging", Effect.TRUE)),
    R6_ATTEMPTS_MIX(
            "R6",
            "an attempt begins while imports of the one before are on their way, and takes them for its own",
            engine("Replica", "isBusy", Effect.FALSE),
            engine("Holding$Staging", "is", Effect.TRUE)),
    R7_JUDGES_SHARE_KEYS(
            "R7",
            "control records of one type share a key",
            new Point("dev.kedge.schemas.shard.ShardKeys", "putLong", Effect.NOTHING)),
    R7_READER_KNOWS_NOTHING(
            "R7",
            "whoever goes on in the middle of a log knows nothing of what stands before",
            engine("SourceView", "stateAt", Effect.NULL)),
    R8_BOUNDS_MOVE(
            "R8",
            "tablets are split and merged in the middle of their migration",
            decide("TabletCommands", "requireAtRest", Effect.NOTHING),
            new Point("dev.kedge.orchestrator.model.Evolution", "expectAtRest", Effect.NOTHING)),
    R9_ENDS_BEFORE_EVICTED(
            "R9", "a migration ends before its evictions do", decide("Progression", "isEvicted", Effect.TRUE)),
    R9_EVICTIONS_LINGER(
            "R9",
            "a range is called evicted while tombstones are on their way, and those count later",
            engine("Eviction", "isConfirmed", Effect.TRUE),
            engine("Judge", "evictable", Effect.TRUE)),
    R10_READER_COUNTS_ALL(
            "R10",
            "whoever reads another shard's log takes every record for valid",
            engine("SourceView", "counts", Effect.TRUE));

    enum Effect {
        TRUE,
        FALSE,
        NULL,
        NOTHING,
        FIRST_ARGUMENT
    }

    /** A method that does not do its part. */
    record Point(String className, String method, Effect effect) {}

    private static Point engine(String type, String method, Effect effect) {
        return new Point("dev.kedge.worker.engine." + type, method, effect);
    }

    private static Point decide(String type, String method, Effect effect) {
        return new Point("dev.kedge.orchestrator.decide." + type, method, effect);
    }

    final String rule;
    final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is
    final List<Point> points;

    RuleOff(String rule, String meaning, Point... points) {
        this.rule = rule;
        this.meaning = meaning;
        this.points = List.of(points);
    }

    @Override
    public String toString() {
        return rule + " off: " + meaning;
    }
}
