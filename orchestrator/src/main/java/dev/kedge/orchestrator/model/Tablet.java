package dev.kedge.orchestrator.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tablet; its bounds are its key in {@link Keyspace#tablets} and the next one's.
 *
 * @param shard the owner (I1: exactly one)
 * @param migration the non-terminal migration that holds the tablet's bounds still (R8); null at rest
 * @param readReplicas ids of the read replicas, which hold them still too
 * @param cutBy the proposal that cut it off from the tablet before it; null if its start was given at creation or by a command
 * @param changedMillis when its bounds or its owner last changed; 0 if never. A split or a merge is a change of every part, so a range has
 *     its rest however it is cut
 * @param departures the shards that it, or some of it, was on before: a few of them, the latest first, each with when it was last left
 */
public record Tablet(
        String shard,
        @Nullable String migration,
        List<String> readReplicas,
        @Nullable String cutBy,
        long changedMillis,
        List<Departure> departures) {
    public Tablet {
        readReplicas = List.copyOf(readReplicas);
        departures = List.copyOf(departures);
    }

    /** A tablet at rest without read replicas, of a new keyspace. */
    static Tablet of(String shard) {
        return new Tablet(shard, null, List.of(), null, 0, List.of());
    }

    Tablet ownedBy(String owner, long timeMillis) {
        if (owner.equals(shard)) {
            return this;
        }
        List<Departure> left = Departure.union(List.of(new Departure(shard, timeMillis)), departures);
        return new Tablet(owner, migration, readReplicas, cutBy, timeMillis, left);
    }

    Tablet in(@Nullable String id) {
        return new Tablet(shard, id, readReplicas, cutBy, changedMillis, departures);
    }

    Tablet with(List<String> replicas) {
        return new Tablet(shard, migration, replicas, cutBy, changedMillis, departures);
    }

    /** With other bounds; {@code cut} tells who set its start. */
    Tablet bounded(@Nullable String cut, long timeMillis) {
        return new Tablet(shard, migration, readReplicas, cut, timeMillis, departures);
    }

    /** Together with the tablet after it: all of it was wherever one part was. */
    Tablet joined(Tablet right, long timeMillis) {
        return new Tablet(
                shard, migration, readReplicas, cutBy, timeMillis, Departure.union(departures, right.departures));
    }
}
