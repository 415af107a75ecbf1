package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.history.Linearizability;
import dev.kedge.model.Bytes;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that read, write, delete and count, on few enough keys that they meet; everything asked and answered is recorded. They pause
 * a moment between operations: the machine is shared with what is tested.
 */
final class Traffic implements AutoCloseable {
    static final int ROWS = 300;
    static final int COUNTERS = 20;
    private static final int CLIENTS = 4;
    private static final long PAUSE_NANOS = 8_000_000;

    private final String name;
    private final Keys keys;
    private final History history;
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    static Traffic start(Keys keys) {
        return start("", keys);
    }

    /** @param name begins its keys: nobody else's in this cell, and none that was used before */
    static Traffic start(String name, Keys keys) {
        return new Traffic(name, keys, new History(System::nanoTime)).begin("client", CLIENTS);
    }

    private Traffic(String name, Keys keys, History history) {
        this.name = name;
        this.keys = keys;
        this.history = history;
    }

    /** Further clients, who ask for the same keys in a way of their own, recorded in the same history; to be closed before this one's verdict. */
    Traffic alongside(String client, int clients, Keys others) {
        return new Traffic(name, others, history).begin(client, clients);
    }

    private Traffic begin(String client, int clients) {
        SplittableRandom seeds = new SplittableRandom(client.hashCode());
        for (int i = 0; i < clients; i++) {
            String who = client + "-" + i;
            SplittableRandom random = seeds.split();
            threads.add(Thread.ofPlatform().name(who).daemon().start(() -> run(who, random)));
        }
        return this;
    }

    private String row(int number) {
        return name + "row-" + number;
    }

    private String counter(int number) {
        return name + "counter-" + number;
    }

    private void run(String client, SplittableRandom random) {
        for (int n = 0; !stopped; n++) {
            int dice = random.nextInt(100);
            String row = row(random.nextInt(ROWS));
            if (dice < 45) {
                read(row);
            } else if (dice < 75) {
                write(row, client + "/" + n);
            } else if (dice < 82) {
                record(row, new Action.Delete(), () -> new Answer.Changed(keys.del(row)));
            } else {
                String counter = counter(random.nextInt(COUNTERS));
                record(counter, new Action.Increment(1), () -> new Answer.Sum(keys.incr(counter)));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Nullable
    String read(String key) {
        String[] got = new String[1];
        record(key, new Action.Read(), () -> {
            String value = keys.get(key);
            got[0] = value;
            return new Answer.Value(value == null ? null : Bytes.utf8(value));
        });
        return got[0];
    }

    void write(String key, String value) {
        record(key, new Action.Write(Bytes.utf8(value)), () -> {
            keys.set(key, value);
            return Answer.Done.DONE;
        });
    }

    private void record(String key, Action action, Supplier<Answer> operation) {
        History.Call call = history.invoke(Bytes.utf8(key), action);
        asked.incrementAndGet();
        try {
            call.ok(operation.get());
            answered.incrementAndGet();
        } catch (UnavailableException | Keys.Refused e) {
            call.failed(); // by its contract without effect
            errors.add(action + " of " + key + ": " + e);
        } catch (IndeterminateOutcomeException e) {
            call.indeterminate();
            errors.add(action + " of " + key + ": " + e);
        } catch (RuntimeException e) {
            call.indeterminate();
            errors.add(action + " of " + key + ": " + e);
        }
    }

    /** How many operations were begun. */
    long asked() {
        return asked.get();
    }

    /** Returns when clients have asked this often more, whatever they were told. */
    void awaitAsked(int more) {
        long from = asked();
        await("clients ask").atMost(Duration.ofSeconds(60)).until(() -> asked() - from >= more);
    }

    /** How many operations have got their answer. */
    long answered() {
        return answered.get();
    }

    /** Returns when clients got this many answers more: they are served. */
    void awaitAnswers(int more) {
        awaitAnswers(more, Duration.ofSeconds(60));
    }

    void awaitAnswers(int more, Duration within) {
        long from = answered();
        await("clients are answered").atMost(within).until(() -> answered() - from >= more);
    }

    /** What clients were told instead of an answer. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    /** Ends the traffic, reads every key once more, and checks all of it: nothing lost, doubled or stale (I2, I4). */
    Linearizability.Verdict verdict() {
        close();
        for (int i = 0; i < ROWS; i++) {
            read(row(i));
        }
        for (int i = 0; i < COUNTERS; i++) {
            read(counter(i));
        }
        Linearizability.Verdict verdict = Linearizability.check(history.operations());
        assertThat(verdict.violations()).isEmpty();
        return verdict;
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
