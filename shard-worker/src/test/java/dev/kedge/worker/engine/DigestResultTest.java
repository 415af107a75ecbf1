package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.DigestBuckets;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.shard.ShardKeys;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** One row among many differs: three rounds find it, whatever the size of the range. */
final class DigestResultTest {
    private static final int ROWS = 200_000;
    private static final int DAMAGED = 123_456;

    private static DigestResult digest(Set<Integer> asked, boolean damaged) {
        DigestResult.Builder digest = new DigestResult.Builder(asked);
        SplittableRandom hashes = new SplittableRandom(7);
        for (int i = 0; i < ROWS; i++) {
            long keyHash = hashes.nextLong();
            long rowHash = damaged && i == DAMAGED ? 42 : keyHash * 31;
            digest.add(key(i).array(), 10, keyHash, rowHash);
        }
        return digest.build();
    }

    private static Bytes key(int number) {
        return ShardKeys.data(1, Bytes.utf8(String.format("row-%07d", number)));
    }

    private static Set<Integer> differing(Set<Integer> asked, DigestResult one, DigestResult other) {
        Set<Integer> differing = new HashSet<>();
        for (int i = asked.isEmpty() ? 0 : DigestBuckets.COARSE;
                i < one.buckets().size();
                i++) {
            if (!one.buckets().get(i).equals(other.buckets().get(i))) {
                differing.add(DigestBuckets.at(i, asked));
            }
        }
        return differing;
    }

    @Test
    void aRowIsFoundThoughItsBucketHoldsThousands() {
        Set<Integer> coarse = differing(Set.of(), digest(Set.of(), false), digest(Set.of(), true));
        assertThat(coarse).hasSize(1);
        DigestResult ours = digest(coarse, false);
        DigestResult theirs = digest(coarse, true);
        assertThat(ours.details()).as("more than a list takes").hasSize(DigestResult.MAX_DETAILS);
        assertThat(ours.details()).as("and it is not among them").isEqualTo(theirs.details());
        assertThat(ours.buckets().subList(0, DigestBuckets.COARSE))
                .isEqualTo(digest(Set.of(), false).buckets());

        Set<Integer> fine = differing(coarse, ours, theirs);
        assertThat(fine).hasSize(1);
        List<KeyDigest> found = digest(fine, true).details();
        assertThat(found).hasSizeLessThan(20).contains(new KeyDigest(ShardKeys.position(key(DAMAGED)), 42));
        assertThat(digest(fine, false).details()).hasSameSizeAs(found).isNotEqualTo(found);
    }

    @Test
    void onlySoManyBucketsAreCutFiner() {
        assertThat(DigestBuckets.refined(Set.of(9, 3, 60, 5, 11, 70))).containsExactly(3, 5, 9, 11);
        DigestResult.Builder digest = new DigestResult.Builder(Set.of(9, 3, 60, 5, 11, 70));
        assertThat(digest.build().buckets())
                .hasSize(DigestBuckets.COARSE + DigestBuckets.MAX_REFINED * DigestBuckets.FINE);
        assertThat(ShardKeys.lower(1, KeyRange.ALL).compareTo(key(1))).isNegative();
    }
}
