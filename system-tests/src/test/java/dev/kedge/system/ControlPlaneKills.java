package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Kills control planes with -9 in the middle of migrations (I9). One cell, one stream of traffic; half of a shard's slots goes back and forth, a
 * migration for each kill. Not thread-safe.
 */
final class ControlPlaneKills implements AutoCloseable {
    static final KeyRange MOVING = TestCell.slots(0, 4096);
    private static final Map<String, String> LOADED = JedisKeys.rows(6_000);

    /** How long the copy takes where it is to be caught copying: about a second. */
    private static final int SLOW_ROWS_PER_SECOND = 1_500;

    /** How often a phase that lasts some milliseconds only may be over before the kill arrives. */
    private static final int TRIES = 5;

    /** Nobody decides for as long as Kafka waits for the one that was killed, 6 s, and a process takes to start, with room for a busy machine. */
    private static final Duration UNDECIDED = Duration.ofSeconds(25);

    /** Clients don't wait for a control plane: they get their next hundred answers as fast as ever, with room for a busy machine. */
    private static final Duration ANSWERED = Duration.ofSeconds(5);

    final TestCell cell;
    final Traffic traffic;
    private final boolean standby;
    private final JedisKeys jedis;
    private String owner = "shard-1";

    private interface Kill {
        /** Returns the phase the migration really was in when the control plane died. */
        Phase in(Phase phase);
    }

    /** @param controlPlanes with one, it is started again after a kill; with two, the other takes over */
    ControlPlaneKills(Path dir, int controlPlanes) {
        standby = controlPlanes > 1;
        cell = TestCell.start(dir, TestCell.Setup.shared(2, controlPlanes));
        jedis = new JedisKeys(cell);
        jedis.load(LOADED);
        traffic = Traffic.start(jedis);
    }

    @Override
    public void close() {
        traffic.close();
        jedis.close();
        cell.close();
    }

    /** The shard that the moving slots are to go to next. */
    String destination() {
        return owner.equals("shard-1") ? "shard-2" : "shard-1";
    }

    String migrate(MigrationOptions options) {
        return cell.migrate(owner, destination(), MOVING, options);
    }

    /** Waits until it is over; from then on its destination is the owner. */
    void awaitCompleted(String migration) {
        cell.awaitPhase(migration, Phase.COMPLETED);
        owner = cell.migration(migration).plan().to();
        assertNothingHappened();
    }

    void assertCompletesAfterAKillIn(Phase phase) {
        assertKilledIn(phase, this::migrateAndKill);
    }

    void assertRollsBackAfterAKillIn(Phase phase) {
        assertKilledIn(phase, this::rollBackAndKill);
    }

    private void assertKilledIn(Phase phase, Kill kill) {
        Phase killedIn = kill.in(phase);
        for (int i = 1; i < TRIES && killedIn != phase; i++) {
            killedIn = kill.in(phase);
        }
        assertThat(killedIn).isEqualTo(phase);
    }

    /** Copying, dual-writing and the window last long enough to be caught; all else takes the time it takes. */
    static MigrationOptions options(@Nullable Phase phase) {
        int rowsPerSecond = phase == Phase.COPYING ? SLOW_ROWS_PER_SECOND : 0;
        int dualWriteMillis = phase == Phase.DUAL_WRITE || phase == Phase.CATCHING_UP ? 2_000 : 100;
        int windowMillis = phase == Phase.ROLLBACK_WINDOW ? 1_000 : 0;
        return options(rowsPerSecond, dualWriteMillis, windowMillis);
    }

    static MigrationOptions options(int rowsPerSecond, int dualWriteMillis, int windowMillis) {
        return new MigrationOptions(
                1_000, windowMillis, rowsPerSecond, 1_000, dualWriteMillis, 2_000, 2_000, 2, OnDivergence.ABORT);
    }

    private Phase migrateAndKill(Phase phase) {
        String migration = migrate(options(phase));
        boolean pause =
                phase == Phase.CATCHING_UP; // else over at once when the copy was fast; a pause ends the dual-write
        if (pause) {
            cell.awaitPhase(migration, Phase.DUAL_WRITE);
            int mark = cell.mark();
            cell.ask(new Command.PauseMigration(migration));
            cell.awaitPhase(migration, phase, mark);
        } else {
            cell.awaitPhase(migration, phase);
        }
        Phase killedIn = kill(migration);
        if (pause) {
            cell.ask(new Command.ResumeMigration(migration));
        }
        awaitCompleted(migration);
        cell.restartOrchestrators();
        return killedIn;
    }

    private Phase rollBackAndKill(Phase phase) {
        String migration = migrate(options(0, 100, 600_000));
        cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
        int mark = cell.mark();
        cell.send(new Command.RollbackMigration(migration, "to be killed on the way back"));
        cell.awaitPhase(migration, phase, mark);
        Phase killedIn = kill(migration);
        cell.awaitPhase(migration, Phase.ROLLED_BACK, mark);
        assertNothingHappened();
        cell.restartOrchestrators();
        return killedIn;
    }

    /** Kills the one that decides; returns when another one does or it does again, with the phase the migration was in meanwhile. */
    Phase kill(String migration) {
        cell.orchestrator().kill();
        long begun = System.nanoTime();
        Phase killedIn = cell.phaseNow(migration);
        traffic.awaitAnswers(100, ANSWERED);
        if (standby) {
            cell.awaitDeciding();
        } else {
            cell.restartOrchestrators();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .as("nobody decided")
                .isLessThan(UNDECIDED);
        return killedIn;
    }

    private void assertNothingHappened() {
        jedis.assertHolds(LOADED);
        assertThat(traffic.errors()).isEmpty();
    }
}
