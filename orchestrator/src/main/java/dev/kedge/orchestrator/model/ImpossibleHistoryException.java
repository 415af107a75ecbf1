package dev.kedge.orchestrator.model;

/** An event that cannot follow the ones before it: the log or the code is broken. The process must stop, not skip it. */
public final class ImpossibleHistoryException extends IllegalStateException {
    public ImpossibleHistoryException(String message) {
        super(message);
    }
}
