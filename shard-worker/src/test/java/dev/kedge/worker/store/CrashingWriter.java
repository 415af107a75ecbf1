package dev.kedge.worker.store;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A process that writes until it is killed: batch by batch, each with the number of the last row in it. */
final class CrashingWriter {
    static final StoreIdentity IDENTITY = new StoreIdentity("cell", "shard", "topic");
    static final int KEYS = 5_000;

    private CrashingWriter() {}

    public static void main(String[] args) {
        StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
        RocksStore store = RocksStore.open(Path.of(args[0]), IDENTITY, memory);
        byte[] applied = store.meta("applied");
        long next = applied == null ? 0 : number(applied) + 1;
        while (true) {
            Ports.Batch batch = store.batch();
            for (int i = 0; i < 37; i++, next++) {
                batch.put(key(next % KEYS), value(next));
            }
            batch.meta("applied", ByteBuffer.allocate(8).putLong(next - 1).array());
            batch.commit();
            if (next % 3_700 == 0) {
                System.out.println(next);
            }
        }
    }

    static Bytes key(long number) {
        return Bytes.utf8("key-" + number);
    }

    static byte[] value(long number) {
        return ByteBuffer.allocate(200).putLong(number).array();
    }

    static long number(byte[] value) {
        return ByteBuffer.wrap(value).getLong();
    }
}
