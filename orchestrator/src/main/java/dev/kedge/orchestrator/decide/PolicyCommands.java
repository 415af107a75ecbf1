package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What operators say about policies and proposals. */
final class PolicyCommands {
    private static final long MAX_MILLIS = 30L * 24 * 3600 * 1000;

    private final ControlPlaneSettings settings;
    private final Undertakings undertakings;
    private final Evaluation evaluation;

    PolicyCommands(ControlPlaneSettings settings, Undertakings undertakings, Evaluation evaluation) {
        this.settings = settings;
        this.undertakings = undertakings;
        this.evaluation = evaluation;
    }

    void set(Draft draft, Command.SetPolicy c) {
        String keyspace = c.keyspace();
        Policy policy = c.policy();
        if (keyspace != null) {
            Names.keyspace(draft, keyspace);
        }
        if (policy != null) {
            check(policy);
        }
        @Nullable
        Policy now = keyspace == null
                ? draft.state().steering().cellPolicy()
                : draft.state().steering().policies().get(keyspace);
        if (Objects.equals(now, policy)) {
            draft.emit(new Event.CommandHadNoEffect(
                    "the policy of " + (keyspace == null ? "the cell" : keyspace) + " is just that already"));
            return;
        }
        draft.emit(new Event.PolicySet(keyspace, policy));
        if (draft.seen().evaluateMillis() > 0) {
            draft.see(draft.seen().evaluateAt(draft.nowMillis()));
        }
    }

    void rebalance(Draft draft, Command.Rebalance c) {
        if (c.keyspace() != null) {
            Names.keyspace(draft, c.keyspace());
        }
        evaluation.rebalance(draft, c.keyspace());
    }

    void approve(Draft draft, Command.ApproveProposal c) {
        Proposal proposal = Names.proposal(draft, c.proposal());
        switch (proposal.status()) {
            case Proposal.Proposed s -> {
                if (proposal.made().mode() == Policy.Mode.ADVISE) {
                    throw new Refusal(
                            Rejection.NOT_APPROVABLE,
                            "the proposal " + proposal.id()
                                    + " was made in mode ADVISE, which records what it would do and no"
                                    + " more; set the policy's mode to approve or auto, or do it by hand");
                }
                draft.emit(new Event.ProposalApproved(proposal.id()));
                undertakings.advance(draft);
            }
            case Proposal.Approved s -> underWay(draft, proposal);
            case Proposal.Running s -> underWay(draft, proposal);
            case Proposal.Over s -> throw over(proposal);
        }
    }

    private static void underWay(Draft draft, Proposal proposal) {
        draft.emit(new Event.CommandHadNoEffect("the proposal " + proposal.id() + " is being carried out already"));
    }

    void reject(Draft draft, Command.RejectProposal c) {
        Proposal proposal = Names.proposal(draft, c.proposal());
        switch (proposal.status()) {
            case Proposal.Proposed s -> draft.emit(new Event.ProposalRejected(proposal.id(), c.reason()));
            case Proposal.Approved s -> draft.emit(new Event.ProposalRejected(proposal.id(), c.reason()));
            case Proposal.Running s ->
                throw new Refusal(
                        Rejection.PROPOSAL_UNDER_WAY,
                        "the proposal " + proposal.id() + " is being carried out; abort its migration "
                                + proposal.migration() + ", or roll it back");
            case Proposal.Over s -> throw over(proposal);
        }
    }

    private static Refusal over(Proposal proposal) {
        return new Refusal(
                Rejection.PROPOSAL_OVER,
                "the proposal " + proposal.id() + " is over (" + proposal.status()
                        + "); kedge plan shows what holds now");
    }

    private void check(Policy p) {
        nonNegative(p.maxBytes(), "max bytes");
        nonNegative(p.maxQps(), "max qps");
        nonNegative(p.mergeBytes(), "merge bytes");
        nonNegative(p.mergeQps(), "merge qps");
        nonNegative(p.balanceBytes(), "balance bytes");
        nonNegative(p.balanceQps(), "balance qps");
        nonNegative(p.churnBytesPerHour(), "churn bytes per hour");
        nonNegative(p.minSamples(), "min samples");
        // What is merged must not be split again at once, nor what is split be merged.
        check(
                p.maxBytes() == 0 || p.mergeBytes() <= p.maxBytes() / 2,
                "merge bytes",
                p.mergeBytes(),
                "two tablets of that size would be split again; give at most half of max bytes");
        check(
                p.maxQps() == 0 || p.mergeQps() <= p.maxQps() / 2,
                "merge qps",
                p.mergeQps(),
                "two tablets with that load would be split again; give at most half of max qps");
        check(
                p.imbalanceTolerance() >= 0 && p.imbalanceTolerance() <= 10,
                "imbalance tolerance",
                p.imbalanceTolerance(),
                "give a share from 0.05, or 0 to let the distribution be");
        check(
                p.imbalanceTolerance() == 0 || p.imbalanceTolerance() >= 0.05,
                "imbalance tolerance",
                p.imbalanceTolerance(),
                "below 0.05 the noise of the load itself would move data");
        check(p.hysteresis() >= 0 && p.hysteresis() < 1, "hysteresis", p.hysteresis(), "give a share below 1");
        check(
                p.minSplitShare() > 0 && p.minSplitShare() <= 0.5,
                "min split share",
                p.minSplitShare(),
                "give a share above 0 and at most 0.5");
        check(p.minMoveGain() >= 0 && p.minMoveGain() <= 1, "min move gain", p.minMoveGain(), "give a share");
        check(
                p.minGainPerGigabyte() >= 0 && p.minGainPerGigabyte() <= 1,
                "min gain per GB",
                p.minGainPerGigabyte(),
                "give a share");
        checkTime(p.evaluationMillis(), "evaluation interval");
        checkTime(p.busyMillis(), "evaluation interval while busy");
        checkTime(p.loadMillis(), "load time");
        checkTime(p.windowMillis(), "window");
        checkTime(p.staleMillis(), "stale time");
        checkTime(p.proposalMillis(), "proposal time");
        check(
                p.cooldownMillis() >= 0 && p.cooldownMillis() <= MAX_MILLIS,
                "cooldown",
                p.cooldownMillis(),
                "give 0 ms to 30 days");
        check(p.returnCooldowns() >= 0, "return cooldowns", p.returnCooldowns(), "give 0 or more");
        check(p.minReturnGain() >= 0, "min return gain", p.minReturnGain(), "give a share");
        check(
                p.replicaStalenessMillis() >= settings.minStalenessMillis()
                        && p.replicaStalenessMillis() <= settings.maxStalenessMillis(),
                "replica staleness",
                p.replicaStalenessMillis(),
                "give " + settings.minStalenessMillis() + " to " + settings.maxStalenessMillis() + " ms");
        check(
                p.windowMillis() >= p.loadMillis(),
                "window",
                p.windowMillis(),
                "it must not be shorter than the load time");
        checkCount(p.maxMigrationsPerShard(), "max migrations per shard");
        checkCount(p.maxMigrationsPerWorker(), "max migrations per worker");
        checkCount(p.maxMigrationsPerCell(), "max migrations per cell");
        checkCount(p.maxShardsPerWorker(), "max shards per worker");
        check(p.copyBytesPerSecond() >= 1, "copy bytes per second", p.copyBytesPerSecond(), "give 1 or more");
        StartCommand.checkOptions(settings, p.migration());
    }

    private static void nonNegative(long value, String what) {
        check(value >= 0, what, value, "give 0 or more");
    }

    private static void checkTime(long millis, String what) {
        check(millis >= 100 && millis <= MAX_MILLIS, what, millis, "give 100 ms to 30 days");
    }

    private static void checkCount(int count, String what) {
        check(count >= 1, what, count, "give 1 or more");
    }

    private static void check(boolean holds, String what, Number value, String advice) {
        if (!holds) {
            throw new Refusal(Rejection.BAD_POLICY, what + " of " + value + " can't be: " + advice);
        }
    }
}
