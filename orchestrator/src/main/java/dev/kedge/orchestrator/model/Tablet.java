package dev.kedge.orchestrator.model;

import org.jspecify.annotations.Nullable;

/**
 * A tablet; its bounds are its key in {@link Keyspace#tablets} and the next one's.
 *
 * @param shard the owner (I1: exactly one)
 * @param migration the non-terminal migration that holds the tablet's bounds still (R8); null at rest
 */
public record Tablet(String shard, @Nullable String migration) {
    Tablet ownedBy(String owner) {
        return new Tablet(owner, migration);
    }

    Tablet in(@Nullable String id) {
        return new Tablet(shard, id);
    }
}
