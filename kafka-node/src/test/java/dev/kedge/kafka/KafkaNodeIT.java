package dev.kedge.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaNodeIT {
    @TempDir
    Path dir;

    @Test
    void whatWasWrittenSurvivesKill9AndRestart() throws Exception {
        try (KafkaNode kafka = KafkaNode.builder().dataDir(dir).start()) {
            Records.createTopic(kafka.bootstrap(), "t");
            Records.produce(kafka.bootstrap(), "t", "a", "b");
            long killed = kafka.pid();
            String bootstrap = kafka.bootstrap();

            kafka.kill();
            assertThat(kafka.isAlive()).isFalse();

            kafka.restart();
            assertThat(kafka.pid()).isNotEqualTo(killed);
            assertThat(kafka.bootstrap()).isEqualTo(bootstrap);
            Records.produce(bootstrap, "t", "c");
            assertThat(Records.readAll(bootstrap, "t")).containsExactly("a", "b", "c");
        }
    }

    @Test
    void aNewNodeOnAnOldDirectoryFindsItsData() throws Exception {
        try (KafkaNode kafka = KafkaNode.builder().dataDir(dir).start()) {
            Records.createTopic(kafka.bootstrap(), "t");
            Records.produce(kafka.bootstrap(), "t", "a");
        }
        try (KafkaNode kafka = KafkaNode.builder().dataDir(dir).start()) {
            assertThat(Records.readAll(kafka.bootstrap(), "t")).containsExactly("a");
        }
    }

    @Test
    void endsWhenItsParentIsKilledWithoutWarning() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        dir.toString())
                .redirectError(new File(dir.toFile(), "parent.log"))
                .start();
        try (BufferedReader out = parent.inputReader()) {
            String pid = out.readLine();
            assertThat(pid).as(Files.readString(dir.resolve("parent.log"))).isNotNull();
            ProcessHandle child = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
            assertThat(child.isAlive()).isTrue();

            parent.destroyForcibly();

            child.onExit().get(30, TimeUnit.SECONDS);
        } finally {
            parent.destroyForcibly();
        }
    }

    /** Starts a node, says its pid and waits to be killed. */
    static final class Parent {
        public static void main(String[] args) throws Exception {
            KafkaNode kafka = KafkaNode.builder().dataDir(Path.of(args[0])).start();
            System.out.println(kafka.pid());
            kafka.onExit().get();
        }
    }

    @Test
    void saysWhyItDidNotStart() {
        assertThatThrownBy(() -> KafkaNode.builder()
                        .dataDir(dir)
                        .property("log.retention.hours", "soon")
                        .start())
                .isInstanceOf(KafkaStartException.class)
                .hasMessageContaining(dir.toString())
                .hasMessageContaining("log.retention.hours");
    }

    @Test
    void saysThatThePortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> KafkaNode.builder()
                            .dataDir(dir)
                            .port(taken.getLocalPort())
                            .start())
                    .isInstanceOf(KafkaStartException.class)
                    .hasMessageContaining(taken.getLocalPort() + " on 127.0.0.1 is taken");
        }
    }

    @Test
    void aTemporaryNodeLeavesNothing() {
        Path data;
        try (KafkaNode kafka = KafkaNode.builder().start()) {
            data = kafka.dataDir();
            assertThat(data).isDirectory();
        }
        assertThat(data).doesNotExist();
    }
}
