package dev.kedge.system;

import org.jspecify.annotations.Nullable;

/** What traffic does, with whatever client. */
interface Keys {
    @Nullable
    String get(String key);

    void set(String key, String value);

    boolean del(String key);

    long incr(String key);

    /** An error that was the answer: what was asked certainly had no effect. */
    final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }
}
