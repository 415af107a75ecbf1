package dev.kedge.cli;

/** How commands end; stable, for scripts. */
final class ExitStatus {
    static final int OK = 0;
    /** Something did not work: Kafka or a registry is away, nobody answers, a verdict is bad. */
    static final int FAILURE = 1;
    /** What was asked can't be done as asked; nothing was changed. */
    static final int BAD_INPUT = 2;

    private ExitStatus() {}
}
