package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.DigestBuckets;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.shard.ShardKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Digest of a range's rows: per bucket of keys ({@link DigestBuckets}) the sum of the rows' 64-bit hashes, so it does not depend on order
 * and two sides can be compared bucket by bucket.
 */
public record DigestResult(long rows, long bytes, List<Long> buckets, List<KeyDigest> details) {
    /** At most this many single keys are listed: as many mean that there may be more. */
    public static final int MAX_DETAILS = 1_000;

    /** Collects a digest. Hashes come from outside: the engine names the shape, not the hash function. */
    public static final class Builder {
        private final long[] sums = new long[DigestBuckets.COARSE];
        private final List<KeyDigest> details = new ArrayList<>();
        private final Set<Integer> detailBuckets;
        /** By coarse bucket; null for those not cut finer. In the order of the digest's buckets. */
        private final SortedMap<Integer, long[]> fineSums = new TreeMap<>();

        private long rows;
        private long bytes;

        /** @param detailBuckets what is asked about: coarse buckets are cut finer, keys of coarse and fine ones are listed */
        public Builder(Set<Integer> detailBuckets) {
            this.detailBuckets = detailBuckets;
            DigestBuckets.refined(detailBuckets).forEach(b -> fineSums.put(b, new long[DigestBuckets.FINE]));
        }

        /**
         * Adds one row.
         *
         * @param keyHash hash of the data key alone: chooses the bucket
         * @param rowHash hash of the data key and the value together
         */
        public void add(byte[] dataKey, int valueLength, long keyHash, long rowHash) {
            int bucket = DigestBuckets.coarse(keyHash);
            sums[bucket] += rowHash;
            rows++;
            bytes += dataKey.length + (long) valueLength;
            if (detailBuckets.isEmpty()) {
                return;
            }
            int fine = DigestBuckets.fine(keyHash);
            long[] refined = fineSums.get(bucket);
            if (refined != null) {
                refined[(fine - DigestBuckets.COARSE) % DigestBuckets.FINE] += rowHash;
            }
            boolean asked = detailBuckets.contains(bucket) || detailBuckets.contains(fine);
            if (asked && details.size() < MAX_DETAILS) {
                details.add(new KeyDigest(ShardKeys.position(Bytes.wrap(dataKey)), rowHash));
            }
        }

        public DigestResult build() {
            List<Long> buckets = new ArrayList<>(DigestBuckets.COARSE + fineSums.size() * DigestBuckets.FINE);
            add(buckets, sums);
            fineSums.values().forEach(fine -> add(buckets, fine));
            return new DigestResult(rows, bytes, buckets, List.copyOf(details));
        }

        private static void add(List<Long> buckets, long[] more) {
            for (long sum : more) {
                buckets.add(sum);
            }
        }
    }
}
