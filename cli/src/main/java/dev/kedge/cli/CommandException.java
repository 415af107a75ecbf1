package dev.kedge.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a message for the person who typed it. */
sealed class CommandException extends RuntimeException {
    private final String code;
    private final int exitStatus;

    private CommandException(String code, int exitStatus, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.exitStatus = exitStatus;
    }

    /** Stable, in upper case, for scripts. */
    String code() {
        return code;
    }

    int exitStatus() {
        return exitStatus;
    }

    /** What was asked can't be done as asked. Nothing was changed. */
    static final class BadInput extends CommandException {
        BadInput(String message) {
            super("BAD_INPUT", ExitStatus.BAD_INPUT, message, null);
        }
    }

    /** The control plane refused. Nothing was changed. */
    static final class Rejected extends CommandException {
        /** @param code of {@link dev.kedge.orchestrator.decide.Rejection} */
        Rejected(String code, String reason) {
            super(code, ExitStatus.BAD_INPUT, reason, null);
        }
    }

    /** What was asked did not work out. */
    static final class Failed extends CommandException {
        Failed(String code, String message) {
            super(code, ExitStatus.FAILURE, message, null);
        }

        Failed(String code, String message, Throwable cause) {
            super(code, ExitStatus.FAILURE, message, cause);
        }
    }
}
