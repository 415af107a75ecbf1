package dev.kedge.orchestrator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Golden text files: a story as it was told when somebody last looked. Rewrite with {@code -Dkedge.rewrite=true}, and read the diff. */
final class Transcript {
    private static final Path DIRECTORY = Path.of("src/test/resources/transcripts");

    private Transcript() {}

    static void check(String name, List<String> lines) {
        Path file = DIRECTORY.resolve(name + ".txt");
        try {
            if (Boolean.getBoolean("kedge.rewrite")) {
                Files.createDirectories(DIRECTORY);
                Files.write(file, lines);
            }
            assertThat(lines)
                    .as("%s; if the new story is right: mvn test -pl orchestrator -Dkedge.rewrite=true", file)
                    .isEqualTo(Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String show(Object message) {
        return message.toString()
                .replace(MigrationOptions.DEFAULTS.toString(), "defaults")
                .replace(", proposal=null", "");
    }

    static String show(RoutingChange change) {
        if (change.record() instanceof TabletRoute t) {
            return "TabletRoute[" + t.keyspace() + " " + t.start() + ": " + t.shard()
                    + (t.migration() == null ? "" : ", " + show(t.migration()))
                    + t.readReplicas().stream().map(Transcript::show).collect(Collectors.joining()) + "]";
        }
        return change.record() == null
                ? "remove " + change.key()
                : change.record().toString();
    }

    private static String show(ReadReplicaRoute r) {
        return ", " + r.replica() + "#" + r.attempt() + " " + r.state() + " on " + r.shard() + " up to "
                + r.maxStalenessMillis() + " ms";
    }

    private static String show(MigrationRoute m) {
        return m.migration() + "#" + m.attempt() + " " + m.phase() + (m.reverse() ? " reverse" : "") + " replica="
                + m.replica() + " " + m.base() + "@" + m.sourceFrom() + " round=" + m.round()
                + (m.detailBuckets().isEmpty() ? "" : " buckets=" + m.detailBuckets()) + (m.paused() ? " paused" : "");
    }
}
