package dev.kedge.router;

import org.jspecify.annotations.Nullable;

/**
 * A write was sent and its outcome is unknown: it may have taken effect, may still take effect, or never will. It was not
 * repeated, because repeating could apply it twice.
 *
 * <p>To go on: read the key and compare, or repeat the write if it is idempotent for your purpose (a plain set of the same value
 * by a single writer; a conditional set).
 */
public final class IndeterminateOutcomeException extends KedgeException {
    IndeterminateOutcomeException(String operation, String why, @Nullable Throwable cause) {
        super(
                operation + " was sent, but its outcome is unknown: " + why
                        + ". It may have taken effect or may still do so. It was not repeated, since that could apply it twice:"
                        + " read the key to find out, or repeat the write if applying it twice does no harm.",
                cause);
    }
}
