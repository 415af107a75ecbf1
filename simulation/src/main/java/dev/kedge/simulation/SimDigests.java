package dev.kedge.simulation;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Span;
import java.util.List;
import java.util.Set;

/** Digests made at once, told later. */
final class SimDigests implements Ports.Digests {
    private static final Hasher64 HASHER = Hashing.xxh3_64();

    private final World world;
    private final SimHost host;

    SimDigests(World world, SimHost host) {
        this.world = world;
        this.host = host;
    }

    @Override
    public void digest(long digestId, Ports.Snapshot snapshot, Bytes from, Bytes to, Set<Integer> detailBuckets) {
        DigestResult.Builder builder = new DigestResult.Builder(detailBuckets);
        try (snapshot) {
            snapshot.forEach(from, to, (key, value) -> {
                long keyHash = HASHER.hashBytesToLong(key);
                builder.add(
                        key, value.length, keyHash, HASHER.hashLongLongToLong(keyHash, HASHER.hashBytesToLong(value)));
                return true;
            });
        }
        DigestResult result = builder.build();
        boolean fails = world.strikes(Fault.FAILED_DIGEST, 0.05);
        later(() -> host.post(e -> {
            if (fails) {
                e.digestFailed(digestId, "simulated");
            } else {
                e.digested(digestId, result);
            }
        }));
    }

    @Override
    public void count(long countId, Ports.Snapshot snapshot, List<Span> spans) {
        long[] rows = new long[1];
        try (snapshot) {
            for (Span span : spans) {
                snapshot.forEach(span.from(), span.to(), (key, value) -> {
                    rows[0]++;
                    return true;
                });
            }
        }
        later(() -> host.post(e -> e.counted(countId, rows[0])));
    }

    private void later(Runnable tell) {
        world.scheduler().after(world.scheduler().between(1, 20) * Scheduler.MILLI, host.process(), tell);
    }
}
