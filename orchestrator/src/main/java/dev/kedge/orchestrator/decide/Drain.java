package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.orchestrator.policy.Homes;
import dev.kedge.orchestrator.policy.Planner;
import dev.kedge.orchestrator.policy.RefusalCode;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.orchestrator.policy.Verdict;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Empties workers while they are in use: each of their tablets goes to a shard on another worker by an ordinary migration, as many at a time
 * as the limits allow, each planned only when it can begin, to where the policies would place it ({@link Homes}). The shards themselves stay,
 * empty; to give them away would cost a replay during which nobody serves them. What can't leave now is told by a refusal.
 */
final class Drain {
    /** Longest pause after failed moves: so many times {@link ControlPlaneSettings#deferralHintMillis} as a power of two. */
    private static final int MAX_DOUBLINGS = 4;

    private final ControlPlaneSettings settings;
    private final Undertakings undertakings;
    private final Progression progression;

    Drain(ControlPlaneSettings settings, Undertakings undertakings, Progression progression) {
        this.settings = settings;
        this.undertakings = undertakings;
        this.progression = progression;
    }

    void start(Draft draft, Command.DrainWorker c, String drain) {
        Worker worker = Names.worker(draft, c.worker());
        StartCommand.checkOptions(settings, c.options());
        if (!worker.isInUse()) {
            draft.emit(new Event.CommandHadNoEffect("the worker " + c.worker() + " is "
                    + (worker.service() instanceof Worker.Drained ? "drained" : "being drained") + " already"));
            return;
        }
        boolean anyOther = draft.state().shards().values().stream()
                .map(s -> draft.state().worker(s.worker()))
                .anyMatch(w -> w != null && !w.name().equals(c.worker()) && w.isInUse());
        if (!anyOther && ownsAny(draft.state(), shardsOn(draft.state(), c.worker()))) {
            throw new Refusal(
                    Rejection.NO_OTHER_WORKER,
                    "the worker " + c.worker()
                            + " can't be drained, no other worker in use has a shard for its tablets; "
                            + "start one and add a shard to it first: kedge shard add NAME --worker ID");
        }
        draft.emit(new Event.WorkerDrainStarted(c.worker(), drain, c.options()));
        callOffPlanned(draft, c.worker());
    }

    /** What has not begun to come here need not. */
    private static void callOffPlanned(Draft draft, String worker) {
        Set<String> shards = shardsOn(draft.state(), worker);
        for (Migration m : draft.state().migrations().values()) {
            if (m.phase() == Phase.PLANNED && shards.contains(m.plan().to())) {
                draft.emit(new Event.MigrationAborted(
                        m.id(), "the worker " + worker + " of its destination is being drained"));
            }
        }
    }

    void end(Draft draft, Command.UndrainWorker c) {
        if (Names.worker(draft, c.worker()).isInUse()) {
            draft.emit(new Event.CommandHadNoEffect("the worker " + c.worker() + " is in use"));
            return;
        }
        draft.emit(new Event.WorkerUndrained(c.worker()));
    }

    void timePassed(Draft draft) {
        if (draft.state().workers().values().stream().allMatch(Worker::isInUse)
                && draft.state().steering().refusals().isEmpty()) {
            return;
        }
        Leaving leaving = new Leaving(draft);
        for (Worker worker : draft.state().workers().values()) {
            if (worker.service() instanceof Worker.Draining draining) {
                empty(draft, worker, draining, leaving);
            }
        }
        if (leaving.blocked) {
            // Places come and go with what other shards do: it need not be looked at every moment.
            Policy policy = draft.state().steering().policy(null);
            draft.see(
                    draft.seen().drainAt(draft.nowMillis() + Math.min(policy.busyMillis(), policy.evaluationMillis())));
        }
        liftRefusals(draft, leaving.stuck);
    }

    /** What is found out once in a decision, at most: it is as much work as there are tablets. */
    private final class Leaving {
        private final Draft draft;
        /** Shards of workers being drained that own anything, each with a tablet that no migration concerns, if there is one. */
        private final Map<String, Optional<Homes.Tenant>> owners = new TreeMap<>();
        /** Whether it is time to look for places. */
        private final boolean due;

        private @Nullable Homes known;
        private boolean blocked;

        /** Shards whose refusals stand, whether they were looked at now or not. */
        private final Set<String> stuck = new HashSet<>();

        Leaving(Draft draft) {
            this.draft = draft;
            due = draft.nowMillis() >= draft.seen().drainMillis();
            Set<String> drained = new HashSet<>();
            for (Shard shard : draft.state().shards().values()) {
                Worker worker = draft.state().worker(shard.worker());
                if (worker != null && worker.service() instanceof Worker.Draining) {
                    drained.add(shard.name());
                }
            }
            if (!drained.isEmpty()) {
                draft.state().keyspaces().values().forEach(keyspace -> look(keyspace, drained));
            }
        }

        private void look(Keyspace keyspace, Set<String> drained) {
            for (Map.Entry<Bytes, Tablet> entry : keyspace.tablets()) {
                Tablet tablet = entry.getValue();
                if (drained.contains(tablet.shard())) {
                    Optional<Homes.Tenant> atRest = owners.getOrDefault(tablet.shard(), Optional.empty());
                    if (atRest.isEmpty() && tablet.migration() == null) {
                        atRest = Optional.of(new Homes.Tenant(
                                keyspace.name(),
                                keyspace.tabletAt(entry.getKey()).range()));
                    }
                    owners.put(tablet.shard(), atRest);
                }
            }
        }

        Homes homes() {
            Homes homes = known;
            if (homes == null) {
                homes = Planner.homes(undertakings.situation(
                        draft.state(), draft.seen(), Policies.of(draft.state().steering())));
                known = homes;
            }
            return homes;
        }
    }

    private void empty(Draft draft, Worker worker, Worker.Draining draining, Leaving leaving) {
        Set<String> shards = shardsOn(draft.state(), worker.name());
        removeReadReplicas(draft, worker, shards);
        boolean owns = shards.stream().anyMatch(leaving.owners::containsKey);
        boolean needed = draft.state().migrations().values().stream()
                        .anyMatch(m -> shards.contains(m.plan().from())
                                || shards.contains(m.plan().to()))
                || draft.state().readReplicas().values().stream().anyMatch(r -> shards.contains(r.shard()));
        if (!needed && !owns) {
            draft.emit(new Event.WorkerDrained(worker.name()));
            return;
        }
        for (String shard : shards) {
            if (leaving.owners.containsKey(shard) && !isMoving(draft.state(), shard)) {
                leaving.stuck.add(shard);
            }
        }
        // The shards of a lost worker go elsewhere first, with all they own: then nothing is left to move.
        if (worker.lost() || draft.nowMillis() < draining.abortedMillis() + pauseMillis(draining) || !leaving.due) {
            return;
        }
        for (String name : shards) {
            Homes.Tenant atRest =
                    leaving.owners.getOrDefault(name, Optional.empty()).orElse(null);
            if (atRest != null && draft.state().shard(name) instanceof Shard.Assigned from) {
                empty(draft, draining, worker, from, atRest, leaving);
            }
        }
    }

    /** Begins as many moves from one shard as may run. */
    private void empty(
            Draft draft,
            Worker.Draining draining,
            Worker worker,
            Shard.Assigned from,
            Homes.Tenant atRest,
            Leaving leaving) {
        Verdict.Refused why = null;
        boolean moves = isMoving(draft.state(), from.name());
        String limit = Admission.overLimit(draft.state(), settings, from);
        if (limit != null) {
            if (!moves) {
                refuse(draft, refusal(worker, from, atRest, RefusalCode.LIMIT, limit));
            }
            return;
        }
        for (Homes.Tenant tenant : leaving.homes().tenants(from.name())) {
            Verdict.Refused refused = move(draft, draining, worker, tenant, from, leaving.homes());
            moves |= refused == null;
            why = why == null ? refused : why;
            if (Admission.overLimit(draft.state(), settings, from) != null) {
                break;
            }
        }
        if (moves) {
            leaving.stuck.remove(from.name());
        }
        if (why != null) {
            leaving.blocked = true;
            if (!moves) {
                refuse(draft, why);
            }
        }
    }

    /** Whether a tablet is on its way out. One that is gone, but whose way back is open for hours, tells nothing of the others. */
    private static boolean isMoving(CellState state, String shard) {
        return state.migrations().values().stream()
                .anyMatch(m -> !m.isTerminal()
                        && !m.isReturning()
                        && m.plan().from().equals(shard)
                        && m.owner().equals(shard));
    }

    /** A reason stands until another one takes its place: nothing else tells what keeps a drain. */
    private static void refuse(Draft draft, Verdict.Refused refused) {
        Steering.Refused before = draft.state().steering().refusals().get(refused.subject());
        if (before == null || !before.event().code().equals(refused.code().name())) {
            draft.emit(refused.event());
        }
    }

    /** A refusal is over with the drain, and when something leaves the shard or nothing is left there. */
    private static void liftRefusals(Draft draft, Set<String> stuck) {
        for (Steering.Refused refused : draft.state().steering().refusals().values()) {
            Event.PolicyRefused e = refused.event();
            if (e.policy() == PolicyKind.DRAIN && !stuck.contains(String.valueOf(e.shard()))) {
                draft.emit(new Event.PolicyRefusalLifted(e.policy(), e.shard(), e.keyspace(), e.start()));
            }
        }
    }

    private static void removeReadReplicas(Draft draft, Worker worker, Set<String> shards) {
        for (ReadReplica replica : draft.state().readReplicas().values()) {
            Keyspace keyspace = draft.state().keyspace(replica.keyspace());
            if (keyspace != null
                    && shards.contains(replica.shard())
                    && replica.state() != ReadReplicaState.LEAVING
                    && !draft.state()
                            .isSwitching(keyspace.tabletAt(replica.start()).tablet())) {
                draft.emit(new Event.ReadReplicaLeaving(
                        replica.id(), "the worker " + worker.name() + " is being drained"));
            }
        }
    }

    /** Returns why a tablet can't leave now; null if it does. */
    private Verdict.@Nullable Refused move(
            Draft draft,
            Worker.Draining draining,
            Worker worker,
            Homes.Tenant tenant,
            Shard.Assigned from,
            Homes homes) {
        List<String> possible = homes.of(tenant);
        for (String to : possible) {
            if (draft.state().shard(to) instanceof Shard.Assigned target
                    && draft.seen().serves(target.worker(), target.name(), target.epoch())
                    && Admission.overLimit(draft.state(), settings, from, target) == null) {
                String id = draining.drain() + "." + draft.state().nextSequence();
                KeyRange range = tenant.range();
                draft.emit(new Event.MigrationPlanned(
                        id, tenant.keyspace(), range.start(), range.end(), from.name(), to, draining.options()));
                homes.give(tenant, to);
                progression.advance(draft, List.of(id));
                return null;
            }
        }
        if (!possible.isEmpty()) {
            return refusal(
                    worker,
                    from,
                    tenant,
                    RefusalCode.LIMIT,
                    "the " + possible.size()
                            + " shards that could take its tablets do not serve yet, or take part in as many migrations as they may");
        }
        List<ReadReplica> inTheWay = homes.inTheWay(tenant);
        if (inTheWay.isEmpty()) {
            return refusal(
                    worker,
                    from,
                    tenant,
                    RefusalCode.NO_DESTINATION,
                    "no other worker in use that is heard has a shard; start one and add a shard to it, or end the drain");
        }
        ReadReplica leavingAlready = inTheWay.stream()
                .filter(r -> r.state() == ReadReplicaState.LEAVING)
                .findFirst()
                .orElse(null);
        ReadReplica replica = leavingAlready == null ? inTheWay.get(0) : leavingAlready;
        if (leavingAlready == null) {
            draft.emit(new Event.ReadReplicaLeaving(
                    replica.id(),
                    "the worker " + worker.name()
                            + " is being drained, and its tablet can go nowhere but to shards that follow it"));
        }
        return refusal(
                worker,
                from,
                tenant,
                RefusalCode.TABLET_IN_MIGRATION,
                "all shards that could take it follow it: the read replica " + replica.id() + " on " + replica.shard()
                        + " is removed first");
    }

    private static Verdict.Refused refusal(
            Worker worker, Shard.Assigned from, Homes.Tenant tenant, RefusalCode code, String why) {
        return new Verdict.Refused(
                PolicyKind.DRAIN,
                from.name(),
                tenant.keyspace(),
                tenant.range().start(),
                code,
                null,
                "the worker " + worker.name() + " is being drained, but nothing leaves its shard " + from.name() + ": "
                        + why,
                List.of());
    }

    /** Never retried blindly: the longer moves keep failing, the longer the pause. */
    private long pauseMillis(Worker.Draining draining) {
        return draining.aborted() == 0
                ? 0
                : settings.deferralHintMillis() << Math.min(draining.aborted() - 1, MAX_DOUBLINGS);
    }

    private static Set<String> shardsOn(CellState state, String worker) {
        Set<String> shards = new TreeSet<>();
        for (Shard shard : state.shards().values()) {
            if (shard.worker().equals(worker)) {
                shards.add(shard.name());
            }
        }
        return shards;
    }

    private static boolean ownsAny(CellState state, Set<String> shards) {
        return state.keyspaces().values().stream()
                .anyMatch(k -> k.tablets().values().stream().anyMatch(t -> shards.contains(t.shard())));
    }
}
