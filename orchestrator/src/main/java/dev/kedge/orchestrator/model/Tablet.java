package dev.kedge.orchestrator.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tablet; its bounds are its key in {@link Keyspace#tablets} and the next one's.
 *
 * @param shard the owner (I1: exactly one)
 * @param migration the non-terminal migration that holds the tablet's bounds still (R8); null at rest
 * @param readReplicas ids of the read replicas, which hold them still too
 */
public record Tablet(String shard, @Nullable String migration, List<String> readReplicas) {
    public Tablet {
        readReplicas = List.copyOf(readReplicas);
    }

    /** A tablet at rest without read replicas. */
    static Tablet of(String shard) {
        return new Tablet(shard, null, List.of());
    }

    Tablet ownedBy(String owner) {
        return new Tablet(owner, migration, readReplicas);
    }

    Tablet in(@Nullable String id) {
        return new Tablet(shard, id, readReplicas);
    }

    Tablet with(List<String> replicas) {
        return new Tablet(shard, migration, replicas);
    }
}
