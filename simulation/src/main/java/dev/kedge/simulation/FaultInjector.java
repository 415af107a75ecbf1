package dev.kedge.simulation;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes things go wrong at random moments, and puts them right again. */
final class FaultInjector {
    /** Cleaners wait longer than it takes to notice a void record and repair it (R5). */
    private static final long COMPACTION_LAG_MILLIS = 2_500;

    /** How often a fault meets a migration's step. */
    private static final double AT_A_STEP = 0.05;

    /** How often a worker that was dead gets its shards back so late that tombstones are gone from their logs (R0). */
    private static final double LATE = 0.4;

    private static final long SLOWEST_DELETE_MILLIS = 600;

    /** How often the former owner is cut off from everything but clients while a tablet is taken from it. */
    private static final double AT_A_CUTOVER = 0.2;

    private static final List<Fault> AT_A_STEP_FAULTS = List.of(
            Fault.WORKER_CRASH,
            Fault.WORKER_CRASH_WITHOUT_DISK,
            Fault.WORKER_RESTART,
            Fault.WORKER_DEATH,
            Fault.WORKER_LONG_PAUSE,
            Fault.WORKER_PAUSE,
            Fault.WORKER_SUSPEND,
            Fault.WORKER_CUT_OFF,
            Fault.WORKER_REPORTS_LOST,
            Fault.LEADER_CHANGE,
            Fault.DELAYED_DELIVERY,
            Fault.DELAYED_DELIVERY,
            Fault.DELAYED_DELIVERY);

    private final World world;
    /** Cleaners are at it all the time. */
    private static final long COMPACTION_EVERY_MILLIS = 1_500;

    private boolean running;
    /** No worker goes for long before: the one before is to be back. */
    private long nextDeathNanos;

    FaultInjector(World world) {
        this.world = world;
    }

    void run(boolean on) {
        boolean start = on && !running;
        running = on;
        if (start && !world.settings().faults().isEmpty()) {
            later();
        }
        if (start && world.settings().faults().contains(Fault.COMPACTION)) {
            compactLater();
        }
        if (start
                && world.settings().faults().contains(Fault.WORKER_DEATH)
                && world.scheduler().chance(LATE)) {
            // It takes long, so it has to begin early.
            world.scheduler().after(millis(1_000, 4_000), () -> {
                SimWorker worker = anyWorker();
                boolean one = worker.process().isAlive() && world.scheduler().nowNanos() >= nextDeathNanos;
                if (running && one && comeBackLate(worker)) {
                    world.count(Fault.WORKER_DEATH.name());
                }
            });
        }
    }

    private void compactLater() {
        world.scheduler().after(millis(1, 2 * COMPACTION_EVERY_MILLIS), () -> {
            if (running) {
                compactAll();
                compactLater();
            }
        });
    }

    private void later() {
        double mean = world.settings().faultEveryMillis() * (double) Scheduler.MILLI;
        long wait = (long) (-Math.log(1 - world.scheduler().random().nextDouble()) * mean);
        world.scheduler().after(wait, () -> {
            if (running) {
                strike();
                later();
            }
        });
    }

    private void strike() {
        List<Fault> all = new ArrayList<>(world.settings().faults());
        all.sort(null);
        Fault fault = world.scheduler().oneOf(all);
        if (inject(fault)) {
            world.count(fault.name());
            world.trace().say(() -> "fault " + fault);
        }
    }

    /** False for what strikes by itself elsewhere, or finds nothing to strike. */
    private boolean inject(Fault fault) {
        return switch (fault) {
            case WORKER_CRASH -> crash(anyWorker(), false);
            case WORKER_CRASH_WITHOUT_DISK -> crash(anyWorker(), true);
            case WORKER_DEATH -> die(anyWorker());
            case WORKER_LONG_PAUSE -> pauseForLong(anyWorker());
            case WORKER_RESTART -> restart(anyWorker());
            case WORKER_PAUSE -> pause(anyWorker(), false, millis(10, 700));
            case WORKER_SUSPEND -> pause(anyWorker(), true, millis(10, 700));
            case WORKER_CUT_OFF -> cutOff(anyWorker());
            case WORKER_REPORTS_LOST -> loseReports(anyWorker());
            case CLIENT_CUT_OFF -> {
                SimClient client = world.scheduler().oneOf(world.clients());
                world.network()
                        .cut(client.process(), anyWorker(), world.scheduler().nowNanos() + millis(100, 2_500));
                yield true;
            }
            case LEADER_CHANGE -> changeLeader(anyLog());
            case ORCHESTRATOR_CRASH -> crashOrchestrator();
            case ORCHESTRATOR_CRASH_IN_COMMIT -> {
                waitForCommit(200);
                yield false; // counted when it happens
            }
            case ORCHESTRATOR_PAUSE -> pause(world.controlPlane().process(), 1_500);
            case CLIENT_RESTART -> {
                SimClient client = world.scheduler().oneOf(world.clients());
                client.crash();
                client.start();
                yield true;
            }
            case SLOW_LOG -> {
                if (world.scheduler().chance(0.3)) {
                    anyWorker().link().slowUntil(world.scheduler().nowNanos() + millis(100, 1_500));
                    yield true;
                }
                anyLog().slowUntil(world.scheduler().nowNanos() + millis(100, 1_500));
                yield true;
            }
            case DELAYED_DELIVERY -> stall();
            case COMPACTION,
                    TOMBSTONE_EXPIRY,
                    LOST_ACKNOWLEDGEMENT,
                    LATE_APPEND,
                    FAILED_APPEND,
                    ACKNOWLEDGED_WITHOUT_OFFSET,
                    DUPLICATED_DELIVERY,
                    BROKEN_CONNECTION,
                    FAILED_READ,
                    FAILED_DIGEST -> false;
        };
    }

    private long millis(long from, long to) {
        return world.scheduler().between(from, to) * Scheduler.MILLI;
    }

    /** A migration has just moved on: the moment at which its shards' workers are needed most. */
    void migrationMoved(Migration migration) {
        if (running && migration.phase() == Phase.CUTOVER && world.scheduler().chance(AT_A_CUTOVER)) {
            isolate(migration);
        }
        if (!running || !world.scheduler().chance(AT_A_STEP)) {
            return;
        }
        String shard = world.scheduler().chance(0.5) ? migration.owner() : migration.replica();
        SimWorker worker = world.workerOf(shard);
        Fault fault = world.scheduler().oneOf(AT_A_STEP_FAULTS);
        if (worker == null || !world.settings().faults().contains(fault)) {
            return;
        }
        long soon = world.scheduler().between(0, 15 * Scheduler.MILLI);
        world.scheduler().after(fault == Fault.DELAYED_DELIVERY ? 0 : soon, () -> {
            boolean struck = switch (fault) {
                case WORKER_CRASH -> crash(worker, false);
                case WORKER_CRASH_WITHOUT_DISK -> crash(worker, true);
                case WORKER_RESTART -> restart(worker);
                case WORKER_DEATH -> die(worker);
                case WORKER_LONG_PAUSE -> pauseForLong(worker);
                case WORKER_PAUSE -> pause(worker, false, millis(10, 700));
                case WORKER_SUSPEND -> pause(worker, true, millis(10, 700));
                case WORKER_CUT_OFF -> cutOff(worker);
                case WORKER_REPORTS_LOST -> loseReports(worker);
                case LEADER_CHANGE -> changeLeader(world.truthOf(shard).log());
                case DELAYED_DELIVERY -> stall(worker.subscription());
                default -> false;
            };
            if (struck) {
                world.count(fault.name());
                world.trace().say(() -> "fault " + fault + " at " + worker.name() + " as " + migration.id() + " moves");
            }
        });
    }

    /** The former owner hears nothing of the cutover, so its log will be fenced by somebody else (R4). */
    private void isolate(Migration migration) {
        SimWorker former = world.workerOf(migration.replica());
        if (former != null
                && world.settings().faults().contains(Fault.DELAYED_DELIVERY)
                && stall(former.subscription())) {
            world.count(Fault.DELAYED_DELIVERY.name());
            world.trace().say(() -> "fault " + former.name() + " does not hear that " + migration.id() + " cuts over");
        }
    }

    /** A fence is about to reach a log whose owner still holds its lease and serves: now it loses its way to the log, or falls asleep. */
    void fenceIsComing(String shard) {
        SimWorker owner = world.workerOf(shard);
        if (!running || owner == null) {
            return;
        }
        if (world.strikes(Fault.WORKER_CUT_OFF, 0.5)) {
            owner.cutOff(millis(200, 2_500));
        } else if (world.strikes(Fault.SLOW_LOG, 0.6)) {
            owner.link().slowUntil(world.scheduler().nowNanos() + millis(200, 1_000));
        }
        if (world.scheduler().chance(0.3)
                && world.settings().faults().contains(Fault.WORKER_SUSPEND)
                && pause(owner, true, millis(10, 700))) {
            world.count(Fault.WORKER_SUSPEND.name());
        }
    }

    /** Somebody is about to open a shard that another worker still holds its lease for: now that one loses its way to the log. */
    void openingIsComing(String shard, SimWorker by) {
        for (SimWorker other : world.workers()) {
            if (running && other != by && other.process().isAlive() && other.hosts(shard)) {
                world.count("openings against a living owner");
                if (world.strikes(Fault.WORKER_CUT_OFF, 0.7)) {
                    other.cutOff(millis(300, 1_500));
                }
            }
        }
    }

    private boolean crash(SimWorker worker, boolean diskToo) {
        if (!worker.process().isAlive()) {
            return false;
        }
        worker.crash(diskToo);
        world.scheduler().after(millis(10, 1_500), worker::start);
        return true;
    }

    private void compactAll() {
        long retention = world.settings().engine().tombstoneRetentionMillis();
        world.truths().forEach(truth -> truth.log().compactIfTended(COMPACTION_LAG_MILLIS, retention));
    }

    /** One at a time, so that there is somebody to fail over to. */
    private boolean die(SimWorker worker) {
        if (!worker.process().isAlive() || world.scheduler().nowNanos() < nextDeathNanos) {
            return false;
        }
        if (world.scheduler().chance(LATE)) {
            return comeBackLate(worker);
        }
        worker.crash(world.scheduler().chance(0.5));
        long absence = millis(2_500, 6_000);
        nextDeathNanos = world.scheduler().nowNanos() + absence + 1_000 * Scheduler.MILLI;
        if (world.scheduler().chance(0.25)) {
            nextDeathNanos = Long.MAX_VALUE;
            world.count("workers that stay dead");
            return true;
        }
        world.scheduler().after(absence, worker::start);
        return true;
    }

    /**
     * Its shards are opened elsewhere, much is deleted there, the tombstones expire; then it is back with the stores it had, and whoever has its
     * shards dies.
     */
    private boolean comeBackLate(SimWorker worker) {
        List<String> shards = new ArrayList<>();
        worker.hosts().forEach(host -> shards.add(host.shard()));
        worker.crash(false);
        long now = world.scheduler().nowNanos();
        long deleted = millis(1_900, 2_600); // by then somebody else has its shards
        long seen = deleted + (COMPACTION_LAG_MILLIS + SLOWEST_DELETE_MILLIS) * Scheduler.MILLI;
        long expired = seen + (world.settings().engine().tombstoneRetentionMillis() + 1) * Scheduler.MILLI;
        long absence = expired + millis(10, 300);
        nextDeathNanos = now + absence + 5_000 * Scheduler.MILLI;
        world.scheduler().after(deleted, world.workload()::deleteWhatRests);
        world.scheduler().after(seen, this::compactAll);
        world.scheduler().after(expired, this::compactAll);
        world.scheduler().after(absence, worker::start);
        world.scheduler().after(absence + millis(300, 1_000), () -> {
            SimWorker successor =
                    shards.isEmpty() ? null : world.workerOf(world.scheduler().oneOf(shards));
            if (running
                    && successor != null
                    && successor != worker
                    && successor.process().isAlive()) {
                world.count(Fault.WORKER_DEATH.name());
                successor.crash(false);
                world.scheduler().after(millis(2_000, 4_000), successor::start);
            }
        });
        return true;
    }

    private boolean pauseForLong(SimWorker worker) {
        if (world.scheduler().nowNanos() < nextDeathNanos) {
            return false;
        }
        long length = millis(1_500, 3_000);
        if (!pause(worker, world.scheduler().chance(0.3), length)) {
            return false;
        }
        nextDeathNanos = world.scheduler().nowNanos() + length + 1_000 * Scheduler.MILLI;
        return true;
    }

    /** Some clients hear nothing either, and go on asking it. */
    private boolean loseReports(SimWorker worker) {
        if (!worker.process().isAlive()
                || worker.isStopping()
                || world.scheduler().nowNanos() < nextDeathNanos) {
            return false;
        }
        long length = millis(2_000, 3_500);
        nextDeathNanos = world.scheduler().nowNanos() + length + 1_000 * Scheduler.MILLI;
        worker.loseReports(length);
        for (SimClient client : world.clients()) {
            if (client.subscription() != null && world.scheduler().chance(0.5)) {
                client.subscription().stall(length);
            }
        }
        return true;
    }

    private boolean cutOff(SimWorker worker) {
        worker.cutOff(millis(50, 2_500));
        return true;
    }

    private boolean changeLeader(SimLog log) {
        log.leaderlessUntil(world.scheduler().nowNanos() + millis(20, 400));
        return true;
    }

    private SimLog anyLog() {
        return world.scheduler().oneOf(List.copyOf(world.truths())).log();
    }

    private boolean restart(SimWorker worker) {
        if (!worker.process().isAlive() || worker.isStopping()) {
            return false;
        }
        worker.stop(() -> world.scheduler().after(millis(10, 500), worker::start));
        return true;
    }

    private SimWorker anyWorker() {
        return world.scheduler().oneOf(List.copyOf(world.workers()));
    }

    private boolean pause(SimWorker worker, boolean suspend, long length) {
        long now = world.scheduler().nowNanos();
        if (!worker.process().isAlive() || worker.process().isPaused(now)) {
            return false;
        }
        worker.process().pauseUntil(now + length);
        if (suspend) {
            worker.clock().suspended(length);
        }
        return true;
    }

    private boolean pause(SimProcess process, long longestMillis) {
        if (!process.isAlive()) {
            return false;
        }
        process.pauseUntil(world.scheduler().nowNanos() + millis(10, longestMillis));
        return true;
    }

    private boolean crashOrchestrator() {
        if (!world.controlPlane().process().isAlive()) {
            return false;
        }
        world.controlPlane().crash();
        world.scheduler().after(millis(20, 1_500), world.controlPlane()::start);
        return true;
    }

    private void waitForCommit(int tries) {
        if (world.controlPlane().isInCommit()) {
            world.count(Fault.ORCHESTRATOR_CRASH_IN_COMMIT.name());
            crashOrchestrator();
        } else if (tries > 0 && running) {
            world.scheduler().after(2 * Scheduler.MILLI, () -> waitForCommit(tries - 1));
        }
    }

    private boolean stall() {
        List<ControlTopic.Subscription<?>> all = new ArrayList<>();
        for (SimWorker worker : world.workers()) {
            if (worker.subscription() != null) {
                all.add(worker.subscription());
            }
        }
        for (SimClient client : world.clients()) {
            if (client.subscription() != null) {
                all.add(client.subscription());
            }
        }
        if (all.isEmpty()) {
            return false;
        }
        return stall(world.scheduler().oneOf(all));
    }

    private boolean stall(ControlTopic.@Nullable Subscription<?> subscription) {
        if (subscription == null) {
            return false;
        }
        subscription.stall(millis(100, 2_000));
        return true;
    }
}
