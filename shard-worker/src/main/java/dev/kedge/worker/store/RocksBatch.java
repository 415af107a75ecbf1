package dev.kedge.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A batch in RocksDB's own serialized form (db/write_batch.cc, the form of its WAL, unchanged for years), so that a batch costs
 * two native calls and not one per row: an import's largest cost here otherwise.
 */
final class RocksBatch implements Ports.Batch {
    private static final byte DELETION = 0x0;
    private static final byte VALUE = 0x1;
    private static final byte FAMILY_DELETION = 0x4;
    private static final byte FAMILY_VALUE = 0x5;
    private static final byte RANGE_DELETION = 0xF;
    /** Eight bytes that RocksDB fills in (sequence number), then the count. */
    private static final int HEADER = 12;

    private final RocksStore store;
    private final int metaFamily;
    private byte @Nullable [] buffer;
    private int length = HEADER;
    private int count;
    private boolean touchesRows;

    RocksBatch(RocksStore store, int metaFamily, byte[] buffer) {
        this.store = store;
        this.metaFamily = metaFamily;
        this.buffer = buffer;
    }

    @Override
    public void put(Bytes key, byte[] value) {
        touchesRows = true;
        byte[] k = key.array();
        byte[] to = reserve(1 + 10 + k.length + value.length);
        to[length++] = VALUE;
        bytes(to, k);
        bytes(to, value);
        count++;
    }

    @Override
    public void delete(Bytes key) {
        touchesRows = true;
        byte[] k = key.array();
        byte[] to = reserve(1 + 5 + k.length);
        to[length++] = DELETION;
        bytes(to, k);
        count++;
    }

    @Override
    public void deleteRange(Bytes from, Bytes to) {
        if (from.compareTo(to) >= 0) {
            return;
        }
        // Every later read of the range would pay for the tombstone; a range about to be imported is mostly empty.
        if (!touchesRows && store.isEmpty(from, to)) {
            return;
        }
        touchesRows = true;
        byte[] target = reserve(1 + 10 + from.length() + to.length());
        target[length++] = RANGE_DELETION;
        bytes(target, from.array());
        bytes(target, to.array());
        count++;
    }

    @Override
    public void meta(String name, byte @Nullable [] value) {
        byte[] k = name.getBytes(UTF_8);
        byte[] to = reserve(1 + 15 + k.length + (value == null ? 0 : value.length));
        to[length++] = value == null ? FAMILY_DELETION : FAMILY_VALUE;
        varint(to, metaFamily);
        bytes(to, k);
        if (value != null) {
            bytes(to, value);
        }
        count++;
    }

    @Override
    public void commit() {
        buffer();
        if (count > 0) {
            store.commit(this);
        }
        buffer = null;
    }

    byte[] serialized() {
        byte[] all = Arrays.copyOf(buffer(), length);
        Arrays.fill(all, 0, HEADER, (byte) 0);
        for (int i = 0; i < 4; i++) {
            all[8 + i] = (byte) (count >>> (8 * i));
        }
        return all;
    }

    int length() {
        return length;
    }

    /** The buffer for the next batch, unless this one made it unusually large. */
    byte @Nullable [] releaseBuffer() {
        byte[] released = buffer();
        buffer = null;
        return released.length <= 1 << 20 ? released : null;
    }

    private byte[] buffer() {
        byte[] b = buffer;
        if (b == null) {
            throw new IllegalStateException("a batch is used once: this one is committed");
        }
        return b;
    }

    private byte[] reserve(int bytes) {
        byte[] b = buffer();
        if (b.length - length < bytes) {
            b = Arrays.copyOf(b, Math.max(b.length * 2, length + bytes));
            buffer = b;
        }
        return b;
    }

    private void bytes(byte[] to, byte[] from) {
        varint(to, from.length);
        System.arraycopy(from, 0, to, length, from.length);
        length += from.length;
    }

    private void varint(byte[] to, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            to[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        to[length++] = (byte) rest;
    }
}
