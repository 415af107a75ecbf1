package dev.kedge.cli;

import dev.kedge.cli.ChaosFault.Group;
import dev.kedge.cli.CommandException.Failed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Does harm to a cell, two things at once at most, chosen by a seed: first each kind once, in any order, then any. Its choices depend on the seed
 * alone; what they meet depends on the moment.
 */
final class ChaosFaults implements AutoCloseable {
    private static final List<ChaosFault> ALL = List.of(ChaosFault.values());
    private static final int MOST_AT_ONCE = 2;
    private static final int LEAST_BETWEEN_MILLIS = 800;
    private static final int MOST_BETWEEN_MILLIS = 3_000;
    private static final int LONGEST_DELAY_MILLIS = 40;
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration HEALED_WITHIN = Duration.ofSeconds(150);

    private final ChaosCell cell;
    private final Random random;
    private final Consumer<String> told;
    private final List<ChaosFault> order = new ArrayList<>();
    private final List<Strike> strikes = new ArrayList<>();
    private final Map<ChaosFault, Integer> counts = new EnumMap<>(ChaosFault.class);
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("chaos-faults").daemon()::unstarted);
    private boolean striking;
    private final List<String> crashes = new ArrayList<>();
    private int gaveUpStarting;
    private long nextNanos;

    /** A fault under way. */
    private static final class Strike {
        final ChaosFault fault;
        final int target;
        final long endNanos;
        final Runnable heal;

        @Nullable
        Future<?> healing;

        Strike(ChaosFault fault, int target, long endNanos, Runnable heal) {
            this.fault = fault;
            this.target = target;
            this.endNanos = endNanos;
            this.heal = heal;
        }
    }

    /** @param told of each fault, in a line */
    ChaosFaults(ChaosCell cell, long seed, Consumer<String> told) {
        this.cell = cell;
        this.random = new Random(seed);
        this.told = told;
        order.addAll(ALL);
        Collections.shuffle(order, random);
    }

    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** From now on parts are harmed until {@link #heal}. */
    void begin() {
        run(() -> striking = true);
        if (!started) {
            started = true;
            var unused = thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean started;

    /**
     * Ends all faults; returns when everything that was killed runs again.
     *
     * @throws Failed if something could not be brought back
     */
    void heal() {
        run(() -> {
            striking = false;
            for (Strike strike : strikes) {
                beginHealing(strike);
            }
        });
        for (Strike strike : List.copyOf(strikes)) {
            await(strike);
        }
        run(strikes::clear);
        check();
    }

    /** @throws Failed if striking or healing has failed by itself */
    void check() {
        if (ended.isCompletedExceptionally()) {
            throw new Failed(
                    "CHAOS_BROKE", "could not go on doing harm: " + ended.exceptionNow(), ended.exceptionNow());
        }
    }

    /** How often each kind has struck. */
    Map<ChaosFault, Integer> counts() {
        Map<ChaosFault, Integer> copy = new EnumMap<>(ChaosFault.class);
        run(() -> copy.putAll(counts));
        return copy;
    }

    int total() {
        return counts().values().stream().mapToInt(Integer::intValue).sum();
    }

    /** What is broken now, in words. */
    String now() {
        List<String> words = new ArrayList<>();
        run(() -> strikes.forEach(strike -> words.add(words(strike.fault, strike.target))));
        return words.isEmpty() ? "nothing broken" : String.join(", ", words);
    }

    /** On the thread that owns the state; returns when done. */
    private void run(Runnable task) {
        try {
            thread.submit(task).get();
        } catch (ExecutionException e) {
            throw new Failed("CHAOS_BROKE", "could not go on: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("INTERRUPTED", "interrupted", e);
        }
    }

    private static void await(Strike strike) {
        try {
            if (strike.healing != null) {
                strike.healing.get(HEALED_WITHIN.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new Failed("NOT_HEALED", words(strike.fault, strike.target) + ": could not be brought back: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("INTERRUPTED", "interrupted", e);
        }
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            for (Iterator<Strike> i = strikes.iterator(); i.hasNext(); ) {
                Strike strike = i.next();
                if (strike.healing == null && now - strike.endNanos >= 0) {
                    beginHealing(strike);
                }
                if (strike.healing != null && strike.healing.isDone()) {
                    await(strike);
                    i.remove();
                }
            }
            supervise();
            if (striking && now - nextNanos >= 0 && strikes.size() < MOST_AT_ONCE) {
                strike();
                nextNanos = System.nanoTime() + millis(LEAST_BETWEEN_MILLIS, MOST_BETWEEN_MILLIS);
            }
        } catch (RuntimeException e) {
            ended.completeExceptionally(e);
            throw e; // ends the ticks; check() tells
        }
    }

    /**
     * What has ended without being killed is started again, as whoever runs such processes does. One that was to start while Kafka could not
     * be reached may give up; one that has been ready must not end by itself, whatever breaks.
     */
    private void supervise() {
        for (int i = 0; i < cell.workers().size(); i++) {
            int number = i;
            if (strikes.stream().noneMatch(s -> s.fault.group == Group.WORKER && s.target == number)) {
                restart(cell.workers().get(i));
            }
        }
        if (strikes.stream().noneMatch(s -> s.fault.group == Group.CONTROL_PLANE)) {
            cell.orchestrators().forEach(this::restart);
        }
    }

    private void restart(ChaosPart part) {
        if (!part.isAlive()) {
            if (part.wasReady()) {
                crashes.add(part.describeEnd());
            } else {
                gaveUpStarting++;
            }
            told.accept(part.name() + " has ended by itself and is started again");
            cell.start(part);
        }
    }

    /** How many processes have ended, without being killed, before they were ready. */
    int gaveUpStarting() {
        int[] count = new int[1];
        run(() -> count[0] = gaveUpStarting);
        return count[0];
    }

    /** Of each process that was ready and has ended without being killed, since this was last asked: how, and its last words. */
    List<String> crashes() {
        List<String> taken = new ArrayList<>();
        run(() -> {
            taken.addAll(crashes);
            crashes.clear();
        });
        return taken;
    }

    private static void beginHealing(Strike strike) {
        if (strike.healing == null) {
            strike.healing = CompletableFuture.runAsync(strike.heal);
        }
    }

    private long millis(int least, int most) {
        return TimeUnit.MILLISECONDS.toNanos(least + random.nextInt(most - least + 1));
    }

    private void strike() {
        ChaosFault fault = order.isEmpty() ? ALL.get(random.nextInt(ALL.size())) : order.getFirst();
        int target = random.nextInt(ChaosCell.WORKERS);
        long lasts = millis(fault.leastMillis, fault.mostMillis);
        int delay = 1 + random.nextInt(LONGEST_DELAY_MILLIS);
        if (strikes.stream().anyMatch(s -> s.fault.group == fault.group && meets(s, fault, target))
                || (fault.group == Group.KAFKA && !cell.isReplicated())) {
            return; // it has enough to bear, and a second broker down would be more than Kafka promises to outlive
        }
        Runnable heal = begin(fault, target, Duration.ofMillis(delay));
        if (heal == null) {
            return; // nobody decides at the moment
        }
        order.remove(fault);
        counts.merge(fault, 1, Integer::sum);
        strikes.add(new Strike(fault, target, System.nanoTime() + lasts, heal));
        told.accept(words(fault, target) + " for " + Durations.show(TimeUnit.NANOSECONDS.toMillis(lasts)));
    }

    /** Whether both would strike the same; of brokers and control planes one is to be well. */
    private static boolean meets(Strike strike, ChaosFault fault, int target) {
        return switch (fault.group) {
            case WORKER, CLIENTS -> strike.target == target;
            case CONTROL_PLANE, KAFKA -> true;
        };
    }

    private static String words(ChaosFault fault, int target) {
        String name = fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return switch (fault.group) {
            case WORKER, CLIENTS -> name + " (worker-" + (target + 1) + ")";
            case KAFKA -> name + " (" + (target + 1) + ")";
            case CONTROL_PLANE -> name;
        };
    }

    /** Does it; returns what ends it, or null if there is nothing to do it to. */
    private @Nullable Runnable begin(ChaosFault fault, int target, Duration delay) {
        String worker = ChaosCell.worker(target);
        return switch (fault) {
            case WORKER_KILLED, WORKER_DEAD -> kill(cell.worker(worker));
            case WORKER_AND_DISK_LOST -> {
                Runnable restart = kill(cell.worker(worker));
                cell.loseDisk(worker);
                yield restart;
            }
            case WORKER_SUSPENDED, WORKER_STANDS_STILL -> suspend(cell.worker(worker));
            case WORKER_CUT_OFF, WORKER_PARTITIONED -> {
                cell.link(worker).cut();
                yield cell.link(worker)::heal;
            }
            case WORKER_HANGS -> {
                cell.link(worker).hang();
                yield cell.link(worker)::heal;
            }
            case WORKER_SLOW -> {
                cell.link(worker).delay(delay);
                yield cell.link(worker)::heal;
            }
            case DECIDER_KILLED -> ofDecider(this::kill);
            case DECIDER_SUSPENDED -> ofDecider(ChaosFaults::suspend);
            case STANDBY_KILLED -> {
                ChaosPart deciding = cell.deciding();
                yield deciding == null
                        ? null
                        : cell.orchestrators().stream()
                                .filter(part -> part != deciding)
                                .findFirst()
                                .map(this::kill)
                                .orElse(null);
            }
            case BROKER_KILLED -> {
                cell.broker(target).kill();
                yield () -> cell.restart(cell.broker(target));
            }
            case BROKER_SUSPENDED -> {
                long pid = cell.broker(target).pid();
                ChaosPart.signal(pid, "STOP");
                yield () -> ChaosPart.signal(pid, "CONT");
            }
            case CLIENTS_CUT_OFF -> {
                cell.clientLink(target).cut();
                yield cell.clientLink(target)::heal;
            }
            case CLIENTS_HANG -> {
                cell.clientLink(target).hang();
                yield cell.clientLink(target)::heal;
            }
            case CLIENTS_SLOW -> {
                cell.clientLink(target).delay(delay);
                yield cell.clientLink(target)::heal;
            }
        };
    }

    private interface Harm {
        Runnable to(ChaosPart part);
    }

    private @Nullable Runnable ofDecider(Harm harm) {
        ChaosPart deciding = cell.deciding();
        return deciding == null ? null : harm.to(deciding);
    }

    private Runnable kill(ChaosPart part) {
        part.kill();
        return () -> cell.start(part);
    }

    private static Runnable suspend(ChaosPart part) {
        part.suspend();
        return part::wake;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
