package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Aborted;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Completed;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.RolledBack;
import dev.kedge.orchestrator.model.MigrationState.Switching;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;

/** Commands to one migration: every command in every state is either followed, or without effect, or refused with what to do instead. */
final class MigrationCommands {
    private MigrationCommands() {}

    static void decide(Draft draft, Command.ToMigration command) {
        Migration m = Names.migration(draft, command.migration());
        switch (command) {
            case Command.PauseMigration c -> pause(draft, m);
            case Command.ResumeMigration c -> resume(draft, m);
            case Command.AbortMigration c -> abort(draft, m, c.reason());
            case Command.RollbackMigration c -> rollback(draft, m, c.reason());
            case Command.FinishMigration c -> finish(draft, m);
        }
    }

    private static void pause(Draft draft, Migration m) {
        if (m.paused()) {
            noEffect(draft, "the migration " + m.id() + " is paused already");
            return;
        }
        switch (m.state()) {
            case Planned s -> draft.emit(new Event.MigrationPaused(m.id()));
            case Copying s -> draft.emit(new Event.MigrationPaused(m.id()));
            case RollbackWindow s -> draft.emit(new Event.MigrationPaused(m.id()));
            case CatchingUp s -> {
                requireForward(m, s);
                draft.emit(new Event.MigrationPaused(m.id()));
            }
            case DualWriting s -> pauseDualWrite(draft, m, s);
            case Verifying s -> pauseDualWrite(draft, m, s);
            case Verified s -> pauseDualWrite(draft, m, s);
            case Switching s ->
                throw new Refusal(
                        Rejection.NOT_PAUSABLE,
                        "the migration " + m.id() + " is cutting over, clients wait for it: it can't be paused; "
                                + "pause it in its rollback window if you still need to");
            case CleaningUp s ->
                throw new Refusal(
                        Rejection.NOT_PAUSABLE,
                        "the migration " + m.id() + " is cleaning up " + s.shard()
                                + ", which can't be paused; let it end");
            case Terminal s -> throw over(m, "paused");
        }
    }

    /** A halted replica must not hold the owner's acknowledgements, so the dual-write ends first. */
    private static void pauseDualWrite(Draft draft, Migration m, Active s) {
        requireForward(m, s);
        draft.emit(new Event.DualWriteLost(m.id(), "paused"));
        draft.emit(new Event.MigrationPaused(m.id()));
    }

    private static void requireForward(Migration m, Active s) {
        if (s.leg().isReverse()) {
            throw new Refusal(
                    Rejection.NOT_PAUSABLE,
                    "the migration " + m.id()
                            + " is on its way back, which can't be paused; call the rollback off with "
                            + "kedge migration abort " + m.id() + " (its window goes on)");
        }
    }

    private static void resume(Draft draft, Migration m) {
        if (m.isTerminal()) {
            throw over(m, "resumed");
        }
        if (m.paused()) {
            draft.emit(new Event.MigrationResumed(m.id()));
        } else {
            noEffect(draft, "the migration " + m.id() + " is not paused");
        }
    }

    private static void abort(Draft draft, Migration m, String reason) {
        switch (m.state()) {
            case Planned s -> draft.emit(new Event.MigrationAborted(m.id(), reason));
            case Copying s -> drop(draft, m, reason);
            case DualWriting s -> drop(draft, m, reason);
            case CatchingUp s -> dropOrCallOff(draft, m, s.leg().isReverse(), reason);
            case Verifying s -> dropOrCallOff(draft, m, s.leg().isReverse(), reason);
            case Verified s -> dropOrCallOff(draft, m, s.leg().isReverse(), reason);
            case Switching s ->
                throw pastCommit(
                        m,
                        s.leg().isReverse()
                                ? "its rollback is committed; it ends as ROLLED_BACK by itself in a moment"
                                : "once " + m.plan().to() + " serves, go back with kedge migration rollback " + m.id());
            case RollbackWindow s -> throw pastCommit(m, "go back with kedge migration rollback " + m.id());
            case CleaningUp s ->
                abortOver(draft, m, s.cause() != CleanupCause.COMPLETED, "is being cleaned up (" + s.cause() + ")");
            case Completed s -> abortOver(draft, m, false, "is over");
            case Aborted s -> abortOver(draft, m, true, "is aborted");
            case RolledBack s -> abortOver(draft, m, true, "is rolled back");
        }
    }

    private static void abortOver(Draft draft, Migration m, boolean sourceServes, String how) {
        if (!sourceServes) {
            throw pastCommit(
                    m,
                    "it " + how + "; to go back, start a migration from "
                            + m.plan().to() + " to " + m.plan().from());
        }
        noEffect(
                draft,
                "the migration " + m.id() + " " + how + " already, " + m.plan().from() + " serves");
    }

    private static void dropOrCallOff(Draft draft, Migration m, boolean reverse, String reason) {
        if (reverse) {
            Progression.stopRollback(draft, m, reason);
        } else {
            drop(draft, m, reason);
        }
    }

    private static void drop(Draft draft, Migration m, String reason) {
        draft.emit(new Event.CleanupStarted(m.id(), m.plan().to(), CleanupCause.ABORTED, reason));
    }

    private static Refusal pastCommit(Migration m, String instead) {
        return new Refusal(
                Rejection.PAST_COMMIT_POINT,
                "the migration " + m.id() + " can't be aborted in " + m.phase() + ", it is past its commit point: "
                        + instead);
    }

    private static void rollback(Draft draft, Migration m, String reason) {
        switch (m.state()) {
            case Planned s -> throw notCommitted(m);
            case Copying s -> throw notCommitted(m);
            case DualWriting s -> throw notCommitted(m);
            case CatchingUp s -> rollbackAgain(draft, m, s.leg().isReverse());
            case Verifying s -> rollbackAgain(draft, m, s.leg().isReverse());
            case Verified s -> rollbackAgain(draft, m, s.leg().isReverse());
            case Switching s -> {
                if (!s.leg().isReverse()) {
                    throw new Refusal(
                            Rejection.NOT_SERVED_YET,
                            "the migration " + m.id()
                                    + " is cutting over; ask again when it is in ROLLBACK_WINDOW, in a moment");
                }
                rollbackAgain(draft, m, true);
            }
            case RollbackWindow s -> startRollback(draft, m, s, reason);
            case CleaningUp s -> rollbackOver(draft, m, s.cause());
            case Completed s -> rollbackOver(draft, m, CleanupCause.COMPLETED);
            case Aborted s -> rollbackOver(draft, m, CleanupCause.ABORTED);
            case RolledBack s -> rollbackOver(draft, m, CleanupCause.ROLLED_BACK);
        }
    }

    private static void startRollback(Draft draft, Migration m, RollbackWindow window, String reason) {
        if (window.broken() != null) {
            throw new Refusal(
                    Rejection.ROLLBACK_BROKEN,
                    "the migration " + m.id() + " can't be rolled back, "
                            + m.plan().from() + " could not follow: "
                            + window.broken() + "; finish it and start a migration from "
                            + m.plan().to() + " to "
                            + m.plan().from());
        }
        if (window.paused()) {
            draft.emit(new Event.MigrationResumed(m.id()));
        }
        draft.emit(new Event.RollbackStarted(m.id(), reason));
    }

    private static void rollbackAgain(Draft draft, Migration m, boolean reverse) {
        if (!reverse) {
            throw notCommitted(m);
        }
        noEffect(draft, "the migration " + m.id() + " is on its way back already");
    }

    private static void rollbackOver(Draft draft, Migration m, CleanupCause cause) {
        switch (cause) {
            case COMPLETED ->
                throw new Refusal(
                        Rejection.WINDOW_OVER,
                        "the rollback window of " + m.id() + " is over, "
                                + m.plan().from()
                                + " gives up its copy; to go back, start a migration from "
                                + m.plan().to() + " to "
                                + m.plan().from());
            case ABORTED ->
                throw new Refusal(
                        Rejection.NOT_COMMITTED,
                        "the migration " + m.id()
                                + " was aborted before anything moved: there is nothing to roll back");
            case ROLLED_BACK -> noEffect(draft, "the migration " + m.id() + " is rolled back already");
        }
    }

    private static Refusal notCommitted(Migration m) {
        return new Refusal(
                Rejection.NOT_COMMITTED,
                "the migration " + m.id() + " is in " + m.phase() + ", nothing has moved yet; "
                        + "call it off with kedge migration abort " + m.id());
    }

    private static void finish(Draft draft, Migration m) {
        switch (m.state()) {
            case RollbackWindow s ->
                draft.emit(new Event.CleanupStarted(
                        m.id(), m.plan().from(), CleanupCause.COMPLETED, "the window was ended by command"));
            case CleaningUp s -> {
                if (s.cause() != CleanupCause.COMPLETED) {
                    throw notInWindow(m);
                }
                noEffect(draft, "the migration " + m.id() + " is finishing already");
            }
            case Completed s -> noEffect(draft, "the migration " + m.id() + " is completed already");
            case Planned s -> throw notInWindow(m);
            case Active s -> throw notInWindow(m);
            case Terminal s -> throw notInWindow(m);
        }
    }

    private static Refusal notInWindow(Migration m) {
        String instead = m.isTerminal()
                ? "it is over"
                : m.isReturning()
                        ? "it is on its way back"
                        : "finish ends the rollback window, which opens when "
                                + m.plan().to() + " serves";
        return new Refusal(Rejection.NOT_IN_WINDOW, "the migration " + m.id() + " is in " + m.phase() + ": " + instead);
    }

    private static Refusal over(Migration m, String asked) {
        return new Refusal(
                Rejection.MIGRATION_OVER, "the migration " + m.id() + " is " + m.phase() + " and can't be " + asked);
    }

    private static void noEffect(Draft draft, String reason) {
        draft.emit(new Event.CommandHadNoEffect(reason));
    }
}
