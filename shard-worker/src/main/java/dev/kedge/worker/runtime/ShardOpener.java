package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.EngineInbox;
import org.jspecify.annotations.Nullable;

/** Builds a shard's engine with store and log. Called in the shard's loop, where it may block, once per opening. */
@FunctionalInterface
interface ShardOpener {
    /**
     * @param lastFailure what ended the opening before, if one failed
     * @throws RuntimeException if that cannot be now; the message says why. It is tried again.
     */
    OpenShard open(EngineInbox inbox, @Nullable Throwable lastFailure);
}
