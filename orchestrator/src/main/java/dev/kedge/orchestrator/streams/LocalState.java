package dev.kedge.orchestrator.streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This instance's copy of the store, as its last run left it. Under exactly-once Streams can't use a copy whose process died: it may hold
 * what was never committed. Left to itself, Streams first offers such a copy to its group as a reason to be given the task, then finds it
 * corrupt, and gives the task back. So it is removed before Streams sees it; the store is rebuilt from its changelog, or the instance
 * stands by. The process's id, in the same directory, is kept: by it a restarted instance ends its predecessor's open transaction.
 *
 * <p>Not thread-safe.
 */
final class LocalState {
    private static final Logger LOG = LoggerFactory.getLogger(LocalState.class);
    private static final String RUNNING = "running";
    private static final Pattern TASK = Pattern.compile("\\d+_\\d+");

    private final Path stateDir;
    private final Path application;

    /** @param group names Streams' directory below {@code stateDir} */
    LocalState(Path stateDir, String group) {
        this.stateDir = stateDir;
        this.application = stateDir.resolve(group);
    }

    /**
     * Removes what a run that did not end in good order has left, and notes that one has begun. Before Streams is made.
     *
     * @throws UncheckedIOException if the directory can't be written
     */
    void begin() {
        try {
            Files.createDirectories(stateDir);
            Path running = stateDir.resolve(RUNNING);
            if (Files.exists(running)) {
                LOG.info("the last run did not end in good order: its copy of the state is rebuilt from Kafka");
                removeTasks();
            } else {
                Files.createFile(running);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't keep the control plane's state in " + stateDir, e);
        }
    }

    /** Notes that this run has ended in good order. After Streams is closed. */
    void end() {
        try {
            Files.deleteIfExists(stateDir.resolve(RUNNING));
        } catch (IOException e) {
            LOG.warn("the next start will rebuild its state from Kafka: {}", e.toString());
        }
    }

    private void removeTasks() throws IOException {
        if (!Files.exists(application)) {
            return;
        }
        List<Path> tasks;
        try (Stream<Path> all = Files.list(application)) {
            tasks = all.filter(
                            each -> TASK.matcher(each.getFileName().toString()).matches())
                    .toList();
        }
        for (Path task : tasks) {
            try (Stream<Path> tree = Files.walk(task)) {
                for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
