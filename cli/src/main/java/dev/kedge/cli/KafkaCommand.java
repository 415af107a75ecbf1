package dev.kedge.cli;

import dev.kedge.kafka.KafkaNode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge kafka}. */
@Command(
        name = "kafka",
        description = "Run a Kafka of one node on the loopback interface, to try things out. Ctrl-C ends it.",
        mixinStandardHelpOptions = true)
final class KafkaCommand implements Callable<Integer> {
    @Option(
            names = "--port",
            defaultValue = "9092",
            description = "Port for clients; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where its data is kept (default: a temporary directory, deleted at the end).")
    @Nullable
    Path dataDir;

    @Mixin
    Role role = new Role();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        role.begin();
        KafkaNode kafka = output.during("starting Kafka", waiting -> start(dataDir, port, "512m", List.of()));
        role.stay(
                output,
                "Kafka serves at " + kafka.bootstrap() + ", its data is in " + kafka.dataDir(),
                kafka,
                kafka.onExit().thenApply(exited -> {
                    throw new IllegalStateException("Kafka has ended; see " + kafka.logFile());
                }));
        return ExitStatus.OK;
    }

    static KafkaNode start(@Nullable Path dataDir, int port, String heap, List<String> jvmOptions) {
        KafkaNode.Builder builder;
        try {
            builder = KafkaNode.builder().port(port).heap(heap);
        } catch (IllegalArgumentException e) {
            throw new CommandException.BadInput(String.valueOf(e.getMessage()));
        }
        if (dataDir != null) {
            builder.dataDir(dataDir);
        }
        jvmOptions.forEach(builder::jvmOption);
        return builder.start();
    }
}
