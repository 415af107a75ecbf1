package dev.kedge.orchestrator.decide;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Aborted;
import dev.kedge.orchestrator.model.MigrationState.Completed;
import dev.kedge.orchestrator.model.MigrationState.RolledBack;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.orchestrator.policy.Limits;
import dev.kedge.orchestrator.policy.Planner;
import dev.kedge.orchestrator.policy.Situation;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.topics.Cell;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries out proposals, step by step. Level-triggered like {@link Progression}: the next step follows from the tablets and from the
 * proposal's migration as they are, so after a restart it is the same step. Nothing is trusted that was true when the proposal was made.
 */
final class Undertakings {
    private final ControlPlaneSettings settings;
    private final StartCommand startCommand;
    private final TabletCommands tablets;
    private final Progression progression;

    Undertakings(
            ControlPlaneSettings settings, StartCommand startCommand, TabletCommands tablets, Progression progression) {
        this.settings = settings;
        this.startCommand = startCommand;
        this.tablets = tablets;
        this.progression = progression;
    }

    /** What policies are to decide from. */
    Situation situation(CellState state, Observations seen, Policies policies) {
        return new Situation(state, seen.load(), policies, workers(state, seen), seen.nowMillis());
    }

    /** Those that may be given something. */
    private Set<String> workers(CellState state, Observations seen) {
        Set<String> fresh = new HashSet<>();
        for (Worker worker : state.workers().values()) {
            if (worker.takesMore() && seen.isFresh(worker.name(), settings.heartbeatTimeoutMillis())) {
                fresh.add(worker.name());
            }
        }
        return fresh;
    }

    /** Begins what may begin, and goes on with what runs. */
    void advance(Draft draft) {
        if (draft.state().steering().open().isEmpty()) {
            return;
        }
        Policy cell = draft.state().steering().policy(null);
        Limits limits = new Limits(draft.state(), cell, draft.nowMillis());
        for (Proposal proposal : draft.state().steering().open().values()) {
            switch (proposal.status()) {
                case Proposal.Proposed s -> {}
                case Proposal.Approved s -> begin(draft, proposal, s, limits);
                case Proposal.Running s -> {
                    if (!isUnderWay(draft.state().migration(proposal.migration()))) {
                        goOn(draft, proposal);
                        giveUp(draft, proposal, s);
                    }
                }
                case Proposal.Over s -> throw new IllegalStateException("an open proposal is over: " + proposal);
            }
        }
    }

    /** Then its proposal has nothing to do but wait. Most do, for as long as a rollback window. */
    private static boolean isUnderWay(@Nullable Migration m) {
        return m != null && m.phase() != Phase.PLANNED && !(m.state() instanceof Terminal);
    }

    /** @param limits with all that begins taken off; what ends meanwhile is seen the next time */
    private void begin(Draft draft, Proposal proposal, Proposal.Approved s, Limits limits) {
        String unfit = whyUnfit(draft, proposal.action());
        if (unfit != null) {
            draft.emit(new Event.ProposalExpired(proposal.id(), unfit));
            return;
        }
        String why = whyNotYet(draft, proposal, limits);
        if (why == null) {
            draft.emit(new Event.ProposalStarted(proposal.id(), proposal.made().bytes()));
            goOn(draft, proposal);
        } else if (draft.nowMillis() - s.atMillis()
                >= draft.state().steering().policy(null).proposalMillis()) {
            draft.emit(new Event.ProposalExpired(proposal.id(), "it waited for too long: " + why));
        }
    }

    /** Why an action that fits has to wait; null if it may begin. */
    private @Nullable String whyNotYet(Draft draft, Proposal proposal, Limits limits) {
        if (proposal.action() instanceof Action.MergeSiblings merge) {
            Policy policy = draft.state().steering().policy(merge.keyspace());
            if (!Planner.mayJoin(merge, draft.seen().load(), policy, draft.nowMillis())) {
                return "the load of both tablets is not known, or is too much";
            }
        }
        Limits.Move move = Limits.Move.of(proposal.action());
        String silent = move == null
                ? null
                : firstOf(
                        whySilent(draft, host(draft.state(), move.from(), null)),
                        whySilent(draft, host(draft.state(), move.to(), move.worker())));
        if (silent != null) {
            return silent;
        }
        Limits.Reached reached = limits.begin(proposal.action(), proposal.made().bytes());
        return reached == null ? null : reached.reason();
    }

    /** After a restart of the control plane nobody has been heard yet; who stays silent is lost before long. */
    private @Nullable String whySilent(Draft draft, @Nullable String worker) {
        return worker == null || draft.seen().isFresh(worker, settings.heartbeatTimeoutMillis())
                ? null
                : "the worker " + worker + " is silent";
    }

    /** Why an action can't be done any more; null if it can. */
    private static @Nullable String whyUnfit(Draft draft, Action action) {
        CellState state = draft.state();
        Keyspace keyspace = state.keyspace(action.keyspace());
        if (keyspace == null) {
            return "there is no keyspace " + action.keyspace();
        }
        return switch (action) {
            case Action.SplitAndMove a ->
                firstOf(unfitToCut(keyspace, a.range(), a.from()), unfit(state, a.to(), a.worker()));
            case Action.MoveTablet a -> firstOf(unfit(keyspace, a.range(), a.from()), unfit(state, a.to(), a.worker()));
            case Action.MergeSiblings a -> {
                String unfit = firstOf(
                        unfitToCut(keyspace, new KeyRange(a.start(), a.at()), a.leftShard()),
                        unfitToCut(keyspace, new KeyRange(a.at(), a.end()), a.rightShard()));
                Limits.Move move = Limits.Move.of(a);
                yield unfit != null || move == null ? unfit : unfit(state, move.to(), null);
            }
        };
    }

    private static @Nullable String firstOf(@Nullable String a, @Nullable String b) {
        return a != null ? a : b;
    }

    /** R8: read replicas hold a tablet's bounds still. */
    private static @Nullable String unfitToCut(Keyspace keyspace, KeyRange range, String owner) {
        String unfit = unfit(keyspace, range, owner);
        return unfit == null
                        && !keyspace.tabletAt(range.start())
                                .tablet()
                                .readReplicas()
                                .isEmpty()
                ? Bounds.show(keyspace.placement(), range) + " has read replicas"
                : unfit;
    }

    private static @Nullable String unfit(Keyspace keyspace, KeyRange range, String owner) {
        Keyspace.Placed placed = keyspace.tabletAt(range.start());
        String shown = Bounds.show(keyspace.placement(), range);
        if (!placed.range().equals(range)) {
            return shown + " is no tablet any more";
        }
        if (!placed.tablet().shard().equals(owner)) {
            return shown + " is on " + placed.tablet().shard() + " now, not on " + owner;
        }
        return placed.tablet().migration() == null
                ? null
                : shown + " is in migration " + placed.tablet().migration();
    }

    private static @Nullable String unfit(CellState state, String to, @Nullable String worker) {
        String host = host(state, to, worker);
        if (host == null) {
            return "there is no shard " + to;
        }
        Worker known = state.worker(host);
        return known != null && known.takesMore()
                ? null
                : "the worker " + host + " of " + to + " takes nothing: it is lost or drained";
    }

    /** The worker of a shard, or the one that it is to be made on. */
    private static @Nullable String host(CellState state, String shard, @Nullable String newOn) {
        Shard known = state.shard(shard);
        return known == null ? newOn : known.worker();
    }

    private void goOn(Draft draft, Proposal proposal) {
        try {
            switch (proposal.action()) {
                case Action.SplitAndMove a -> splitAndMove(draft, proposal, a);
                case Action.MoveTablet a -> {
                    if (!ended(draft, proposal) && isReady(draft, a.to(), a.worker())) {
                        migrate(draft, proposal, a.range(), a.from(), a.to());
                    }
                }
                case Action.MergeSiblings a -> merge(draft, proposal, a);
            }
        } catch (Refusal refusal) {
            draft.emit(new Event.ProposalFailed(proposal.id(), refusal.reason()));
        }
    }

    /** What could not begin to copy in time will hardly fit any more, and holds the limits. */
    private static void giveUp(Draft draft, Proposal proposal, Proposal.Running s) {
        Policy policy = draft.state().steering().policy(proposal.action().keyspace());
        Migration m = draft.state().migration(proposal.migration());
        boolean begun = m != null && m.phase() != Phase.PLANNED;
        if (begun
                || draft.nowMillis() - s.sinceMillis() < policy.proposalMillis()
                || !draft.state().steering().open().containsKey(proposal.id())) {
            return;
        }
        String why = "its destination was not ready within " + policy.proposalMillis() / 1000 + " s";
        if (m != null) {
            draft.emit(new Event.MigrationAborted(m.id(), why));
        }
        draft.emit(new Event.ProposalFailed(proposal.id(), why));
    }

    private void splitAndMove(Draft draft, Proposal proposal, Action.SplitAndMove a) {
        if (ended(draft, proposal) || !isReady(draft, a.to(), a.worker())) {
            return;
        }
        if (draft.state().migration(proposal.migration()) == null) {
            Keyspace keyspace = Names.keyspace(draft, a.keyspace());
            KeyRange right = new KeyRange(a.at(), a.end());
            boolean cut = keyspace.tablets().containsKey(a.at());
            String unfit = cut ? unfit(keyspace, right, a.from()) : unfitToCut(keyspace, a.range(), a.from());
            if (unfit != null) {
                throw new Refusal(Rejection.UNKNOWN_BOUND, unfit);
            }
            tablets.splitAt(draft, keyspace, a.at(), proposal.id());
            migrate(draft, proposal, right, a.from(), a.to());
        }
    }

    private void merge(Draft draft, Proposal proposal, Action.MergeSiblings a) {
        Keyspace keyspace = Names.keyspace(draft, a.keyspace());
        Tablet left = keyspace.tablets().get(a.start());
        Tablet right = keyspace.tablets().get(a.at());
        if (left == null || right == null) {
            draft.emit(new Event.ProposalFailed(proposal.id(), "the tablets to join are not there any more"));
            return;
        }
        if (!left.shard().equals(right.shard())) {
            Limits.Move move = Limits.Move.of(a);
            Migration m = draft.state().migration(proposal.migration());
            if (m != null && m.state() instanceof Completed) {
                draft.emit(new Event.ProposalFailed(
                        proposal.id(), "one of the tablets to join was moved elsewhere meanwhile"));
                return;
            }
            if (failed(draft, proposal) || move == null) {
                return;
            }
            migrate(
                    draft,
                    proposal,
                    a.moveRight() ? new KeyRange(a.at(), a.end()) : new KeyRange(a.start(), a.at()),
                    move.from(),
                    move.to());
        } else if (left.migration() == null && right.migration() == null) {
            tablets.merge(draft, new Command.MergeTablets(a.keyspace(), a.at()));
            draft.emit(new Event.ProposalDone(proposal.id()));
        } // else: R8, until the end of the rollback window
    }

    /** Whether the proposal's migration is over, and with it the proposal. */
    private static boolean ended(Draft draft, Proposal proposal) {
        Migration m = draft.state().migration(proposal.migration());
        if (m != null && m.state() instanceof Completed) {
            draft.emit(new Event.ProposalDone(proposal.id()));
            return true;
        }
        return failed(draft, proposal);
    }

    private static boolean failed(Draft draft, Proposal proposal) {
        Migration m = draft.state().migration(proposal.migration());
        if (m == null || !(m.state() instanceof Terminal end)) {
            return false;
        }
        String reason = switch (end) {
            case Completed c -> null;
            case Aborted a -> "its migration was aborted: " + a.reason();
            case RolledBack r -> "its migration was rolled back: " + r.reason();
        };
        if (reason != null) {
            draft.emit(new Event.ProposalFailed(proposal.id(), reason));
        }
        return reason != null;
    }

    /** Whether the destination can be migrated to; one that is to be made is asked for. */
    private boolean isReady(Draft draft, String shard, @Nullable String worker) {
        Shard known = draft.state().shard(shard);
        if (known == null && worker != null) {
            draft.emit(new Event.ShardAdded(shard, worker, new Cell(settings.cell()).shardLog(shard)));
        }
        return known instanceof Shard.Assigned;
    }

    private void migrate(Draft draft, Proposal proposal, KeyRange range, String from, String to) {
        if (draft.state().migration(proposal.migration()) != null) {
            return;
        }
        Action action = proposal.action();
        Policy policy = draft.state().steering().policy(action.keyspace());
        startCommand.start(
                draft,
                new Command.StartMigration(action.keyspace(), from, to, range.start(), range.end(), policy.migration()),
                proposal.migration());
        progression.advance(draft, List.of(proposal.migration()));
    }
}
