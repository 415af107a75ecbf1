package dev.kedge.worker.engine;

import dev.kedge.schemas.report.Report.MigrationReport;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Reports sent again and again until the migration has moved on, so that none can be lost for good. */
final class KeptReports {
    private static final class Kept {
        final MigrationReport report;
        final BooleanSupplier needed;
        long sentNanos;

        Kept(MigrationReport report, BooleanSupplier needed, long sentNanos) {
            this.report = report;
            this.needed = needed;
            this.sentNanos = sentNanos;
        }
    }

    private final Ports ports;
    private final long resendNanos;
    private final Map<String, Kept> kept = new HashMap<>();

    KeptReports(Ports ports, EngineSettings settings) {
        this.ports = ports;
        this.resendNanos = settings.resendMillis() * 1_000_000;
    }

    private static String key(String migration, Class<?> kind) {
        return migration + "/" + kind.getSimpleName();
    }

    /** Sends a report now, and again for as long as it is needed. */
    void keep(MigrationReport report, BooleanSupplier needed) {
        kept.put(
                key(report.migration(), report.getClass()),
                new Kept(report, needed, ports.clock().monotonicNanos()));
        ports.reports().send(report);
    }

    void clear() {
        kept.clear();
    }

    boolean has(String migration, Class<? extends MigrationReport> kind) {
        Kept found = kept.get(key(migration, kind));
        return found != null && found.needed.getAsBoolean();
    }

    void tick(long nowNanos) {
        kept.values().removeIf(k -> !k.needed.getAsBoolean());
        for (Kept k : kept.values()) {
            if (nowNanos - k.sentNanos >= resendNanos) {
                k.sentNanos = nowNanos;
                ports.reports().send(k.report);
            }
        }
    }
}
