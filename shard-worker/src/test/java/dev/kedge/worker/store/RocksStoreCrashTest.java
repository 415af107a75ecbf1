package dev.kedge.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed with -9, a store reopens as it was after some earlier batch: never with rows of one moment and an offset of another. */
final class RocksStoreCrashTest {
    @TempDir
    Path data;

    @Test
    void after_kill_9_rows_and_meta_are_of_the_same_earlier_batch() throws Exception {
        long before = -1;
        for (int round = 0; round < 3; round++) {
            writeAndKill();
            long applied = checkRowsMatchMeta();
            assertThat(applied).as("what was flushed before the crash stays").isGreaterThan(before);
            before = applied;
        }
    }

    private void writeAndKill() throws Exception {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingWriter.class.getName(),
                        data.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = writer.inputReader()) {
            for (int i = 0; i < 50; i++) {
                assertThat(output.readLine()).as("the writer writes").containsOnlyDigits();
            }
        } finally {
            writer.destroyForcibly().waitFor();
        }
        assertThat(writer.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
    }

    private long checkRowsMatchMeta() {
        try (StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
                RocksStore store = RocksStore.open(data, CrashingWriter.IDENTITY, memory)) {
            byte[] meta = store.meta("applied");
            assertThat(meta).as("something was flushed").isNotNull();
            long applied = CrashingWriter.number(meta);
            for (long k = 0; k < CrashingWriter.KEYS; k++) {
                long newest = applied - Math.floorMod(applied - k, CrashingWriter.KEYS);
                assertThat(store.get(CrashingWriter.key(k))).isEqualTo(CrashingWriter.value(newest));
            }
            return applied;
        }
    }
}
