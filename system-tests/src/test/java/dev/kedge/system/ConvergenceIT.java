package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A destination that is slower than the writes, because its copy is limited to less than what is written. */
@Timeout(180)
final class ConvergenceIT {
    private static final KeyRange MOVING = TestCell.slots(0, 8192);

    @TempDir
    Path dir;

    private TestCell cell;

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 2);
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void the_copys_limit_is_lifted_when_writes_outrun_it_and_nothing_is_lost() {
        MigrationOptions options = new MigrationOptions(1_000, 600_000, 1, 5, 200, 1_000, 2_000, 2, OnDivergence.ABORT)
                .withPatience(2_000, 5, 60_000);
        try (KedgeKeys keys = new KedgeKeys(cell);
                Traffic traffic = Traffic.start(keys)) {
            traffic.awaitAnswers(1);
            String migration = cell.migrate("shard-1", "shard-2", MOVING, options);
            cell.await(
                    "it is outrun",
                    () -> cell.view().history(migration).stream()
                            .map(EventEnvelope::event)
                            .anyMatch(Event.ReplicationOutrun.class::isInstance));
            Event.ReplicationOutrun outrun = cell.event(migration, Event.ReplicationOutrun.class);
            assertThat(outrun.remedy()).isEqualTo(Event.Remedy.LIFT_LIMIT);
            assertThat(outrun.writtenPerSecond()).isGreaterThan(outrun.appliedPerSecond());
            assertThat(outrun.lagRecords()).isGreaterThan(5);

            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
            assertThat(cell.event(migration, Event.CutoverCompleted.class).measuredStallMicros())
                    .isNotNegative();
            traffic.awaitAnswers(300);
            traffic.verdict();
            assertThat(traffic.errors()).isEqualTo(List.of());
        }
    }
}
