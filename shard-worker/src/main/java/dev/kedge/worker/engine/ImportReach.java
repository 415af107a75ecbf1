package dev.kedge.worker.engine;

import dev.kedge.schemas.shard.ShardRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far in their source's log the rows reach that attempts in progress have brought into the store. A replica that goes on from its last
 * progress record replays rows the store already has newer ones of; until it has passed them the store is the source at no position, and
 * a digest would say that the copies differ when they don't. Kept with the store.
 */
final class ImportReach {
    private static final class Reach {
        final int attempt;
        long sourceOffset;

        Reach(int attempt, long sourceOffset) {
            this.attempt = attempt;
            this.sourceOffset = sourceOffset;
        }
    }

    private final Map<String, Reach> byMigration = new TreeMap<>();
    private boolean changed;

    void staged(ShardRecord.Import row) {
        Reach known = byMigration.get(row.migration());
        if (known == null || known.attempt != row.attempt()) {
            byMigration.put(row.migration(), new Reach(row.attempt(), row.sourceOffset()));
            changed = true;
        } else if (known.sourceOffset < row.sourceOffset()) {
            known.sourceOffset = row.sourceOffset();
            changed = true;
        }
    }

    /** The attempt has become the shard's own rows, or nothing is left of it. */
    void ended(String migration) {
        changed |= byMigration.remove(migration) != null;
    }

    /** The highest source offset of an imported row; -1 if there is none. */
    long of(String migration, int attempt) {
        Reach known = byMigration.get(migration);
        return known == null || known.attempt != attempt ? -1 : known.sourceOffset;
    }

    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    byte[] save() {
        int size = 4;
        for (String migration : byMigration.keySet()) {
            size += 4 + utf8(migration).length + 4 + 8;
        }
        ByteBuffer out = ByteBuffer.allocate(size).putInt(byMigration.size());
        byMigration.forEach((migration, reach) -> {
            byte[] name = utf8(migration);
            out.putInt(name.length).put(name).putInt(reach.attempt).putLong(reach.sourceOffset);
        });
        return out.array();
    }

    void load(byte @Nullable [] saved) {
        byMigration.clear();
        if (saved == null) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(saved);
        int count = in.getInt();
        for (int i = 0; i < count; i++) {
            byte[] name = new byte[in.getInt()];
            in.get(name);
            byMigration.put(new String(name, StandardCharsets.UTF_8), new Reach(in.getInt(), in.getLong()));
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
