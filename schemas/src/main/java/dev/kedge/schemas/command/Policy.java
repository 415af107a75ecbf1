package dev.kedge.schemas.command;

/**
 * When tablets are split, moved and merged without being asked for. Travels in the event that sets it, so replay reads no configuration.
 * What is about the cell as a whole is taken from the cell's policy, and only there: {@code imbalanceTolerance}, {@code balanceBytes},
 * {@code balanceQps}, {@code evaluationMillis}, {@code churnBytesPerHour} and the limits; all else from the keyspace's if it has one.
 *
 * @param mode what becomes of a proposal
 * @param maxBytes a shard that holds more is split; 0 = never
 * @param maxQps a shard that serves more requests per second is split; 0 = never
 * @param mergeBytes tablets that a policy cut are joined again when both are smaller; 0 = never
 * @param mergeQps and both served fewer requests per second all through the window
 * @param imbalanceTolerance share by which a shard may be above or below its part of the whole; 0 = any
 * @param balanceBytes bytes per worker from which sizes are balanced
 * @param balanceQps requests per second per worker from which load is balanced
 * @param evaluationMillis how often the policies are evaluated
 * @param busyMillis the same while something begins, waits or moves, if that is more often
 * @param loadMillis the load is the mean over this long
 * @param windowMillis a merge looks at the highest load within this
 * @param staleMillis load heard longer ago counts as missing
 * @param hysteresis what was over a bound counts as over it until it is this share below
 * @param cooldownMillis a range whose bounds or owner changed is left alone for this long
 * @param returnCooldowns and is kept from going back to a shard it left for so many times that
 * @param minReturnGain unless that brings the fuller of two shards down by at least this share of its part
 * @param minSplitShare the smaller part of a split has at least this share
 * @param minMoveGain a move brings the fuller of two shards down by at least this share of the mean
 * @param minGainPerGigabyte and by this for each GB it moves
 * @param minSamples requests seen before a load split
 * @param churnBytesPerHour bytes that proposals may move within an hour; 0 = no limit
 * @param maxMigrationsPerShard migrations one shard may take part in for a proposal to start
 * @param maxMigrationsPerWorker the same for the shards of a worker
 * @param maxMigrationsPerCell the same for the cell
 * @param maxShardsPerWorker shards on a worker beyond which none is made there
 * @param proposalMillis how long a proposal waits for approval, and a rejected one is not made again
 * @param replicaStalenessMillis how stale the answers of a read replica may be that a policy adds
 * @param copyBytesPerSecond how fast a copy is taken to be when its end is foretold
 * @param migration what its migrations are run with
 */
public record Policy(
        Mode mode,
        long maxBytes,
        long maxQps,
        long mergeBytes,
        long mergeQps,
        double imbalanceTolerance,
        long balanceBytes,
        long balanceQps,
        long evaluationMillis,
        long busyMillis,
        long loadMillis,
        long windowMillis,
        long staleMillis,
        double hysteresis,
        long cooldownMillis,
        int returnCooldowns,
        double minReturnGain,
        double minSplitShare,
        double minMoveGain,
        double minGainPerGigabyte,
        int minSamples,
        long churnBytesPerHour,
        int maxMigrationsPerShard,
        int maxMigrationsPerWorker,
        int maxMigrationsPerCell,
        int maxShardsPerWorker,
        long proposalMillis,
        int replicaStalenessMillis,
        long copyBytesPerSecond,
        MigrationOptions migration) {

    /** What becomes of a proposal. */
    public enum Mode {
        /** It is carried out as soon as the limits allow. */
        AUTO,
        /** It is recorded, and that is all. */
        ADVISE,
        /** It is carried out once somebody approves it. */
        APPROVE
    }

    private static final long MINUTE = 60_000;
    private static final long GB = 1_000_000_000;

    /** What holds while nothing was set: proposals are made, and nothing moves that nobody approved. */
    public static final Policy DEFAULTS = new Policy(
            Mode.APPROVE,
            100 * GB,
            10_000,
            5 * GB,
            1_000,
            0.2,
            GB / 4,
            100,
            MINUTE,
            2_000,
            2 * MINUTE,
            30 * MINUTE,
            MINUTE,
            0.2,
            10 * MINUTE,
            6,
            0.5,
            0.2,
            0.005,
            0.0002,
            200,
            500 * GB,
            1,
            2,
            8,
            16,
            60 * MINUTE,
            2_000,
            50_000_000,
            MigrationOptions.DEFAULTS);

    /** The same, with other {@link #mode}. */
    public Policy in(Mode other) {
        return new Policy(
                other,
                maxBytes,
                maxQps,
                mergeBytes,
                mergeQps,
                imbalanceTolerance,
                balanceBytes,
                balanceQps,
                evaluationMillis,
                busyMillis,
                loadMillis,
                windowMillis,
                staleMillis,
                hysteresis,
                cooldownMillis,
                returnCooldowns,
                minReturnGain,
                minSplitShare,
                minMoveGain,
                minGainPerGigabyte,
                minSamples,
                churnBytesPerHour,
                maxMigrationsPerShard,
                maxMigrationsPerWorker,
                maxMigrationsPerCell,
                maxShardsPerWorker,
                proposalMillis,
                replicaStalenessMillis,
                copyBytesPerSecond,
                migration);
    }
}
