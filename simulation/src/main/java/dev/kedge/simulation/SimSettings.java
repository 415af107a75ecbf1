package dev.kedge.simulation;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.worker.engine.EngineSettings;
import java.util.EnumSet;
import java.util.Set;

/**
 * The size of a simulation.
 *
 * @param chaosMillis simulated time with traffic, commands and faults
 * @param settleMillis simulated time after the last fault within which every migration must end (I9)
 * @param faults what may go wrong
 * @param faultEveryMillis mean time between two faults of processes and networks
 * @param appendFaultProbability of each append
 */
public record SimSettings(
        int workers,
        int shards,
        int clients,
        int keys,
        long chaosMillis,
        long settleMillis,
        Set<Fault> faults,
        long faultEveryMillis,
        double appendFaultProbability,
        EngineSettings engine,
        ControlPlaneSettings controlPlane) {

    /** Everything fast, so that a few simulated seconds hold many migrations. */
    public static final SimSettings DEFAULTS = new SimSettings(
            3,
            4,
            5,
            20,
            15_000,
            60_000,
            EnumSet.allOf(Fault.class),
            400,
            0.003,
            new EngineSettings(300, 70, 600, 60, 200, 1024, 8192, 8, 5, 100, 200, 4, 3_000, 200, 400, 100, 5),
            new ControlPlaneSettings(
                    "sim", 1_500, 1_200, 3_000, 1_000, 200, 500, 5_000, 5_000, 20_000, 2, 6, 16, 48, 64, 2, 100,
                    60_000));

    public SimSettings {
        faults = faults.isEmpty() ? Set.of() : EnumSet.copyOf(faults);
    }

    /** The same without any fault. */
    public SimSettings calm() {
        return withFaults(Set.of());
    }

    /** The same with another time for everything to end in. */
    public SimSettings settlingWithin(long millis) {
        return with(faults, millis, engine);
    }

    public SimSettings withFaults(Set<Fault> only) {
        return with(only, settleMillis, engine);
    }

    /** The same with tombstones that are removed sooner or later. */
    SimSettings withTombstoneRetention(long millis) {
        return with(faults, settleMillis, engine.withTombstoneRetention(millis));
    }

    /** The same with longer or shorter leases. */
    SimSettings withLease(long leaseMillis, long marginMillis) {
        EngineSettings e = engine;
        return with(
                faults,
                settleMillis,
                new EngineSettings(
                        leaseMillis,
                        marginMillis,
                        e.parkMillis(),
                        e.handoverParkMillis(),
                        e.maxParked(),
                        e.maxValueBytes(),
                        e.maxReplyBytes(),
                        e.maxImportsInFlight(),
                        e.progressEveryRows(),
                        e.progressEveryMillis(),
                        e.evictRowsPerSecond(),
                        e.evictBatchRows(),
                        e.tombstoneRetentionMillis(),
                        e.resendMillis(),
                        e.windowStalenessMillis(),
                        e.leastCopyRowsPerSecond(),
                        e.gapPatienceMillis()));
    }

    private SimSettings with(Set<Fault> newFaults, long newSettleMillis, EngineSettings newEngine) {
        return new SimSettings(
                workers,
                shards,
                clients,
                keys,
                chaosMillis,
                newSettleMillis,
                newFaults,
                faultEveryMillis,
                appendFaultProbability,
                newEngine,
                controlPlane);
    }
}
