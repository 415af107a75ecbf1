package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Span;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a log says, known without delay: its records judged in order, and the rows they leave. */
final class LogTruth {
    private final SimLog log;
    private final Judge judge = new Judge();
    private final TreeMap<Bytes, byte[]> rows = new TreeMap<>();
    /** The rows of a fence's range as they were at the fence. */
    private final Map<Long, FenceSeen> fences = new HashMap<>();

    private long next;

    /** A fence that counts, with the rows it closes. */
    record FenceSeen(ShardRecord.Fence fence, TreeMap<Bytes, byte[]> rows) {}

    LogTruth(SimLog log) {
        this.log = log;
    }

    SimLog log() {
        return log;
    }

    /** Offset of the next record to take in. */
    long next() {
        return next;
    }

    boolean owns(Bytes dataKey) {
        return judge.owns(dataKey);
    }

    TreeMap<Bytes, byte[]> rows() {
        return rows;
    }

    TreeMap<Bytes, byte[]> rows(Span span) {
        return new TreeMap<>(rows.subMap(span.from(), span.to()));
    }

    @Nullable
    FenceSeen fence(long offset) {
        return fences.get(offset);
    }

    Verdict take(Logged logged) {
        if (logged.offset() < next) {
            throw new IllegalStateException("offset " + logged.offset() + " taken where " + next + " is due");
        }
        next = logged.offset() + 1;
        Verdict verdict = judge.judge(logged.offset(), logged.key(), logged.record());
        if (verdict == Verdict.VOID) {
            return verdict;
        }
        switch (logged.record()) {
            case ShardRecord.Row row -> {
                byte[] value = row.value();
                if (value == null) {
                    rows.remove(logged.key());
                } else {
                    rows.put(logged.key(), value);
                }
            }
            case ShardRecord.ImportStarted i -> {
                if (i.base() == ImportBase.FRESH) {
                    clear(Span.of(i.keyspaceId(), i.range()));
                }
            }
            case ShardRecord.Evicted e -> clear(Span.of(e.keyspaceId(), e.range()));
            case ShardRecord.Fence f ->
                fences.put(logged.offset(), new FenceSeen(f, rows(Span.of(f.keyspaceId(), f.range()))));
            case ShardRecord.Control other -> {}
        }
        return verdict;
    }

    private void clear(Span span) {
        rows.subMap(span.from(), span.to()).clear();
    }

    /** The first difference between two sets of rows, for people; null if there is none. */
    static @Nullable String difference(String left, Map<Bytes, byte[]> ours, String right, Map<Bytes, byte[]> theirs) {
        for (Map.Entry<Bytes, byte[]> row : ours.entrySet()) {
            byte[] other = theirs.get(row.getKey());
            if (!Arrays.equals(row.getValue(), other)) {
                return describe(row.getKey(), left, row.getValue(), right, other);
            }
        }
        for (Map.Entry<Bytes, byte[]> row : theirs.entrySet()) {
            if (!ours.containsKey(row.getKey())) {
                return describe(row.getKey(), left, null, right, row.getValue());
            }
        }
        return null;
    }

    private static String describe(
            Bytes key, String left, byte @Nullable [] ours, String right, byte @Nullable [] theirs) {
        return "key " + key + " is " + text(ours) + " in " + left + " and " + text(theirs) + " in " + right;
    }

    private static String text(byte @Nullable [] value) {
        return value == null ? "absent" : Bytes.wrap(value).toString();
    }
}
