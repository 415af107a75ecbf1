package dev.kedge.orchestrator.model;

import static dev.kedge.orchestrator.model.Evolution.expect;
import static dev.kedge.orchestrator.model.Evolution.impossible;

import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Leg.Effort;
import dev.kedge.orchestrator.model.MigrationState.Aborted;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Completed;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.CuttingOver;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Fenced;
import dev.kedge.orchestrator.model.MigrationState.Fencing;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.RolledBack;
import dev.kedge.orchestrator.model.MigrationState.Served;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;
import dev.kedge.schemas.event.Event.Remedy;
import java.util.Objects;

/** The part of the fold that is about migrations: docs/protocol.md's state diagram, arrow by arrow. */
final class MigrationEvolution {
    private MigrationEvolution() {}

    static CellState planned(CellState state, Event.MigrationPlanned e) {
        expect(state.migration(e.migration()) == null, e, "the migration exists");
        KeyRange range = new KeyRange(e.start(), e.end());
        Keyspace keyspace = Evolution.keyspace(state, e, e.keyspace());
        Tablet tablet = keyspace.tablets().get(e.start());
        if (tablet == null) {
            throw impossible(e, "no tablet starts there");
        }
        expect(Objects.equals(keyspace.endOf(e.start()), e.end()), e, "no tablet ends there");
        expect(tablet.shard().equals(e.from()), e, "the tablet is owned by " + tablet.shard());
        expect(tablet.migration() == null, e, "the tablet is in migration " + tablet.migration());
        expect(state.shard(e.to()) != null && !e.to().equals(e.from()), e, "it can't go there");
        expect(!state.isReadReplica(e.to(), keyspace, range), e, "a read replica of it is there");
        Plan plan = new Plan(e.migration(), e.keyspace(), range, e.from(), e.to(), e.options());
        return state.with(keyspace.with(e.start(), tablet.in(e.migration())))
                .with(new Migration(plan, new Planned(false)));
    }

    static CellState evolve(CellState state, Event.OfMigration e, long timeMillis) {
        Migration migration = state.migrations().get(e.migration());
        if (migration == null) {
            throw impossible(e, "no such migration is running");
        }
        Migration next = migration.in(next(migration, e, timeMillis));
        return place(state.with(next), e, migration, next, timeMillis);
    }

    /** Keeps the tablet in step with the migration: its owner, and that it is at rest when the migration is over. */
    private static CellState place(CellState state, Event e, Migration before, Migration after, long timeMillis) {
        if (before.owner().equals(after.owner()) && !after.isTerminal()) {
            return state;
        }
        Plan plan = after.plan();
        Keyspace keyspace = Evolution.keyspace(state, e, plan.keyspace());
        Tablet tablet = keyspace.tablets().get(plan.range().start());
        // R8: a cutover moves exactly the range that was planned and verified.
        if (tablet == null
                || !after.id().equals(tablet.migration())
                || !Objects.equals(
                        keyspace.endOf(plan.range().start()), plan.range().end())
                || !tablet.shard().equals(before.owner())) {
            throw impossible(e, "the tablet " + plan.range() + " is not what was planned: " + tablet);
        }
        Tablet placed = tablet.ownedBy(after.owner(), timeMillis).in(after.isTerminal() ? null : after.id());
        CellState next = state.with(keyspace.with(plan.range().start(), placed));
        return before.owner().equals(after.owner()) ? next : ReadReplicaEvolution.ownerChanged(next, placed);
    }

    private static MigrationState next(Migration m, Event.OfMigration event, long timeMillis) {
        return switch (event) {
            case Event.MigrationPlanned e -> throw impossible(e, "the migration exists");
            case Event.CopyStarted e -> copying(m, e);
            case Event.CatchUpStarted e -> catchingUp(m, e);
            case Event.DualWriteStarted e -> dualWriting(m, e, timeMillis);
            case Event.DualWriteLost e -> dualWriteLost(m, e);
            case Event.ReplicationOutrun e -> outrun(m, e);
            case Event.VerificationStarted e -> verificationStarted(m, e, timeMillis);
            case Event.Verified e -> {
                Verifying v = verifying(m, e, e.round());
                yield new Verified(v.leg(), v.round(), timeMillis);
            }
            case Event.VerificationSkipped e -> {
                Verifying v = verifying(m, e, e.round());
                yield new Verified(v.leg(), v.round(), timeMillis);
            }
            case Event.DivergenceFound e -> verifying(m, e, e.round());
            case Event.RecopyStarted e -> recopying(m, e);
            case Event.CutoverDeferred e -> {
                expect(m.state() instanceof Verified, e, at(m));
                yield m.state();
            }
            case Event.CutoverCommitted e -> cuttingOver(m, e);
            case Event.CutoverVersioned e -> fencing(m, e);
            case Event.SourceFenced e -> fenced(m, e);
            case Event.CutoverCompleted e -> served(m, e);
            case Event.RollbackWindowOpened e -> windowOpened(m, e);
            case Event.RollbackStarted e -> returning(m, e);
            case Event.RollbackStopped e -> rollbackStopped(m, e);
            case Event.MigrationPaused e -> paused(m, e, true);
            case Event.MigrationResumed e -> paused(m, e, false);
            case Event.CleanupStarted e -> cleanup(m, e);
            case Event.MigrationCompleted e -> {
                expect(cleaned(m, CleanupCause.COMPLETED), e, at(m));
                yield new Completed(e.evictedRows());
            }
            case Event.MigrationAborted e -> {
                expect(m.state() instanceof Planned || cleaned(m, CleanupCause.ABORTED), e, at(m));
                yield new Aborted(e.reason());
            }
            case Event.MigrationRolledBack e -> {
                expect(cleaned(m, CleanupCause.ROLLED_BACK), e, at(m));
                yield new RolledBack(e.reason());
            }
        };
    }

    private static Copying copying(Migration m, Event.CopyStarted e) {
        expect(m.state() instanceof Planned && e.attempt() == 1, e, at(m));
        return new Copying(new Leg.Forward(e.attempt()), false);
    }

    private static CatchingUp catchingUp(Migration m, Event.CatchUpStarted e) {
        if (m.state() instanceof Copying c) {
            return new CatchingUp(c.leg(), 0, false);
        }
        throw impossible(e, at(m));
    }

    private static DualWriting dualWriting(Migration m, Event.DualWriteStarted e, long timeMillis) {
        if (m.state() instanceof CatchingUp c && c.leg() instanceof Leg.Forward leg) {
            return new DualWriting(leg, c.round(), timeMillis);
        }
        throw impossible(e, at(m));
    }

    private static CatchingUp dualWriteLost(Migration m, Event.DualWriteLost e) {
        if (m.state() instanceof Active a && m.phase().isDualWriting() && a.leg() instanceof Leg.Forward leg) {
            Effort effort = leg.effort();
            return new CatchingUp(
                    leg.with(new Effort(effort.limitLifted(), effort.braked(), effort.dualWritesLost() + 1)),
                    a.round(),
                    false);
        }
        throw impossible(e, at(m));
    }

    private static MigrationState outrun(Migration m, Event.ReplicationOutrun e) {
        return switch (m.state()) {
            case CatchingUp c -> new CatchingUp(after(c.leg(), e), c.round(), c.paused());
            case DualWriting d -> {
                expect(e.remedy() == Remedy.GIVE_UP, e, at(m));
                yield d;
            }
            case MigrationState s -> throw impossible(e, at(m));
        };
    }

    private static Leg after(Leg leg, Event.ReplicationOutrun e) {
        return switch (leg) {
            case Leg.Forward f -> {
                Effort effort = f.effort();
                yield switch (e.remedy()) {
                    case LIFT_LIMIT -> f.with(new Effort(true, effort.braked(), effort.dualWritesLost()));
                    case BRAKE_SOURCE -> f.with(new Effort(effort.limitLifted(), true, effort.dualWritesLost()));
                    case GIVE_UP -> f;
                };
            }
            case Leg.Reverse r -> r; // has no limit to lift, and is braked by its verification
        };
    }

    private static Verifying verificationStarted(Migration m, Event.VerificationStarted e, long timeMillis) {
        boolean ready = m.state() instanceof DualWriting
                || m.state() instanceof Verifying
                || (m.state() instanceof CatchingUp c && c.leg().isReverse());
        if (ready && m.state() instanceof Active a && e.round() == a.round() + 1) {
            return new Verifying(a.leg(), e.round(), e.detailBuckets(), timeMillis);
        }
        throw impossible(e, at(m));
    }

    private static Copying recopying(Migration m, Event.RecopyStarted e) {
        if (m.state() instanceof Verifying v
                && !v.leg().isReverse()
                && e.attempt() == v.leg().attempt() + 1) {
            return new Copying(new Leg.Forward(e.attempt()), false);
        }
        throw impossible(e, at(m));
    }

    private static CuttingOver cuttingOver(Migration m, Event.CutoverCommitted e) {
        if (m.state() instanceof Verified v && v.leg().isReverse() == e.reverse()) {
            return new CuttingOver(v.leg(), v.round(), e.predictedStallMicros());
        }
        throw impossible(e, at(m));
    }

    private static Fencing fencing(Migration m, Event.CutoverVersioned e) {
        if (m.state() instanceof CuttingOver c) {
            return new Fencing(c.leg(), c.round(), c.predictedStallMicros(), e.version());
        }
        throw impossible(e, at(m));
    }

    private static Fenced fenced(Migration m, Event.SourceFenced e) {
        if (m.state() instanceof Fencing f && f.version() == e.version()) {
            return new Fenced(f.leg(), f.round(), f.predictedStallMicros(), f.version(), e.offset());
        }
        throw impossible(e, at(m));
    }

    private static CatchingUp returning(Migration m, Event.RollbackStarted e) {
        if (m.state() instanceof RollbackWindow w && !w.paused() && w.broken() == null) {
            return new CatchingUp(w.leg(), w.round(), false);
        }
        throw impossible(e, at(m));
    }

    private static Verifying verifying(Migration m, Event e, int round) {
        if (m.state() instanceof Verifying v && v.round() == round) {
            return v;
        }
        throw impossible(e, at(m));
    }

    private static Served served(Migration m, Event.CutoverCompleted e) {
        boolean known = (m.state() instanceof Fencing f && f.version() == e.version())
                || (m.state() instanceof Fenced d && d.version() == e.version());
        if (known && m.state() instanceof MigrationState.Switching s) {
            return new Served(s.leg(), s.round(), s.predictedStallMicros(), e.version(), e.offset());
        }
        throw impossible(e, at(m));
    }

    private static RollbackWindow windowOpened(Migration m, Event.RollbackWindowOpened e) {
        Leg.Reverse leg = new Leg.Reverse(e.attempt(), e.base(), e.sourceFrom(), e.untilMillis());
        if (m.state() instanceof Served s
                && !s.leg().isReverse()
                && e.attempt() == s.leg().attempt() + 1) {
            return new RollbackWindow(leg, 0, false, null);
        }
        if (m.state() instanceof RollbackWindow w && e.attempt() == w.leg().attempt()) {
            return new RollbackWindow(leg, w.round(), w.paused(), w.broken()); // a longer window for the same leg
        }
        throw impossible(e, at(m));
    }

    private static RollbackWindow rollbackStopped(Migration m, Event.RollbackStopped e) {
        if (m.state() instanceof RollbackWindow w) {
            return new RollbackWindow(w.leg(), w.round(), w.paused(), e.reason());
        }
        boolean stoppable = m.state() instanceof CatchingUp || m.phase().isDualWriting();
        if (stoppable && m.state() instanceof Active a && a.leg() instanceof Leg.Reverse leg) {
            return new RollbackWindow(leg, a.round(), false, null);
        }
        throw impossible(e, at(m));
    }

    private static MigrationState paused(Migration m, Event e, boolean paused) {
        expect(m.paused() != paused, e, at(m));
        return switch (m.state()) {
            case Planned p -> new Planned(paused);
            case Copying c -> new Copying(c.leg(), paused);
            case CatchingUp c -> {
                expect(!c.leg().isReverse(), e, at(m));
                yield new CatchingUp(c.leg(), c.round(), paused);
            }
            case RollbackWindow w -> new RollbackWindow(w.leg(), w.round(), paused, w.broken());
            case Active a -> throw impossible(e, at(m));
            case MigrationState.Terminal t -> throw impossible(e, at(m));
        };
    }

    private static CleaningUp cleanup(Migration m, Event.CleanupStarted e) {
        Plan plan = m.plan();
        boolean fits = switch (e.cause()) {
            case COMPLETED -> m.state() instanceof RollbackWindow && e.shard().equals(plan.from());
            case ROLLED_BACK ->
                m.state() instanceof Served s
                        && s.leg().isReverse()
                        && e.shard().equals(plan.to());
            case ABORTED ->
                m.state() instanceof Active a
                        && !a.leg().isReverse()
                        && m.phase().isReplicating()
                        && e.shard().equals(plan.to());
        };
        if (fits && m.state() instanceof Active a) {
            return new CleaningUp(a.leg(), a.round(), e.shard(), e.cause(), e.reason());
        }
        throw impossible(e, at(m));
    }

    private static boolean cleaned(Migration m, CleanupCause cause) {
        return m.state() instanceof CleaningUp c && c.cause() == cause;
    }

    private static String at(Migration m) {
        return "the migration is in " + m.state();
    }
}
