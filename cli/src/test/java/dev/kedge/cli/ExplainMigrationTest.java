package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.schemas.event.Event;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code kedge explain migration} counts as having held a migration up. */
final class ExplainMigrationTest {
    @Test
    void each_remedy_against_writes_that_outrun_the_replay_is_told() {
        assertThat(Event.Remedy.values())
                .allMatch(remedy -> ExplainMigration.isHindrance(
                        new Event.ReplicationOutrun("m1", remedy, 5_000, 1_000, 800, 30_000)));
    }

    @Test
    void what_waits_is_told_and_what_goes_as_planned_is_not() {
        assertThat(Stream.<Event.OfMigration>of(
                        new Event.CutoverDeferred("m1", 250_000, 100),
                        new Event.DualWriteLost("m1", "the replica is silent"),
                        new Event.VerificationSkipped("m1", 1, "the owner has failed")))
                .allMatch(ExplainMigration::isHindrance);
        assertThat(Stream.<Event.OfMigration>of(
                        new Event.DualWriteStarted("m1"),
                        new Event.CutoverCommitted("m1", false, 5_000),
                        new Event.MigrationCompleted("m1", 3)))
                .noneMatch(ExplainMigration::isHindrance);
    }
}
