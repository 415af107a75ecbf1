package dev.kedge.cli;

import java.util.Locale;
import java.util.Map;

/** What the fields of a policy are called on the command line, and what they mean. */
final class PolicyWords {
    /** @param option empty: as the field is called */
    private record Words(String option, String description) {}

    private static final Map<String, Words> WORDS = Map.ofEntries(
            of("mode", "auto: act; approve: propose and wait for an approval; advise: propose, and that is all"),
            of("maxBytes", "a shard that holds more is split; 0 = never"),
            of("maxQps", "a shard that serves more requests per second is split; 0 = never"),
            of("mergeBytes", "tablets that a policy cut are joined again when both are smaller; 0 = never"),
            of("mergeQps", "and both served fewer requests per second all through the merge window"),
            of("imbalanceTolerance", "how far a shard may be off its part of the whole; 0 = any"),
            of("balanceBytes", "bytes per worker from which sizes are balanced"),
            of("balanceQps", "requests per second per worker from which load is balanced"),
            of("evaluationMillis", "evaluate-every", "how often the policies are evaluated"),
            of("busyMillis", "evaluate-busy-every", "the same while something begins or waits for others to end"),
            of("loadMillis", "load-over", "load is the mean over this long"),
            of("windowMillis", "merge-window", "a merge looks at the highest load within this"),
            of("staleMillis", "stale-after", "load heard longer ago counts as missing"),
            of("hysteresis", "what was over a bound counts as over it until it is this share below"),
            of("cooldownMillis", "a range whose bounds or owner changed is left alone for this long"),
            of("returnCooldowns", "and is kept from going back to a shard it left for so many times that"),
            of("minReturnGain", "unless that brings the fuller of two shards down by at least this share of its part"),
            of("minSplitShare", "the smaller part of a split has at least this share"),
            of("minMoveGain", "a move brings the fuller of two shards down by at least this share of the mean"),
            of("minGainPerGigabyte", "and by this for each GB it moves"),
            of("minSamples", "requests seen before a load split"),
            of("churnBytesPerHour", "bytes that proposals may move within an hour; 0 = no limit"),
            of("maxMigrationsPerShard", "migrations one shard may take part in for a proposal to start"),
            of("maxMigrationsPerWorker", "the same for the shards of a worker"),
            of("maxMigrationsPerCell", "the same for the cell"),
            of("maxShardsPerWorker", "shards on a worker beyond which none is made there"),
            of(
                    "proposalMillis",
                    "proposal-timeout",
                    "how long a proposal waits for approval, and a rejected one is not made again"),
            of(
                    "replicaStalenessMillis",
                    "replica-staleness",
                    "how stale the answers of a read replica may be that a policy adds"),
            of("copyBytesPerSecond", "how fast a copy is taken to be when its end is foretold"),
            of("migration.maxStallMillis", "cut over only while the predicted stall is within this"),
            of("migration.rollbackWindowMillis", "how long the way back stays open after a cutover"),
            of("migration.rowsPerSecond", "limit of the copy in rows per second; 0 = none"),
            of("migration.catchUpLagRecords", "lag below which dual-write may start"),
            of("migration.dualWriteStableMillis", "how long the lag must stay small before verification"),
            of("migration.dualWriteTimeoutMillis", "how long an acknowledgement is held for a silent destination"),
            of("migration.takeoverMillis", "how long the destination waits for the source's fence before writing it"),
            of("migration.maxAttempts", "copies made before giving up after divergence"),
            of("migration.onDivergence", "what to do when the digests differ"),
            of("migration.convergeMillis", "how long a replica may fail to come nearer before more is done for it"),
            of("migration.maxDualWriteLosses", "dual-writes one attempt may lose before the migration is given up"),
            of("migration.maxDeferralMillis", "how long a verified cutover may wait for a stall within the budget"),
            of(
                    "migration.copyTargetP99Millis",
                    "the copy slows down while clients of either end wait longer than this; 0 = it never does"));

    private PolicyWords() {}

    private static Map.Entry<String, Words> of(String path, String description) {
        return of(path, "", description);
    }

    private static Map.Entry<String, Words> of(String path, String option, String description) {
        return Map.entry(path, new Words(option, description));
    }

    /** Like {@code max-bytes}; times without their unit. */
    static String option(String path) {
        Words words = WORDS.get(path);
        if (words != null && !words.option.isEmpty()) {
            return words.option;
        }
        String name = path.endsWith("Millis") ? path.substring(0, path.length() - "Millis".length()) : path;
        return name.replace('.', '-').replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    static String description(String path) {
        Words words = WORDS.get(path);
        return words == null ? "" : words.description;
    }
}
