package dev.kedge.router;

/** A worker refused the operation for what it is, for example for its size. Nothing was changed; repeated, it would be refused again. */
public final class RefusedException extends KedgeException {
    RefusedException(String message) {
        super(message);
    }
}
