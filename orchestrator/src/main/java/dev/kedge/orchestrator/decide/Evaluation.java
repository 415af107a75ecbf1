package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Limits;
import dev.kedge.orchestrator.policy.Planner;
import dev.kedge.orchestrator.policy.RefusalCode;
import dev.kedge.orchestrator.policy.ReplicaOffer;
import dev.kedge.orchestrator.policy.Situation;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.orchestrator.policy.TabletLoad;
import dev.kedge.orchestrator.policy.Verdict;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Has the policies evaluated when that is due, and turns what they come to into events. */
final class Evaluation {
    /** More proposals than that to wait at once are no plan any more: what is left out is found again. */
    private static final int MAX_WAITING = 256;

    /** Events are kept for ever: what is left out is said the next time. */
    private static final int MAX_REFUSALS = 64;

    private final Undertakings undertakings;
    private final ReadReplicaCommands replicas;

    Evaluation(Undertakings undertakings, ReadReplicaCommands replicas) {
        this.undertakings = undertakings;
        this.replicas = replicas;
    }

    /** Evaluates if it is due. After a start, load has to be heard first: then an interval has to pass. */
    void timePassed(Draft draft) {
        long now = draft.nowMillis();
        long due = draft.seen().evaluateMillis();
        if (now >= due) {
            draft.see(draft.seen()
                    .evaluateAt(now + draft.state().steering().policy(null).evaluationMillis()));
            if (due > 0 && !draft.seen().load().isEmpty()) {
                evaluate(draft);
            }
        }
    }

    private void evaluate(Draft draft) {
        Situation situation = undertakings.situation(
                draft.state(), draft.seen(), Policies.of(draft.state().steering()));
        Findings findings = Planner.plan(situation);
        findings.expired().forEach((id, why) -> draft.emit(new Event.ProposalExpired(id, why)));
        sayRefusals(draft, situation, findings);
        findings.replicas().forEach(offer -> addReplica(draft, offer));
        findings.retired().forEach((replica, why) -> removeReplica(draft, replica, why));
        propose(
                draft,
                findings.wanted(),
                w -> situation.policies().of(w.action().keyspace()).mode());
        undertakings.advance(draft);
        if (isBusy(findings, situation, draft.state())) {
            // Else nothing would begin in between, though something ended.
            Policy policy = situation.policies().cell();
            draft.see(draft.seen()
                    .evaluateAt(draft.nowMillis() + Math.min(policy.busyMillis(), policy.evaluationMillis())));
        }
    }

    /** Whether anything begins, waits, or moves: that may be what the next one waits for. */
    private static boolean isBusy(Findings findings, Situation situation, CellState after) {
        return findings.wanted().stream()
                        .anyMatch(w ->
                                situation.policies().of(w.action().keyspace()).mode() == Policy.Mode.AUTO)
                || findings.refused().stream().anyMatch(r -> r.code() == RefusalCode.LIMIT)
                || after.steering().open().values().stream()
                        .anyMatch(p -> p.status() instanceof Proposal.Running && isMoving(after, p));
    }

    private static boolean isMoving(CellState state, Proposal proposal) {
        Migration migration = state.migration(proposal.migration());
        return migration == null || Limits.costs(migration.phase());
    }

    /** In mode AUTO what the refusal offers is done; otherwise it is for somebody to do. */
    private void addReplica(Draft draft, ReplicaOffer offer) {
        Keyspace keyspace = draft.state().keyspace(offer.keyspace());
        Tablet tablet = keyspace == null ? null : keyspace.tablets().get(offer.start());
        Policy policy = draft.state().steering().policy(offer.keyspace());
        if (tablet != null
                && tablet.migration() == null
                && tablet.readReplicas().isEmpty()
                && policy.mode() == Policy.Mode.AUTO) {
            replicas.add(
                    draft,
                    new Command.AddReadReplica(
                            offer.keyspace(), offer.start(), offer.shard(), policy.replicaStalenessMillis()),
                    Proposal.replica(draft.state().nextSequence()));
        }
    }

    private static void removeReplica(Draft draft, String id, String why) {
        ReadReplica replica = draft.state().readReplicas().get(id);
        if (replica != null
                && draft.state().steering().policy(replica.keyspace()).mode() == Policy.Mode.AUTO) {
            draft.emit(new Event.ReadReplicaLeaving(id, why));
        }
    }

    /** Those that run are as many as the limits let, and may be open for as long as a rollback window: they do not count. */
    private static void propose(Draft draft, List<Verdict.Wanted> all, Function<Verdict.Wanted, Policy.Mode> mode) {
        long waiting = draft.state().steering().open().values().stream()
                .filter(p -> !(p.status() instanceof Proposal.Running))
                .count();
        for (Verdict.Wanted wanted : all) {
            if (waiting++ < MAX_WAITING) {
                propose(draft, wanted, mode.apply(wanted));
            }
        }
    }

    private static void propose(Draft draft, Verdict.Wanted wanted, Policy.Mode mode) {
        Policy policy = draft.state().steering().policy(wanted.action().keyspace());
        draft.emit(new Event.ProposalMade(
                Proposal.id(draft.state().nextSequence()),
                wanted.policy(),
                mode,
                wanted.action(),
                wanted.reason(),
                wanted.figures(),
                wanted.bytes(),
                wanted.etaMillis(),
                wanted.before(),
                wanted.after(),
                draft.nowMillis() + policy.proposalMillis()));
    }

    /** Each reason once for a need, however its numbers change and whatever is done in between, until the need is over. */
    private static void sayRefusals(Draft draft, Situation situation, Findings findings) {
        int said = 0;
        for (Verdict.Refused refusal : findings.refused()) {
            Steering.Refused before = draft.state().steering().refusals().get(refusal.subject());
            boolean known = before != null && before.wasSaid(refusal.code().name(), refusal.key());
            if (!known && said++ < MAX_REFUSALS) {
                draft.emit(refusal.event());
            }
        }
        for (var old : draft.state().steering().refusals()) {
            Event.PolicyRefused e = old.getValue().event();
            if (isOver(findings, old.getKey()) && isKnown(situation, e) && said++ < MAX_REFUSALS) {
                draft.emit(new Event.PolicyRefusalLifted(e.policy(), e.shard(), e.keyspace(), e.start()));
            }
        }
    }

    /** What a drain is refused ends with the drain, not here. */
    private static boolean isOver(Findings findings, Steering.Subject subject) {
        return subject.policy() != PolicyKind.DRAIN && !findings.needs().contains(subject);
    }

    /** Whether its subject's load is known: else nothing is known of the need either. */
    private static boolean isKnown(Situation situation, Event.PolicyRefused e) {
        String shard = e.shard();
        String keyspace = e.keyspace();
        if (shard != null) {
            var seen = situation.load().shards().get(shard);
            return seen != null && isFresh(situation, keyspace, seen.atMillis());
        }
        if (keyspace != null && e.start() != null) {
            TabletLoad load = situation.load().of(keyspace, e.start());
            return load == null || isFresh(situation, keyspace, load.atMillis());
        }
        return true;
    }

    private static boolean isFresh(Situation situation, @Nullable String keyspace, long atMillis) {
        return situation.nowMillis() - atMillis
                <= situation.policies().of(keyspace).staleMillis();
    }

    /** Approves what was proposed to even out the load, and proposes what else does, approved by whoever asked. */
    void rebalance(Draft draft, @Nullable String keyspace) {
        if (draft.seen().load().isEmpty()) {
            throw new Refusal(
                    Rejection.LOAD_UNKNOWN,
                    "no worker has reported its load since the control plane started; try again when they have (kedge shard list)");
        }
        Findings findings = Planner.rebalance(
                undertakings.situation(
                        draft.state(), draft.seen(), Policies.of(draft.state().steering())),
                keyspace);
        int before = draft.events().size();
        for (Proposal proposal : draft.state().steering().open().values()) {
            if (proposal.policy() == PolicyKind.DISTRIBUTION
                    && proposal.status() instanceof Proposal.Proposed
                    && (keyspace == null || keyspace.equals(proposal.action().keyspace()))) {
                draft.emit(new Event.ProposalApproved(proposal.id()));
            }
        }
        propose(draft, findings.wanted(), w -> Policy.Mode.AUTO);
        if (draft.events().size() == before) {
            draft.emit(new Event.CommandHadNoEffect(
                    findings.refused().isEmpty()
                            ? "the load is as even as the policy wants it, or will be when what runs is done"
                            : findings.refused().get(0).reason()));
        }
        undertakings.advance(draft);
    }
}
