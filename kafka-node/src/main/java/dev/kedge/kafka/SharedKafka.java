package dev.kedge.kafka;

/**
 * One Kafka for all the tests of a JVM: started when first asked for, gone with the JVM. A node takes seconds to start, a topic
 * milliseconds: let each test use topics (or a cell) of its own instead. A test that kills Kafka starts a {@link KafkaNode} for itself.
 */
public final class SharedKafka {
    private SharedKafka() {}

    /** Where clients connect. Thread-safe. */
    public static String bootstrap() {
        return Holder.NODE.bootstrap();
    }

    private static final class Holder {
        static final KafkaNode NODE = start();

        private static KafkaNode start() {
            // The second compiler would take from the tests more time than it would save them.
            KafkaNode node =
                    KafkaNode.builder().jvmOption("-XX:TieredStopAtLevel=1").start();
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "shared-kafka-close"));
            return node;
        }
    }
}
