package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.List;

/** Removes a range's rows from a shard that no longer holds it: throttled tombstones in its log, then {@code Evicted} (R9). */
final class Eviction {
    private final Host host;
    private final Duties.Duty duty;
    private final String migration;
    private final int attempt;
    private final RateLimit rate;
    private final int batchRows;
    /** Up to here all rows are gone. None comes back: the range is fenced, and an import of it waits for {@code Evicted}. */
    private Bytes from;

    private int inFlight;
    private long rows;
    private boolean concluding;
    private boolean done;

    Eviction(Host host, Duties.Duty duty, String migration, int attempt) {
        this.host = host;
        this.duty = duty;
        this.migration = migration;
        this.attempt = attempt;
        this.rate = new RateLimit(host.settings().evictRowsPerSecond(), host.nowNanos());
        this.batchRows = host.settings().evictBatchRows();
        this.from = duty.span().from();
    }

    long rows() {
        return rows;
    }

    boolean isDone() {
        return done;
    }

    void tick() {
        if (!isConfirmed() || concluding) {
            return;
        }
        int limit = Math.min(batchRows, rate.available(host.nowNanos()));
        if (limit <= 0) {
            return;
        }
        host.commit();
        // Not from the start of the range: a scan passes each row deleted before it.
        List<Ports.Row> batch = host.store().scan(from, duty.span().to(), limit);
        if (batch.isEmpty()) {
            conclude();
            return;
        }
        rate.take(batch.size());
        inFlight = batch.size();
        from = batch.getLast().key().successor();
        for (Ports.Row row : batch) {
            host.append(
                    Lane.BULK,
                    row.key(),
                    new ShardRecord.EvictRow(
                            host.epoch(), host.incarnation(), duty.tablet().version(), migration, attempt),
                    new Pending.Outcome() {
                        @Override
                        public void applied(long offset, Verdict verdict) {
                            inFlight--;
                            rows++;
                        }

                        @Override
                        public void lost() {}
                    });
        }
    }

    /** R9: every tombstone sent so far stands in the log. */
    private boolean isConfirmed() {
        return inFlight == 0;
    }

    /** All tombstones are confirmed, so none can come after this record and still count. */
    private void conclude() {
        concluding = true;
        KeyRange range = duty.tablet().range();
        host.append(
                Lane.FOREGROUND,
                host.controlKey('E'),
                new ShardRecord.Evicted(
                        host.epoch(),
                        host.incarnation(),
                        duty.keyspaceId(),
                        range,
                        duty.tablet().version(),
                        migration,
                        attempt),
                new Pending.Outcome() {
                    @Override
                    public void applied(long offset, Verdict verdict) {
                        done = true;
                        host.evicted(Eviction.this, duty, offset);
                    }

                    @Override
                    public void lost() {}
                });
    }
}
