package dev.kedge.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * What Kedge asks of Kafka's admin client, with every wait bounded and every failure said in words: {@link KafkaUnreachable}
 * if Kafka does not answer in time, {@link KafkaRefused} if it says no. Thread-safe.
 */
public final class TopicAdmin implements AutoCloseable {
    private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

    private final KafkaClients clients;
    private final Admin admin;

    private TopicAdmin(KafkaClients clients, Admin admin) {
        this.clients = clients;
        this.admin = admin;
    }

    /**
     * Does not connect yet.
     *
     * @throws KafkaUnreachable if no address can be resolved
     */
    public static TopicAdmin open(KafkaClients clients) {
        try {
            return new TopicAdmin(clients, Admin.create(clients.admin("admin")));
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new KafkaUnreachable(clients.bootstrap(), clients.timeout(), cause);
        }
    }

    /** The client itself, for what this class does not offer. */
    public Admin admin() {
        return admin;
    }

    /** Names of all topics but Kafka's internal ones. */
    public Set<String> topics() {
        return await("list the topics", admin.listTopics().names());
    }

    /** Kafka's id of the cluster: two clusters never share one. */
    public String clusterId() {
        return await("say which cluster it is", admin.describeCluster().clusterId());
    }

    /** Number of brokers that are up. */
    public int brokers() {
        return await("name its brokers", admin.describeCluster().nodes()).size();
    }

    /** Kafka's id of a topic, or null if there is none of that name. A re-created topic has another id. */
    public @Nullable String topicId(String topic) {
        TopicDescription description = describe(Set.of(topic)).get(topic);
        return description == null ? null : description.topicId().toString();
    }

    /** Copies a topic has, or null if there is none of that name. */
    public @Nullable Integer replicationFactor(String topic) {
        TopicDescription description = describe(Set.of(topic)).get(topic);
        return description == null
                ? null
                : description.partitions().get(0).replicas().size();
    }

    /** Those of the topics that exist, as they are. */
    Map<String, Observed> observe(Collection<String> topics) {
        Map<String, TopicDescription> descriptions = describe(topics);
        List<ConfigResource> resources =
                descriptions.keySet().stream().map(TopicAdmin::resource).toList();
        Map<ConfigResource, Config> configs = await(
                "describe the settings of " + topics,
                admin.describeConfigs(resources).all());
        Map<String, Observed> observed = new TreeMap<>();
        configs.forEach((resource, config) -> {
            TopicDescription description = descriptions.get(resource.name());
            if (description != null) {
                Map<String, String> settings = new HashMap<>();
                for (ConfigEntry entry : config.entries()) {
                    if (entry.value() != null) {
                        settings.put(entry.name(), entry.value());
                    }
                }
                int replicas = description.partitions().stream()
                        .mapToInt(partition -> partition.replicas().size())
                        .min()
                        .orElse(0);
                observed.put(
                        resource.name(), new Observed(description.partitions().size(), replicas, settings));
            }
        });
        return observed;
    }

    private Map<String, TopicDescription> describe(Collection<String> topics) {
        Map<String, TopicDescription> found = new HashMap<>();
        admin.describeTopics(topics).topicNameValues().forEach((topic, future) -> {
            try {
                found.put(topic, get(future));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw failure("describe the topic " + topic, cause(e));
                }
            }
        });
        return found;
    }

    /** Makes a topic unless it exists, in which case it is left as it is. Returns its id once a broker knows it. */
    String create(TopicSpec spec) {
        NewTopic topic = new NewTopic(spec.name(), spec.partitions(), (short) spec.replicationFactor());
        topic.configs(new TreeMap<>(spec.settings()));
        try {
            get(admin.createTopics(List.of(topic)).all());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw failure(
                        "create the topic " + spec.name() + " with replication factor " + spec.replicationFactor(),
                        cause(e));
            }
        }
        return awaitKnown(spec.name());
    }

    /** The controller answers a creation before the brokers have heard of it, and Kafka offers no call that waits for that. */
    String awaitKnown(String topic) {
        long deadline = System.nanoTime() + clients.timeout().toNanos();
        while (true) {
            String id = topicId(topic);
            if (id != null) {
                return id;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new KafkaUnreachable(
                        clients.bootstrap(),
                        clients.timeout(),
                        new IllegalStateException("the new topic " + topic + " is known to no broker"));
            }
            LockSupport.parkNanos(POLL_NANOS);
            if (Thread.interrupted()) {
                throw interrupted();
            }
        }
    }

    /** Sets settings of existing topics; others of their settings stay. */
    void alter(List<Difference.WrongSetting> wrong) {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (Difference.WrongSetting setting : wrong) {
            changes.computeIfAbsent(resource(setting.topic()), topic -> new ArrayList<>())
                    .add(new AlterConfigOp(
                            new ConfigEntry(setting.setting(), setting.expected()), AlterConfigOp.OpType.SET));
        }
        await(
                "change the settings of " + changes.keySet(),
                admin.incrementalAlterConfigs(changes).all());
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private <T> T await(String asked, KafkaFuture<T> future) {
        try {
            return get(future);
        } catch (ExecutionException e) {
            throw failure(asked, cause(e));
        }
    }

    private <T> T get(KafkaFuture<T> future) throws ExecutionException {
        try {
            // The client has the same limit; should it not keep it, we do.
            return future.get(2 * clients.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new KafkaUnreachable(clients.bootstrap(), clients.timeout(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    private static Throwable cause(ExecutionException e) {
        return Objects.requireNonNullElse(e.getCause(), e);
    }

    private RuntimeException failure(String asked, Throwable cause) {
        return cause instanceof RetriableException
                ? new KafkaUnreachable(clients.bootstrap(), clients.timeout(), cause)
                : new KafkaRefused(asked, cause);
    }

    private RuntimeException interrupted() {
        return new KafkaException("interrupted while waiting for Kafka at " + clients.bootstrap());
    }

    /** Does not wait for requests in progress. */
    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
