package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void nothingTakesNoTime() {
        assertThat(new Latencies().p99Micros()).isZero();
    }

    @Test
    void theP99IsAtMostAnEighthTooHigh() {
        Random random = new Random(7);
        for (int size = 1; size < 600; size++) {
            Latencies latencies = new Latencies();
            long[] micros = new long[size];
            for (int i = 0; i < size; i++) {
                micros[i] = random.nextLong(1L << (1 + random.nextInt(26)));
                latencies.add(micros[i]);
            }
            Arrays.sort(micros);
            long exact = micros[size - 1 - size / 100];
            assertThat(latencies.count()).isEqualTo(size);
            assertThat(latencies.p99Micros()).isBetween(exact, exact + exact / 8);
        }
    }

    @Test
    void theLongestTimeHasABucket() {
        Latencies latencies = new Latencies();
        latencies.add(Long.MAX_VALUE);
        latencies.add(-5);
        assertThat(latencies.p99Micros()).isEqualTo(Long.MAX_VALUE);
    }
}
