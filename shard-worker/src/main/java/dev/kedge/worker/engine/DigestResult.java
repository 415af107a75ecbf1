package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.shard.ShardKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Digest of a range's rows: per bucket of keys the sum of the rows' 64-bit hashes, so it does not depend on order and two sides
 * can be compared bucket by bucket.
 */
public record DigestResult(long rows, long bytes, List<Long> buckets, List<KeyDigest> details) {
    public static final int BUCKETS = 64;

    /** At most this many single keys are listed. */
    public static final int MAX_DETAILS = 1_000;

    /** Collects a digest. Hashes come from outside: the engine names the shape, not the hash function. */
    public static final class Builder {
        private final long[] sums = new long[BUCKETS];
        private final List<KeyDigest> details = new ArrayList<>();
        private final Set<Integer> detailBuckets;
        private long rows;
        private long bytes;

        public Builder(Set<Integer> detailBuckets) {
            this.detailBuckets = detailBuckets;
        }

        /**
         * Adds one row.
         *
         * @param keyHash hash of the data key alone: chooses the bucket
         * @param rowHash hash of the data key and the value together
         */
        public void add(byte[] dataKey, int valueLength, long keyHash, long rowHash) {
            int bucket = (int) (keyHash >>> 58);
            sums[bucket] += rowHash;
            rows++;
            bytes += dataKey.length + (long) valueLength;
            if (detailBuckets.contains(bucket) && details.size() < MAX_DETAILS) {
                details.add(new KeyDigest(ShardKeys.position(Bytes.wrap(dataKey)), rowHash));
            }
        }

        public DigestResult build() {
            List<Long> buckets = new ArrayList<>(BUCKETS);
            for (long sum : sums) {
                buckets.add(sum);
            }
            return new DigestResult(rows, bytes, buckets, List.copyOf(details));
        }
    }
}
