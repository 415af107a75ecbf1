package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.cli.CommandException.Rejected;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.AbortMigration;
import dev.kedge.schemas.command.Command.FinishMigration;
import dev.kedge.schemas.command.Command.RollbackMigration;
import dev.kedge.schemas.command.Command.StartMigration;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Keeps ranges on the move: starts migrations, and finishes, rolls back or aborts each as was drawn for it. Looks at what is decided, not at
 * what it asked: a command whose answer got lost was asked all the same.
 */
final class ChaosMigrations {
    /** The keyspace is moved in this many equal blocks of slots. */
    private static final int BLOCKS = 6;

    private static final int MOST_AT_ONCE = 2;
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int LONGEST_WINDOW_MILLIS = 2_500;
    private static final MigrationOptions OPTIONS =
            new MigrationOptions(2_000, 600_000, 4_000, 1_000, 200, 1_000, 2_000, 3, OnDivergence.RECOPY);

    private enum Wish {
        FINISH,
        ROLL_BACK,
        ABORT
    }

    /** What was drawn for a migration, and how far that has come. */
    private static final class Course {
        final Wish wish;
        final int patienceMillis;
        Phase seen = Phase.PLANNED;
        long seenNanos = System.nanoTime();
        long askedNanos = System.nanoTime() - ASK_AGAIN_NANOS;

        Course(Wish wish, int patienceMillis) {
            this.wish = wish;
            this.patienceMillis = patienceMillis;
        }
    }

    private final CellSession session;
    private final String keyspace;
    private final Random random;
    private final Map<String, Course> courses = new HashMap<>();
    /** The next wishes: of six, three finish, two roll back, one aborts. */
    private final List<Wish> deck = new ArrayList<>(List.of(Wish.FINISH, Wish.ROLL_BACK));

    private final ChaosDrains drains;
    private long startedNanos;

    ChaosMigrations(CellSession session, String keyspace, long seed) {
        this.session = session;
        this.keyspace = keyspace;
        this.random = new Random(seed);
        this.drains = new ChaosDrains(session, OPTIONS, random);
    }

    /** Takes in what was decided and asks for what comes next; waits a little. */
    void step(boolean startMore) {
        trying(() -> session.poll(POLL));
        List<Migration> running = running();
        for (Migration migration : running) {
            Course course = courses.computeIfAbsent(migration.id(), id -> draw());
            follow(migration, course, startMore);
        }
        drains.step(startMore);
        long now = System.nanoTime();
        if (startMore && running.size() < MOST_AT_ONCE && now - startedNanos > ASK_AGAIN_NANOS / 6) {
            startedNanos = now;
            startOne();
        }
    }

    private Course draw() {
        if (deck.isEmpty()) {
            deck.addAll(List.of(Wish.FINISH, Wish.FINISH, Wish.FINISH, Wish.ROLL_BACK, Wish.ROLL_BACK, Wish.ABORT));
            Collections.shuffle(deck, random);
        }
        return new Course(deck.removeFirst(), random.nextInt(LONGEST_WINDOW_MILLIS));
    }

    /** Whether every migration has ended, and every worker is in use. */
    boolean isSettled() {
        return running().isEmpty() && drains.isOver();
    }

    /** How many workers were drained until they were empty. */
    long drained() {
        return drains.emptied();
    }

    /** Those that have not ended. */
    List<Migration> running() {
        List<Migration> running = new ArrayList<>();
        for (String id : session.view().migrations()) {
            Migration migration = session.state().migration(id);
            if (migration != null && !migration.isTerminal()) {
                running.add(migration);
            }
        }
        return running;
    }

    /** How many have ended in which way. */
    Map<Phase, Integer> ended() {
        Map<Phase, Integer> ended = new EnumMap<>(Phase.class);
        for (String id : session.view().migrations()) {
            Migration migration = session.state().migration(id);
            if (migration != null && migration.isTerminal()) {
                ended.merge(migration.phase(), 1, Integer::sum);
            }
        }
        return ended;
    }

    /** How often a shard was opened by another worker. */
    long failovers() {
        long count = 0;
        for (int i = 1; i <= ChaosCell.WORKERS; i++) {
            if (session.state().shard(CellSetup.shard(i)) instanceof Shard.Assigned assigned) {
                count += assigned.epoch() - 1;
            }
        }
        return count;
    }

    private void follow(Migration migration, Course course, boolean dawdle) {
        long now = System.nanoTime();
        if (migration.phase() != course.seen) {
            course.seen = migration.phase();
            course.seenNanos = now;
        }
        boolean due = !dawdle || now - course.seenNanos >= TimeUnit.MILLISECONDS.toNanos(course.patienceMillis);
        if (!due || now - course.askedNanos < ASK_AGAIN_NANOS) {
            return;
        }
        switch (migration.phase()) {
            case COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING -> {
                if (course.wish == Wish.ABORT && !migration.isReturning()) {
                    ask(course, new AbortMigration(migration.id(), "chaos"));
                }
            }
            case ROLLBACK_WINDOW ->
                ask(
                        course,
                        course.wish == Wish.ROLL_BACK
                                ? new RollbackMigration(migration.id(), "chaos")
                                : new FinishMigration(migration.id()));
            case PLANNED, CUTOVER, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> {}
        }
    }

    private void ask(Course course, Command command) {
        course.askedNanos = System.nanoTime();
        trying(() -> session.send(command));
    }

    private void startOne() {
        Keyspace moved = session.keyspace(keyspace);
        int block = random.nextInt(BLOCKS);
        int shard = random.nextInt(ChaosCell.WORKERS);
        KeyRange range = block(block);
        Keyspace.Placed placed = moved.tabletAt(range.start());
        String to = CellSetup.shard(shard + 1);
        if (placed.tablet().migration() != null || placed.tablet().shard().equals(to)) {
            return;
        }
        trying(() -> session.send(
                new StartMigration(keyspace, placed.tablet().shard(), to, range.start(), range.end(), OPTIONS)));
    }

    private static KeyRange block(int number) {
        int from = number * Slots.COUNT / BLOCKS;
        int to = (number + 1) * Slots.COUNT / BLOCKS;
        return new KeyRange(from == 0 ? Bytes.EMPTY : Slots.bound(from), to == Slots.COUNT ? null : Slots.bound(to));
    }

    /**
     * A refusal is an answer: things have moved on since. So is none within the time: the command stands in its topic, and what comes of
     * it will be seen among the events.
     */
    static void trying(Runnable asking) {
        try {
            asking.run();
        } catch (Rejected | Failed e) {
            // seen by what is decided, or not decided, from here on
        }
    }
}
