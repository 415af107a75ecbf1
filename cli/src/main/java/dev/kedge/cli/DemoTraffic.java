package dev.kedge.cli;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.Slots;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.KedgeException;
import dev.kedge.router.KeyspaceClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Clients that go on asking at a steady pace: reads, writes of values nobody else writes, deletes, increments; some keys more often than
 * others, so that operations on one key meet. Everything asked and answered goes into the history.
 */
final class DemoTraffic implements AutoCloseable {
    private static final int HOT_KEYS = 1_000;
    private static final int HOT_PERCENT = 30;
    private static final int READ_PERCENT = 55;
    private static final int WRITE_PERCENT = 30;
    private static final int DELETE_PERCENT = 5;
    private static final int KEPT_ERRORS = 20;
    private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(2);

    private final KeyspaceClient keys;
    private final RowChoice choice;
    private final History history;
    private final IntPredicate movingSlots;
    private final String writer;
    private final int clients;
    private volatile long nanosBetween;
    private final List<Thread> threads = new ArrayList<>();
    private final Recorder moving = new Recorder(LONGEST_MICROS, 3);
    private final Recorder staying = new Recorder(LONGEST_MICROS, 3);
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final Queue<String> errorTexts = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /** Latencies as clients saw them, from call to answer, in microseconds; moving: of the keys that migrate. */
    record Window(Histogram moving, Histogram staying, long errors) {}

    /** Which row is asked for next. */
    @FunctionalInterface
    interface RowChoice {
        /** Returns its index. Called by many threads, each with a generator of its own. */
        int next(SplittableRandom random);
    }

    /** Some rows more often than others, wherever they lie. */
    private static RowChoice someHot(int rows) {
        return random -> random.nextInt(random.nextInt(100) < HOT_PERCENT ? Math.min(HOT_KEYS, rows) : rows);
    }

    /** @param writer stands in every value written, so that no other traffic writes the same */
    DemoTraffic(
            KeyspaceClient keys,
            DemoRows rows,
            History history,
            int clients,
            int rate,
            long seed,
            IntPredicate movingSlots,
            String writer) {
        this(keys, someHot(rows.rows()), history, clients, rate, seed, movingSlots, writer);
    }

    /**
     * @param rate operations per second of all clients together
     * @param writer stands in every value written, so that no other traffic writes the same
     */
    DemoTraffic(
            KeyspaceClient keys,
            RowChoice choice,
            History history,
            int clients,
            int rate,
            long seed,
            IntPredicate movingSlots,
            String writer) {
        this.writer = writer;
        this.keys = keys;
        this.choice = choice;
        this.history = history;
        this.movingSlots = movingSlots;
        this.clients = clients;
        pace(rate);
        SplittableRandom seeds = new SplittableRandom(seed);
        for (int i = 0; i < clients; i++) {
            Client client = new Client(i, seeds.split());
            threads.add(Thread.ofPlatform().name("client-" + i).daemon().unstarted(client::run));
        }
    }

    /** From each client's next operation on: so many operations per second of all clients together. */
    final void pace(int rate) {
        nanosBetween = TimeUnit.SECONDS.toNanos(1) * clients / rate;
    }

    void start() {
        threads.forEach(Thread::start);
    }

    /** What happened since the last call. */
    Window window(long errorsBefore) {
        return new Window(moving.getIntervalHistogram(), staying.getIntervalHistogram(), errors.get() - errorsBefore);
    }

    long operations() {
        return operations.get();
    }

    long errors() {
        return errors.get();
    }

    /** The first errors clients got. */
    List<String> errorTexts() {
        return List.copyOf(errorTexts);
    }

    @Override
    public void close() {
        stop();
    }

    /** Ends the traffic; every operation has its answer or its error when it returns. */
    void stop() {
        stopped = true;
        threads.forEach(LockSupport::unpark);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private final class Client {
        private final int number;
        private final SplittableRandom random;
        private long sequence;

        Client(int number, SplittableRandom random) {
            this.number = number;
            this.random = random;
        }

        void run() {
            long next = System.nanoTime() + random.nextLong(nanosBetween + 1);
            while (!stopped) {
                long wait = next - System.nanoTime();
                if (wait > 0) {
                    LockSupport.parkNanos(wait);
                } else {
                    // Who fell behind catches up a little, and does not run wild afterwards.
                    next = Math.max(next, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(50)) + nanosBetween;
                    operate();
                }
            }
        }

        private void operate() {
            int dice = random.nextInt(100);
            if (dice < READ_PERCENT) {
                Bytes key = row();
                record(key, new Action.Read(), () -> new Answer.Value(keys.get(key)));
            } else if (dice < READ_PERCENT + WRITE_PERCENT) {
                Bytes key = row();
                Bytes value = DemoRows.value("written " + writer + number + "/" + sequence++);
                record(key, new Action.Write(value), () -> {
                    keys.set(key, value);
                    return Answer.Done.DONE;
                });
            } else if (dice < READ_PERCENT + WRITE_PERCENT + DELETE_PERCENT) {
                Bytes key = row();
                record(key, new Action.Delete(), () -> new Answer.Changed(keys.del(key)));
            } else {
                Bytes key = DemoRows.counter(random.nextInt(DemoRows.COUNTERS));
                record(key, new Action.Increment(1), () -> new Answer.Sum(keys.incrBy(key, 1)));
            }
        }

        private Bytes row() {
            return DemoRows.row(choice.next(random));
        }

        private void record(Bytes key, Action action, Supplier<Answer> operation) {
            Recorder latencies = movingSlots.test(Slots.of(key)) ? moving : staying;
            History.Call call = history.invoke(key, action);
            long begun = System.nanoTime();
            try {
                Answer answer = operation.get();
                call.ok(answer);
            } catch (IndeterminateOutcomeException e) {
                call.indeterminate();
                error(e);
            } catch (KedgeException e) {
                call.failed(); // by its contract without effect
                error(e);
            } catch (RuntimeException e) {
                call.indeterminate();
                error(e);
            }
            latencies.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - begun) / 1_000));
            operations.incrementAndGet();
        }

        private void error(RuntimeException e) {
            if (errors.incrementAndGet() <= KEPT_ERRORS) {
                errorTexts.add(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
            }
        }
    }
}
