package dev.kedge.topics;

import org.jspecify.annotations.Nullable;

/** One way in which a cluster is not as the catalogue says. */
public sealed interface Difference {
    String topic();

    /** What is wrong, for people. */
    String describe();

    /** Why it cannot be put right in place; null if it can. */
    @Nullable
    String obstacle();

    record MissingTopic(TopicSpec spec) implements Difference {
        @Override
        public String topic() {
            return spec.name();
        }

        @Override
        public String describe() {
            return spec.name() + " is missing (" + spec.partitions() + " partition, replication factor "
                    + spec.replicationFactor() + ", " + spec.settings() + ")";
        }

        @Override
        public @Nullable String obstacle() {
            return null;
        }
    }

    record WrongPartitionCount(String topic, int actual, int expected) implements Difference {
        @Override
        public String describe() {
            return topic + " has " + actual + " partitions, needs " + expected;
        }

        @Override
        public String obstacle() {
            return "Kafka cannot take partitions away, and what is in them has no order; move this topic out of the way or use"
                    + " another cell name";
        }
    }

    record WrongReplicationFactor(String topic, int actual, int expected) implements Difference {
        @Override
        public String describe() {
            return topic + " has replication factor " + actual + ", needs " + expected;
        }

        @Override
        public String obstacle() {
            return "that means moving data between brokers, which is the operator's to plan: use kafka-reassign-partitions.sh,"
                    + " or give the replication factor the topics have";
        }
    }

    /** @param actual what is in force, be it the topic's own or the cluster's default; null if the cluster knows no such setting */
    record WrongSetting(
            String topic, String setting, @Nullable String actual, String expected) implements Difference {
        @Override
        public String describe() {
            return topic + " has " + setting + "=" + actual + ", needs " + expected;
        }

        @Override
        public @Nullable String obstacle() {
            // Compaction may already have removed what a switch to "delete" or back was to keep.
            return setting.equals("cleanup.policy")
                    ? "under another cleanup policy records it should hold may be gone already; move this topic out of the way or"
                            + " use another cell name"
                    : null;
        }
    }
}
