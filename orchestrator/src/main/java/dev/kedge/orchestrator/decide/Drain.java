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
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Empties workers while they are in use: each of their tablets goes to a shard on another worker by an ordinary migration, as many at a time
 * as the limits allow, each planned only when it can begin. The shards themselves stay, empty; to give them away would cost a replay
 * during which nobody serves them.
 */
final class Drain {
    /** Longest pause after failed moves: so many times {@link ControlPlaneSettings#deferralHintMillis} as a power of two. */
    private static final int MAX_DOUBLINGS = 4;

    private final ControlPlaneSettings settings;
    private final Hosts hosts;
    private final Progression progression;

    Drain(ControlPlaneSettings settings, Hosts hosts, Progression progression) {
        this.settings = settings;
        this.hosts = hosts;
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
        for (Worker worker : draft.state().workers().values()) {
            if (worker.service() instanceof Worker.Draining draining) {
                empty(draft, worker, draining);
            }
        }
    }

    private void empty(Draft draft, Worker worker, Worker.Draining draining) {
        Set<String> shards = shardsOn(draft.state(), worker.name());
        removeReadReplicas(draft, worker, shards);
        boolean needed = draft.state().migrations().values().stream()
                        .anyMatch(m -> shards.contains(m.plan().from())
                                || shards.contains(m.plan().to()))
                || draft.state().readReplicas().values().stream().anyMatch(r -> shards.contains(r.shard()));
        if (!needed && !ownsAny(draft.state(), shards)) {
            draft.emit(new Event.WorkerDrained(worker.name()));
            return;
        }
        // The shards of a lost worker go elsewhere first, with all they own: then nothing is left to move.
        if (worker.lost() || draft.nowMillis() < draining.abortedMillis() + pauseMillis(draining)) {
            return;
        }
        Set<String> busy = new HashSet<>();
        for (Keyspace keyspace : draft.state().keyspaces().values()) {
            for (var tablet : keyspace.tablets()) {
                if (busy.size() == shards.size()) {
                    return;
                }
                String from = tablet.getValue().shard();
                if (tablet.getValue().migration() == null
                        && shards.contains(from)
                        && !busy.contains(from)
                        && !move(draft, draining, worker, keyspace, tablet.getKey(), from)) {
                    busy.add(from);
                }
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

    /** @return false if nothing more of that shard can move now */
    private boolean move(
            Draft draft, Worker.Draining draining, Worker worker, Keyspace keyspace, Bytes start, String from) {
        if (!(draft.state().shard(from) instanceof Shard.Assigned source)) {
            return false;
        }
        for (Shard.Assigned to : hosts.forTablet(draft, worker.name())) {
            KeyRange range = new KeyRange(start, keyspace.endOf(start));
            if (Admission.overLimit(draft.state(), settings, source, to) == null
                    && !draft.state().isReadReplica(to.name(), keyspace, range)) {
                String id = draining.drain() + "." + draft.state().nextSequence();
                draft.emit(new Event.MigrationPlanned(
                        id, keyspace.name(), range.start(), range.end(), from, to.name(), draining.options()));
                progression.advance(draft, List.of(id));
                return true;
            }
        }
        return false;
    }

    /** Never retried blindly: the longer moves keep failing, the longer the pause. */
    private long pauseMillis(Worker.Draining draining) {
        return draining.aborted() == 0
                ? 0
                : settings.deferralHintMillis() << Math.min(draining.aborted() - 1, MAX_DOUBLINGS);
    }

    private static Set<String> shardsOn(CellState state, String worker) {
        Set<String> shards = new HashSet<>();
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
