package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;

/**
 * One key is the load of a tablet, and most of that are reads: no cut spreads them, a read replica of the tablet does, for clients that can
 * bear a bounded staleness.
 *
 * @param start of the tablet
 * @param shard the one that should follow it
 * @param readShare how much of the load are reads
 */
public record ReplicaOffer(String keyspace, Bytes start, String shard, double readShare) {}
