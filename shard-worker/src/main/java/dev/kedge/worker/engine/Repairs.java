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

    /** Of these, those whose last valid row may be gone from the log, so that the store may not have it. */
    private final Set<Bytes> doubtful = new LinkedHashSet<>();

    private final Set<Bytes> restoring = new LinkedHashSet<>();
    private boolean changed;

    Repairs(Shard engine) {
        this.engine = engine;
    }

    /** @param mayBeGone the key's last valid row may be gone from the log */
    void met(Bytes key, boolean mayBeGone) {
        voided.add(key);
        if (mayBeGone) {
            doubtful.add(key);
        }
        restoring.remove(key); // one more void row after the repair that is on its way
        changed = true;
    }

    void overwritten(Bytes key) {
        if (!voided.isEmpty() && voided.remove(key)) {
            doubtful.remove(key);
            restoring.remove(key);
            changed = true;
        }
    }

    /** Why this store can't be brought up to date from its log alone (R5); null if it can. */
    @Nullable
    String doubt() {
        if (doubtful.isEmpty()) {
            return null;
        }
        return "void records of " + doubtful.size() + " keys, the first "
                + doubtful.iterator().next().toHex()
                + ", were not repaired for longer than the log's min.compaction.lag.ms, so compaction may have removed acknowledged values that"
                + " this store never had: start a worker that has an older store of this shard, or take the range back where another shard still"
                + " has it (kedge migration rollback); --recover-unrepaired serves what the log still has";
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
            size += 5 + key.length();
        }
        ByteBuffer out = ByteBuffer.allocate(size).putInt(voided.size());
        for (Bytes key : voided) {
            out.put((byte) (doubtful.contains(key) ? 1 : 0))
                    .putInt(key.length())
                    .put(key.array());
        }
        return out.array();
    }

    void load(byte @Nullable [] saved) {
        voided.clear();
        doubtful.clear();
        restoring.clear();
        if (saved == null) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(saved);
        int count = in.getInt();
        for (int i = 0; i < count; i++) {
            boolean mayBeGone = in.get() == 1;
            byte[] bytes = new byte[in.getInt()];
            in.get(bytes);
            Bytes key = Bytes.wrap(bytes);
            voided.add(key);
            if (mayBeGone) {
                doubtful.add(key);
            }
        }
    }
}
