package dev.kedge.orchestrator.model;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.Switching;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.schemas.event.Event.CleanupCause;

/** One tablet going from one shard to another. */
public record Migration(Plan plan, MigrationState state) {

    public String id() {
        return plan.migration();
    }

    public Phase phase() {
        return state.phase();
    }

    public boolean isTerminal() {
        return state instanceof Terminal;
    }

    public boolean paused() {
        return switch (state) {
            case Planned p -> p.paused();
            case Copying c -> c.paused();
            case CatchingUp c -> c.paused();
            case RollbackWindow w -> w.paused();
            case DualWriting d -> false;
            case Verifying v -> false;
            case Verified v -> false;
            case Switching s -> false;
            case CleaningUp c -> false;
            case Terminal t -> false;
        };
    }

    /** Whether it is on its way back: a rollback was asked for and not called off. */
    public boolean isReturning() {
        return switch (state) {
            case RollbackWindow w -> false;
            case CleaningUp c -> c.cause() == CleanupCause.ROLLED_BACK;
            case Active a -> a.leg().isReverse();
            case Planned p -> false;
            case Terminal t -> false;
        };
    }

    /** The shard that owns the range in this state. */
    public String owner() {
        return switch (state) {
            case Planned p -> plan.from();
            case Switching s -> s.leg().isReverse() ? plan.from() : plan.to();
            case CleaningUp c -> other(c.shard());
            case Active a -> a.leg().isReverse() ? plan.to() : plan.from();
            case MigrationState.Completed c -> plan.to();
            case MigrationState.Aborted a -> plan.from();
            case MigrationState.RolledBack r -> plan.from();
        };
    }

    /** The shard that does not own it: replica, former owner, or the one that evicts. */
    public String replica() {
        return other(owner());
    }

    private String other(String shard) {
        return shard.equals(plan.from()) ? plan.to() : plan.from();
    }

    Migration in(MigrationState next) {
        return new Migration(plan, next);
    }
}
