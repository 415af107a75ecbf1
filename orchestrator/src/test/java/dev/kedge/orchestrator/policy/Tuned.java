package dev.kedge.orchestrator.policy;

import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;

/** A policy with some values changed: reads as what a test is about. */
record Tuned(Policy policy) {
    static Tuned of(Policy policy) {
        return new Tuned(policy);
    }

    Tuned max(long bytes, long qps) {
        return with(bytes, qps, policy.mergeBytes(), policy.mergeQps(), policy.windowMillis(), policy.cooldownMillis());
    }

    Tuned merge(long bytes, long qps) {
        return with(policy.maxBytes(), policy.maxQps(), bytes, qps, policy.windowMillis(), policy.cooldownMillis());
    }

    /** The load is the mean over half of the window. */
    Tuned window(long millis) {
        return with(
                policy.maxBytes(),
                policy.maxQps(),
                policy.mergeBytes(),
                policy.mergeQps(),
                millis,
                policy.cooldownMillis());
    }

    Tuned cooldown(long millis) {
        return with(
                policy.maxBytes(),
                policy.maxQps(),
                policy.mergeBytes(),
                policy.mergeQps(),
                policy.windowMillis(),
                millis);
    }

    private Tuned with(long maxBytes, long maxQps, long mergeBytes, long mergeQps, long window, long cooldown) {
        return new Tuned(new Policy(
                policy.mode(),
                maxBytes,
                maxQps,
                mergeBytes,
                mergeQps,
                policy.imbalanceTolerance(),
                policy.balanceBytes(),
                policy.balanceQps(),
                policy.evaluationMillis(),
                policy.busyMillis(),
                Math.min(policy.loadMillis(), window / 2),
                window,
                policy.staleMillis(),
                policy.hysteresis(),
                cooldown,
                policy.returnCooldowns(),
                policy.minReturnGain(),
                policy.minSplitShare(),
                policy.minMoveGain(),
                policy.minGainPerGigabyte(),
                policy.minSamples(),
                policy.churnBytesPerHour(),
                policy.maxMigrationsPerShard(),
                policy.maxMigrationsPerWorker(),
                policy.maxMigrationsPerCell(),
                policy.maxShardsPerWorker(),
                policy.proposalMillis(),
                policy.replicaStalenessMillis(),
                policy.copyBytesPerSecond(),
                policy.migration()));
    }

    Tuned limits(int perShard, int perWorker, int perCell, long churnBytesPerHour) {
        Policy p = policy;
        return new Tuned(new Policy(
                p.mode(),
                p.maxBytes(),
                p.maxQps(),
                p.mergeBytes(),
                p.mergeQps(),
                p.imbalanceTolerance(),
                p.balanceBytes(),
                p.balanceQps(),
                p.evaluationMillis(),
                p.busyMillis(),
                p.loadMillis(),
                p.windowMillis(),
                p.staleMillis(),
                p.hysteresis(),
                p.cooldownMillis(),
                p.returnCooldowns(),
                p.minReturnGain(),
                p.minSplitShare(),
                p.minMoveGain(),
                p.minGainPerGigabyte(),
                p.minSamples(),
                churnBytesPerHour,
                perShard,
                perWorker,
                perCell,
                p.maxShardsPerWorker(),
                p.proposalMillis(),
                p.replicaStalenessMillis(),
                p.copyBytesPerSecond(),
                p.migration()));
    }

    Tuned migration(MigrationOptions options) {
        Policy p = policy;
        return new Tuned(new Policy(
                p.mode(),
                p.maxBytes(),
                p.maxQps(),
                p.mergeBytes(),
                p.mergeQps(),
                p.imbalanceTolerance(),
                p.balanceBytes(),
                p.balanceQps(),
                p.evaluationMillis(),
                p.busyMillis(),
                p.loadMillis(),
                p.windowMillis(),
                p.staleMillis(),
                p.hysteresis(),
                p.cooldownMillis(),
                p.returnCooldowns(),
                p.minReturnGain(),
                p.minSplitShare(),
                p.minMoveGain(),
                p.minGainPerGigabyte(),
                p.minSamples(),
                p.churnBytesPerHour(),
                p.maxMigrationsPerShard(),
                p.maxMigrationsPerWorker(),
                p.maxMigrationsPerCell(),
                p.maxShardsPerWorker(),
                p.proposalMillis(),
                p.replicaStalenessMillis(),
                p.copyBytesPerSecond(),
                options));
    }
}
