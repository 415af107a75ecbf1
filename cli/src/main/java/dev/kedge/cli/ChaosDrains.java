package dev.kedge.cli;

import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.DrainWorker;
import dev.kedge.schemas.command.Command.UndrainWorker;
import dev.kedge.schemas.command.MigrationOptions;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has one worker after the other drained, and takes it back into use when it is empty, or has had its time: with all that breaks meanwhile some drains
 * take longer than a round.
 */
final class ChaosDrains {
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(40);
    private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final CellSession session;
    private final MigrationOptions options;
    private final Random random;
    private long nextNanos = System.nanoTime() + BETWEEN_NANOS;
    private long askedNanos = System.nanoTime() - ASK_AGAIN_NANOS;
    private long begunNanos;
    private boolean draining;
    private boolean counted;
    private long emptied;

    ChaosDrains(CellSession session, MigrationOptions options, Random random) {
        this.session = session;
        this.options = options;
        this.random = random;
    }

    /** Looks at what is decided, and asks for what comes next. */
    void step(boolean startMore) {
        Worker worker = outOfUse();
        long now = System.nanoTime();
        if (worker == null) {
            if (draining) {
                draining = false;
                nextNanos = now + BETWEEN_NANOS;
            }
            if (startMore && now - nextNanos >= 0) {
                ask(new DrainWorker(ChaosCell.worker(random.nextInt(ChaosCell.WORKERS)), options));
            }
            return;
        }
        if (!draining) {
            draining = true;
            counted = false;
            begunNanos = now;
        }
        boolean empty = worker.service() instanceof Worker.Drained;
        if (empty && !counted) {
            counted = true;
            emptied++;
        }
        if (empty || !startMore || now - begunNanos > LONGEST_NANOS) {
            ask(new UndrainWorker(worker.name()));
        }
    }

    /** Whether every worker is in use. */
    boolean isOver() {
        return outOfUse() == null;
    }

    /** How many workers were seen empty. */
    long emptied() {
        return emptied;
    }

    private @Nullable Worker outOfUse() {
        return session.state().workers().values().stream()
                .filter(worker -> !worker.isInUse())
                .findFirst()
                .orElse(null);
    }

    private void ask(Command command) {
        long now = System.nanoTime();
        if (now - askedNanos >= ASK_AGAIN_NANOS) {
            askedNanos = now;
            ChaosMigrations.trying(() -> session.send(command));
        }
    }
}
