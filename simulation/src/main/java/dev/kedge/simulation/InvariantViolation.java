package dev.kedge.simulation;

/** Something that must never be, was. */
final class InvariantViolation extends RuntimeException {
    InvariantViolation(String invariant, String what) {
        super(invariant + ": " + what);
    }
}
