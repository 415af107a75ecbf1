package dev.kedge.orchestrator.decide;

/** Unwinds the making of a decision to {@link Decision.Rejected}. Never leaves this package. */
final class Refusal extends RuntimeException {
    private final Rejection code;

    Refusal(Rejection code, String reason) {
        super(reason, null, false, false);
        this.code = code;
    }

    Rejection code() {
        return code;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
