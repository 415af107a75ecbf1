package dev.kedge.router;

import org.jspecify.annotations.Nullable;

/** Something asked of Kedge was not done. The message says what was asked, what is wrong and what to do. */
public class KedgeException extends RuntimeException {
    public KedgeException(String message) {
        super(message);
    }

    public KedgeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The same failure, met in another thread: its stack trace is the one that met it. */
    KedgeException(KedgeException original) {
        super(original.getMessage(), original);
    }
}
