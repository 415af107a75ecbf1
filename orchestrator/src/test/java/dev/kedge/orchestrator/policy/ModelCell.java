package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A cell for tests of policies: keys with rows and requests, workers that report them, and a world in which what is wanted is done at once,
 * all by the events that would be decided.
 */
final class ModelCell {
    static final long INTERVAL = 10_000;

    CellState state = CellState.EMPTY;
    CellLoad load = CellLoad.NONE;
    Policy policy = Policy.DEFAULTS.in(Policy.Mode.AUTO);
    final Set<String> workers = new LinkedHashSet<>();
    final KeyLoad keys = new KeyLoad();
    long now = 1_000_000_000;
    private int migrations;

    /** Shards s1.. on workers w1.., so many to each. */
    static ModelCell of(int workers, int shardsPerWorker) {
        ModelCell cell = new ModelCell();
        int shard = 1;
        for (int w = 1; w <= workers; w++) {
            cell.worker("w" + w);
            for (int s = 0; s < shardsPerWorker; s++) {
                cell.shard("s" + shard++, "w" + w);
            }
        }
        return cell;
    }

    void worker(String name) {
        workers.add(name);
        emit(new Event.WorkerJoined(name, 1, "localhost", 7000));
    }

    void shard(String name, String worker) {
        emit(new Event.ShardAdded(name, worker, "log." + name));
        emit(new Event.ShardLogCreated(name, "id-" + name));
        emit(new Event.ShardAssigned(name, worker, 1, null));
    }

    /** @param owners start and shard in turn */
    void keyspace(String name, Placement placement, Object... owners) {
        List<InitialTablet> tablets = new ArrayList<>();
        for (int i = 0; i < owners.length; i += 2) {
            tablets.add(new InitialTablet((Bytes) owners[i], (String) owners[i + 1]));
        }
        emit(new Event.KeyspaceCreated(name, state.nextKeyspaceId(), placement, tablets));
    }

    void key(String keyspace, Bytes position, double qps, long bytes) {
        keys.put(keyspace, position, qps, bytes);
    }

    void emit(Event event) {
        state = Evolution.evolve(
                state, new EventEnvelope(state.nextSequence(), now, new Cause("timer", now), "kedge", event));
        load = load.after(event);
    }

    /** Every shard reports so many times. */
    void report(int times) {
        for (int i = 0; i < times; i++) {
            now += INTERVAL;
            for (Report.ShardLoad report : keys.reports(state, now, INTERVAL)) {
                load = load.with(report, now, state);
            }
        }
    }

    Situation situation() {
        return new Situation(state, load, Policies.always(policy), workers, now);
    }

    Findings plan() {
        return Planner.plan(situation());
    }

    /** Does what is wanted, at once. */
    void execute(Findings findings) {
        for (Verdict.Wanted wanted : findings.wanted()) {
            execute(wanted);
        }
    }

    /** Returns its id. */
    String propose(Verdict.Wanted wanted, Policy.Mode mode) {
        String id = Proposal.id(state.nextSequence());
        emit(new Event.ProposalMade(
                id,
                wanted.policy(),
                mode,
                wanted.action(),
                wanted.reason(),
                wanted.figures(),
                wanted.bytes(),
                wanted.etaMillis(),
                wanted.before(),
                wanted.after(),
                now + policy.proposalMillis()));
        return id;
    }

    void execute(Verdict.Wanted wanted) {
        String id = propose(wanted, Policy.Mode.AUTO);
        emit(new Event.ProposalStarted(id, wanted.bytes()));
        switch (wanted.action()) {
            case Action.SplitAndMove a -> {
                ensure(a.to(), a.worker());
                emit(new Event.TabletSplit(a.keyspace(), a.start(), a.at(), id));
                migrate(a.keyspace(), new KeyRange(a.at(), a.end()), a.from(), a.to());
            }
            case Action.MoveTablet a -> {
                ensure(a.to(), a.worker());
                migrate(a.keyspace(), a.range(), a.from(), a.to());
            }
            case Action.MergeSiblings a -> {
                if (!a.leftShard().equals(a.rightShard())) {
                    migrate(
                            a.keyspace(),
                            a.moveRight() ? new KeyRange(a.at(), a.end()) : new KeyRange(a.start(), a.at()),
                            a.moveRight() ? a.rightShard() : a.leftShard(),
                            a.moveRight() ? a.leftShard() : a.rightShard());
                }
                emit(new Event.TabletsMerged(a.keyspace(), a.start(), a.at()));
            }
        }
        emit(new Event.ProposalDone(id));
    }

    private void ensure(String shard, String worker) {
        if (state.shard(shard) == null) {
            shard(shard, worker);
        }
    }

    /** A whole migration. */
    void migrate(String keyspace, KeyRange range, String from, String to) {
        String id = "m" + migrations++;
        for (Event event : List.of(
                new Event.MigrationPlanned(id, keyspace, range.start(), range.end(), from, to, policy.migration()),
                new Event.CopyStarted(id, 1),
                new Event.CatchUpStarted(id, 0),
                new Event.DualWriteStarted(id),
                new Event.VerificationStarted(id, 1, List.of()),
                new Event.Verified(id, 1, 1, 1, 1, 1),
                new Event.CutoverCommitted(id, false, 1_000),
                new Event.CutoverVersioned(id, 7),
                new Event.CutoverCompleted(id, 7, 1, 1, 1_000, 1_000, 0),
                new Event.RollbackWindowOpened(id, 2, ImportBase.KEPT, 1, now),
                new Event.CleanupStarted(id, from, Event.CleanupCause.COMPLETED, "over"),
                new Event.MigrationCompleted(id, 1))) {
            emit(event);
        }
    }

    /** Reports, plans and executes until nothing is wanted any more, nor when all has rested; returns how many moves that took. */
    int settle(int maxRounds) {
        int moves = 0;
        for (int round = 0; round < maxRounds; round++) {
            report((int) ((policy.cooldownMillis() + policy.loadMillis()) / INTERVAL) + 2);
            Findings findings = plan();
            if (findings.wanted().isEmpty()) {
                report((int) (policy.returnCooldowns() * policy.cooldownMillis() / INTERVAL));
                findings = plan();
            }
            if (findings.wanted().isEmpty()) {
                return moves;
            }
            moves += findings.wanted().size();
            execute(findings);
        }
        throw new AssertionError("still not at rest after " + maxRounds + " rounds and " + moves + " moves");
    }
}
