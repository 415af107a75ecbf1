package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker is given the data of somebody else. */
@Timeout(120)
final class StoreMismatchIT {
    private static final Map<String, String> LOADED = JedisKeys.rows(500);

    @TempDir
    Path dir;

    private TestCell cell;

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 2);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
        }
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void a_store_of_another_shard_or_cell_is_refused_and_left_alone() throws IOException {
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(cell.worker("worker-2").stop()).isZero();
        Path store1 = cell.workerDir("worker-1").resolve("shard-1");
        Path store2 = cell.workerDir("worker-2").resolve("shard-2");
        Path aside = dir.resolve("aside");
        Files.move(store1, aside);
        Files.move(store2, store1); // worker-1 gets what belongs to shard-2
        Path marker = store1.resolve("KEDGE-STORE");
        String own = Files.readString(marker);
        cell.restartWorker("worker-1");
        assertThat(reasonOfFailure("shard-1"))
                .contains(store1.toString(), "is the store of shard shard-2, not of shard shard-1", "data directory");

        Files.writeString(marker, own.replace("cell=" + cell.cell().name(), "cell=elsewhere"));
        cell.awaitStatus("shard-1", status -> String.valueOf(status.reason()).contains("store of cell elsewhere"));
        assertThat(cell.worker("worker-1").isAlive()).isTrue();

        // Each gets its own again: nothing was touched, the next attempt to open succeeds by itself.
        Files.writeString(marker, own);
        Files.move(store1, store2);
        Files.move(aside, store1);
        cell.restartWorker("worker-2");
        cell.awaitServing("shard-1");
        cell.awaitServing("shard-2");
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(LOADED);
        }
    }

    private String reasonOfFailure(String shard) {
        ShardStatus status = cell.awaitStatus(shard, s -> s.state() == ShardState.FAILED);
        return String.valueOf(status.reason());
    }
}
