package dev.kedge.worker.log;

import static org.awaitility.Awaitility.await;

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
            String id = created.topicId(name).get().toString();
            // The controller has it; the broker hears of it a moment later.
            await().until(() -> admin.listTopics().names().get().contains(name));
            return new LogTopic(name, id);
        }
    }

    static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()));
    }
}
