package dev.kedge.router;

import org.jspecify.annotations.Nullable;

/** The operation's time was over before a worker took it. It certainly did not take effect, so it may be repeated. */
public final class UnavailableException extends KedgeException {
    UnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
