package dev.kedge.orchestrator.streams;

/** Makes the log topics of shards. */
@FunctionalInterface
interface ShardLogCreator {
    /**
     * Makes the shard's log unless it exists, and returns Kafka's id of the topic.
     *
     * @throws RuntimeException if it can't be made now; the message says why
     */
    String create(String shard);
}
