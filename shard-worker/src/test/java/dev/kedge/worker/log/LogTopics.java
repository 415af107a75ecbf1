package dev.kedge.worker.log;

import dev.kedge.kafka.SharedKafka;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Log topics on the tests' Kafka. */
final class LogTopics {
    private LogTopics() {}

    static LogTopic create() throws Exception {
        return create(1, Map.of());
    }

    static LogTopic create(int partitions, Map<String, String> settings) throws Exception {
        Map<String, String> all =
                new HashMap<>(Map.of("cleanup.policy", "compact", "message.timestamp.type", "LogAppendTime"));
        all.putAll(settings);
        String name = "test.shard." + UUID.randomUUID() + ".g1";
        try (Admin admin = admin()) {
            var created = admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(all)));
            return new LogTopic(name, created.topicId(name).get().toString());
        }
    }

    static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()));
    }
}
