package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the log, as far as it has been applied, amounts to: the validity state, the rows in the store, and what is kept with them. Everything
 * the store holds comes from here, so a replay gives the same (I7). Rows become readable with {@link #commit}.
 */
final class AppliedLog {
    private static final int MAX_BATCH_RECORDS = 1_000;
    private static final long MAX_BATCH_BYTES = 4L << 20;

    private static final String META_APPLIED = "applied";
    private static final String META_JUDGE = "judge";
    private static final String META_VOIDED = "voided";
    private static final String META_REACH = "reach";

    private final Ports ports;
    private final Repairs repairs;
    private final LogRecovery recovery;
    private final ImportReach reach = new ImportReach();
    private Judge judge = new Judge();
    private long applied = -1;
    /** Records the store has not got are gone from the log: the cleaner was here. */
    private boolean compacted;

    private long appliedMillis;

    private Ports.@Nullable Batch batch;
    private int uncommitted;
    private long uncommittedBytes;
    private boolean judgeChanged;

    AppliedLog(Ports ports, Repairs repairs, LogRecovery recovery) {
        this.ports = ports;
        this.repairs = repairs;
        this.recovery = recovery;
    }

    /** R0: a store whose last confirmed moment is too old may have missed tombstones that are gone from the log. */
    void load(EngineSettings settings) {
        Ports.Store store = ports.store();
        byte[] position = store.meta(META_APPLIED);
        if (position != null) {
            ByteBuffer saved = ByteBuffer.wrap(position);
            applied = saved.getLong();
            appliedMillis = saved.getLong();
            long age = ports.clock().wallMillis() - appliedMillis;
            if (settings.mayMissTombstones(age)) {
                store.clear();
                applied = -1;
            }
        }
        byte[] saved = store.meta(META_JUDGE);
        judge = saved == null ? new Judge() : Judge.load(saved);
        repairs.load(store.meta(META_VOIDED));
        reach.load(store.meta(META_REACH));
    }

    Judge judge() {
        return judge;
    }

    /** The offset expected next. */
    long next() {
        return applied + 1;
    }

    /** Whether what was applied since the last commit is as much as should be held in memory: by count, or by size where rows are large. */
    boolean isBatchFull() {
        return uncommitted >= MAX_BATCH_RECORDS || uncommittedBytes >= MAX_BATCH_BYTES;
    }

    long importReach(String migration, int attempt) {
        return reach.of(migration, attempt);
    }

    Verdict apply(long offset, long timestampMillis, Bytes key, ShardRecord record) {
        Verdict verdict = judge.judge(offset, timestampMillis, key, record);
        compacted |= offset > applied + 1;
        applied = offset;
        appliedMillis = timestampMillis;
        uncommitted++;
        if (record instanceof ShardRecord.Row row) {
            applyRow(key, timestampMillis, row, verdict);
        } else if (verdict != Verdict.VOID) {
            applyControl((ShardRecord.Control) record);
        }
        return verdict;
    }

    private void applyRow(Bytes key, long timestampMillis, ShardRecord.Row row, Verdict verdict) {
        if (verdict == Verdict.VOID) {
            long age = ports.clock().wallMillis() - timestampMillis;
            repairs.met(key, compacted && recovery.mayBeGone(age));
            return;
        }
        byte[] value = row.value();
        if (value == null) {
            batch().delete(key);
        } else {
            batch().put(key, value);
            uncommittedBytes += value.length;
        }
        repairs.overwritten(key);
        if (row instanceof ShardRecord.Import i) {
            reach.staged(i);
        }
    }

    private void applyControl(ShardRecord.Control record) {
        switch (record) {
            case ShardRecord.KeepAlive k -> {
                return;
            }
            case ShardRecord.Marker m -> {
                return;
            }
            case ShardRecord.ImportStarted i -> {
                if (i.base() == ImportBase.FRESH) {
                    clear(Span.of(i.keyspaceId(), i.range()));
                }
            }
            case ShardRecord.Evicted e -> {
                reach.ended(e.migration());
                clear(Span.of(e.keyspaceId(), e.range()));
            }
            case ShardRecord.ImportCompleted i -> reach.ended(i.migration());
            case ShardRecord.ImportProgress p -> {}
            case ShardRecord.Opened o -> {}
            case ShardRecord.Closed c -> {}
            case ShardRecord.Created c -> {}
            case ShardRecord.Fence f -> {}
        }
        judgeChanged = true;
    }

    private void clear(Span span) {
        batch().deleteRange(span.from(), span.to());
    }

    private Ports.Batch batch() {
        Ports.Batch open = batch;
        if (open == null) {
            open = ports.store().batch();
            batch = open;
        }
        return open;
    }

    /** Writes what has been applied, together with how far that is; false if there was nothing. */
    boolean commit() {
        if (uncommitted == 0) {
            return false;
        }
        Ports.Batch open = batch();
        byte[] position =
                ByteBuffer.allocate(16).putLong(applied).putLong(appliedMillis).array();
        open.meta(META_APPLIED, position);
        if (judgeChanged) {
            open.meta(META_JUDGE, judge.save());
            judgeChanged = false;
        }
        if (repairs.takeChanged()) {
            open.meta(META_VOIDED, repairs.save());
        }
        if (reach.takeChanged()) {
            open.meta(META_REACH, reach.save());
        }
        batch = null;
        uncommitted = 0;
        uncommittedBytes = 0;
        open.commit();
        return true;
    }
}
