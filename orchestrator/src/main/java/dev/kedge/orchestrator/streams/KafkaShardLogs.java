package dev.kedge.orchestrator.streams;

import dev.kedge.topics.ShardLogs;
import dev.kedge.topics.TopicAdmin;

/** Makes shard logs on a real Kafka, with the catalogue's settings. */
final class KafkaShardLogs implements ShardLogCreator {
    private final ShardLogs logs;
    private final TopicAdmin admin;

    KafkaShardLogs(ShardLogs logs, TopicAdmin admin) {
        this.logs = logs;
        this.admin = admin;
    }

    @Override
    public String create(String shard) {
        return logs.create(admin, shard);
    }
}
