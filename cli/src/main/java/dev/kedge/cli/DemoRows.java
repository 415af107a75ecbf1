package dev.kedge.cli;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.Slots;
import dev.kedge.router.KeyspaceClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The demo's data: rows that are loaded before the traffic, and counters that begin absent. */
final class DemoRows {
    static final int COUNTERS = 500;
    private static final int VALUE_BYTES = 100;
    private static final String ROW = "row:";

    private final int rows;

    DemoRows(int rows) {
        this.rows = rows;
    }

    int rows() {
        return rows;
    }

    static Bytes row(int index) {
        return Bytes.utf8(String.format(Locale.ROOT, "%s%07d", ROW, index));
    }

    static Bytes counter(int index) {
        return Bytes.utf8("counter:" + index);
    }

    /** A value no other has, as long as all are. */
    static Bytes value(String unique) {
        byte[] bytes = new byte[VALUE_BYTES];
        Arrays.fill(bytes, (byte) '.');
        byte[] text = unique.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, text.length);
        return Bytes.wrap(bytes);
    }

    /** What a key holds before the traffic; null for none. */
    @Nullable
    Bytes initial(Bytes key) {
        String text = key.toUtf8();
        return text.startsWith(ROW) ? value("loaded " + text) : null;
    }

    /** How many of the rows lie in slots from {@code from} to before {@code to}. */
    int rowsIn(int from, int to) {
        int count = 0;
        for (int i = 0; i < rows; i++) {
            int slot = Slots.of(row(i));
            count += slot >= from && slot < to ? 1 : 0;
        }
        return count;
    }

    /** Writes all rows; {@code done} counts along. */
    void load(KeyspaceClient keys, int threads, AtomicInteger done) {
        Batches.run(threads, rows, (from, to) -> {
            Map<Bytes, Bytes> batch = new LinkedHashMap<>();
            for (int i = from; i < to; i++) {
                Bytes key = row(i);
                batch.put(key, Objects.requireNonNull(initial(key)));
            }
            keys.mset(batch);
            done.addAndGet(to - from);
        });
    }

    /** Reads every row and counter into the history; {@code done} counts along. */
    void readBack(KeyspaceClient keys, int threads, History history, AtomicInteger done) {
        Batches.run(threads, rows + COUNTERS, (from, to) -> {
            List<Bytes> batch = new ArrayList<>();
            List<History.Call> calls = new ArrayList<>();
            for (int i = from; i < to; i++) {
                Bytes key = i < rows ? row(i) : counter(i - rows);
                batch.add(key);
                calls.add(history.invoke(key, new Action.Read()));
            }
            List<@Nullable Bytes> values = keys.mget(batch);
            for (int i = 0; i < values.size(); i++) {
                calls.get(i).ok(new Answer.Value(values.get(i)));
            }
            done.addAndGet(to - from);
        });
    }
}
