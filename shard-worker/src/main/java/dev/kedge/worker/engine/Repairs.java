package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * R5: compaction keeps a key's last record, also a void one. For every void row met, the key's last valid value is appended again, so
 * that the last record counts. What is still to be repaired is kept with the store.
 */
final class Repairs {
    private final Shard engine;
    /** Keys whose latest row in the log is void. */
    private final Set<Bytes> voided = new LinkedHashSet<>();

    private final Set<Bytes> restoring = new LinkedHashSet<>();
    private boolean changed;

    Repairs(Shard engine) {
        this.engine = engine;
    }

    void met(Bytes key) {
        voided.add(key);
        restoring.remove(key); // one more void row after the repair that is on its way
        changed = true;
    }

    void overwritten(Bytes key) {
        if (!voided.isEmpty() && voided.remove(key)) {
            restoring.remove(key);
            changed = true;
        }
    }

    /** Imports and repairs of one range go through different lanes, so one waits for the other. */
    boolean isRepairing(Span span) {
        return !voided.isEmpty() && voided.stream().anyMatch(span::contains);
    }

    void endOpening() {
        restoring.clear();
    }

    void tick() {
        if (voided.size() == restoring.size()) {
            return;
        }
        engine.commit();
        for (Bytes key : new ArrayList<>(voided)) {
            if (!restoring.contains(key) && !engine.isBeingWritten(key) && !engine.importsInFlight(key)) {
                restore(key);
            }
        }
    }

    private void restore(Bytes key) {
        restoring.add(key);
        engine.append(
                Lane.FOREGROUND,
                key,
                new ShardRecord.Restore(
                        engine.epoch(), engine.incarnation(), engine.store().get(key)),
                new Pending.Outcome() {
                    @Override
                    public void applied(long offset, Verdict verdict) {
                        // A valid one has reached overwritten(); a void one has reached met().
                    }

                    @Override
                    public void lost() {
                        // The next opening repairs what is still void.
                    }
                });
    }

    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    byte[] save() {
        int size = 4;
        for (Bytes key : voided) {
            size += 4 + key.length();
        }
        ByteBuffer out = ByteBuffer.allocate(size).putInt(voided.size());
        for (Bytes key : voided) {
            out.putInt(key.length()).put(key.array());
        }
        return out.array();
    }

    void load(byte @Nullable [] saved) {
        voided.clear();
        restoring.clear();
        if (saved == null) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(saved);
        int count = in.getInt();
        for (int i = 0; i < count; i++) {
            byte[] key = new byte[in.getInt()];
            in.get(key);
            voided.add(Bytes.wrap(key));
        }
    }
}
