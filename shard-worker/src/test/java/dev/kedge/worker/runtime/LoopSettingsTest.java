package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Limits of a shard's loop. */
final class LoopSettingsTest {
    @Test
    void a_small_process_holds_few_bytes_of_requests_and_a_large_one_no_more_than_is_of_use() {
        assertThat(LoopSettings.requestBytes(96L << 20)).isEqualTo(12L << 20);
        assertThat(LoopSettings.requestBytes(256L << 20)).isEqualTo(32L << 20);
        assertThat(LoopSettings.requestBytes(8L << 30)).isEqualTo(32L << 20);
        assertThat(LoopSettings.requestBytes(1)).isEqualTo(1);
    }
}
