package dev.kedge.system;

import org.jspecify.annotations.Nullable;

/** What traffic does, with whatever client. */
interface Keys {
    @Nullable
    String get(String key);

    void set(String key, String value);

    boolean del(String key);

    long incr(String key);
}
