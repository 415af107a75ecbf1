package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Which records of a log count. The numbers in the names are those of the interleavings told in docs/protocol.md. */
class JudgeTest {
    private static final int KEYSPACE = 7;
    private static final KeyRange A_TO_M = range("a", "m");
    private static final KeyRange A_TO_Z = range("a", "z");

    private Judge judge = new Judge();
    private long offset;
    private long epoch = 1;
    private long incarnation = 100;
    /** The newest map: what a shard that knows it begins names this version. */
    private long newest = 1;

    private static KeyRange range(String from, String to) {
        return new KeyRange(Bytes.utf8(from), Bytes.utf8(to));
    }

    private static Bytes key(String key) {
        return ShardKeys.data(KEYSPACE, Bytes.utf8(key));
    }

    private Verdict put(String key) {
        return judge.judge(offset++, key(key), new ShardRecord.Change(epoch, incarnation, new byte[] {1}));
    }

    private Verdict control(ShardRecord record) {
        return judge.judge(offset, ShardKeys.control('X', epoch, incarnation, offset++), record);
    }

    private Verdict open(long newEpoch, long newIncarnation) {
        epoch = newEpoch;
        incarnation = newIncarnation;
        return control(new ShardRecord.Opened(newEpoch, newIncarnation, 2_000, "w"));
    }

    private Verdict create(KeyRange range, long version) {
        newest = version + 1;
        return control(new ShardRecord.Created(epoch, incarnation, KEYSPACE, range, version));
    }

    private Verdict fence(KeyRange range, long version, String migration) {
        newest = version + 1;
        return control(new ShardRecord.Fence(epoch, incarnation, KEYSPACE, range, version, migration, true, true));
    }

    private Verdict startImport(KeyRange range, String migration, int attempt, ImportBase base) {
        return startImport(range, newest, migration, attempt, base);
    }

    private Verdict startImport(KeyRange range, long version, String migration, int attempt, ImportBase base) {
        return control(new ShardRecord.ImportStarted(
                epoch, incarnation, KEYSPACE, range, version, migration, attempt, base, "s", 0));
    }

    private Verdict importRow(String key, String migration, int attempt) {
        return judge.judge(
                offset++, key(key), new ShardRecord.Import(epoch, incarnation, migration, attempt, offset, new byte[] {2
                }));
    }

    private Verdict complete(KeyRange range, long version, String migration, int attempt) {
        newest = Math.max(newest, version + 1);
        return control(
                new ShardRecord.ImportCompleted(epoch, incarnation, KEYSPACE, range, version, migration, attempt, 5));
    }

    private Verdict evictRow(String key, String migration, int attempt) {
        return evictRow(key, newest, migration, attempt);
    }

    private Verdict evictRow(String key, long version, String migration, int attempt) {
        return judge.judge(
                offset++, key(key), new ShardRecord.EvictRow(epoch, incarnation, version, migration, attempt));
    }

    private Verdict evicted(KeyRange range, long version, String migration, int attempt) {
        newest = version + 1;
        return control(new ShardRecord.Evicted(epoch, incarnation, KEYSPACE, range, version, migration, attempt));
    }

    @Test
    void aWriteCountsOnlyInAnOwnedRange() {
        open(1, 100);
        assertThat(put("b")).isEqualTo(Verdict.VOID);
        assertThat(create(A_TO_M, 3)).isEqualTo(Verdict.VALID);
        assertThat(put("b")).isEqualTo(Verdict.VALID);
        assertThat(put("m")).isEqualTo(Verdict.VOID);
    }

    @Test
    void nothingCountsBeforeTheFirstOpening() {
        assertThat(create(A_TO_M, 3)).isEqualTo(Verdict.VOID);
        assertThat(judge.opening()).isNull();
    }

    @Nested
    class Incarnations {
        @Test
        void aWriteOfAnEarlierIncarnationIsVoid4() {
            open(1, 100);
            create(A_TO_M, 3);
            open(1, 101);
            assertThat(put("b")).isEqualTo(Verdict.VALID);
            incarnation = 100;
            assertThat(put("b")).isEqualTo(Verdict.VOID);
        }

        @Test
        void anOpeningAtALowerEpochIsVoid() {
            open(2, 200);
            create(A_TO_M, 3);
            assertThat(open(1, 100)).isEqualTo(Verdict.VOID);
            assertThat(put("b")).isEqualTo(Verdict.VOID);
            epoch = 2;
            incarnation = 200;
            assertThat(put("b")).isEqualTo(Verdict.VALID);
        }

        @Test
        void nothingOfAClosedOpeningCounts() {
            open(1, 100);
            create(A_TO_M, 3);
            control(new ShardRecord.Closed(1, 100));
            assertThat(put("b")).isEqualTo(Verdict.VOID);
        }
    }

    @Nested
    class Ownership {
        @Test
        void aLateImportCompletedDoesNotUnfence1() {
            open(1, 100);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            importRow("b", "m1", 1);
            assertThat(fence(A_TO_M, 11, "m1")).isEqualTo(Verdict.VALID); // the cutover at 10 was reversed by 11
            assertThat(complete(A_TO_M, 10, "m1", 1)).isEqualTo(Verdict.VOID);
            assertThat(judge.owns(key("b"))).isFalse();
        }

        @Test
        void aLateFenceDoesNotLockOutANewerOwner1() {
            open(1, 100);
            create(A_TO_M, 3);
            fence(A_TO_M, 10, "m1");
            startImport(A_TO_M, "m1", 2, ImportBase.KEPT);
            assertThat(complete(A_TO_M, 11, "m1", 2)).isEqualTo(Verdict.VALID);
            assertThat(fence(A_TO_M, 10, "m1")).isEqualTo(Verdict.VOID);
            assertThat(put("b")).isEqualTo(Verdict.VALID);
        }

        @Test
        void aFenceMayBeWrittenByAnother() {
            open(1, 100);
            create(A_TO_M, 3);
            ShardRecord takeover = new ShardRecord.Fence(9, 999, KEYSPACE, A_TO_M, 10, "m1", false, false);
            assertThat(control(takeover)).isEqualTo(Verdict.VALID);
            assertThat(put("b")).isEqualTo(Verdict.VOID);
        }

        @Test
        void aFenceOfAPartLeavesTheRest2() {
            open(1, 100);
            create(A_TO_Z, 3);
            fence(A_TO_M, 10, "m1");
            assertThat(put("b")).isEqualTo(Verdict.VOID);
            assertThat(put("m")).isEqualTo(Verdict.VALID);
            assertThat(put("y")).isEqualTo(Verdict.VALID);
        }

        @Test
        void aPartComesBackWhileTheRestStaysLost2() {
            open(1, 100);
            create(A_TO_Z, 3);
            fence(A_TO_Z, 10, "m1");
            startImport(A_TO_M, "m1", 2, ImportBase.KEPT);
            complete(A_TO_M, 12, "m1", 2);
            assertThat(put("b")).isEqualTo(Verdict.VALID);
            assertThat(put("x")).isEqualTo(Verdict.VOID);
        }

        @Test
        void anImportThatAnOutdatedMapAsksForIsVoidBehindTheFence() {
            open(1, 100);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            importRow("b", "m1", 1);
            complete(A_TO_M, 10, "m1", 1);
            fence(
                    A_TO_M, 14,
                    "m1"); // the way back, of which this shard has not heard: by its map it is about to own the range
            assertThat(evictRow("b", 10, "m1", 1)).isEqualTo(Verdict.VOID);
            assertThat(startImport(A_TO_M, 10, "m1", 1, ImportBase.FRESH)).isEqualTo(Verdict.VOID);
            assertThat(importRow("b", "m1", 1)).isEqualTo(Verdict.VOID);
        }

        @Test
        void aRangeIsCreatedOnce() {
            open(1, 100);
            create(A_TO_M, 3);
            fence(A_TO_M, 10, "m1");
            assertThat(create(A_TO_M, 12)).isEqualTo(Verdict.VOID);
        }
    }

    @Nested
    class Imports {
        @Test
        void importsAreStagedUntilTheirAttemptIsCompleted11() {
            open(1, 100);
            assertThat(importRow("b", "m1", 1)).isEqualTo(Verdict.VOID);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            assertThat(importRow("b", "m1", 1)).isEqualTo(Verdict.STAGED);
            assertThat(importRow("b", "m1", 2)).isEqualTo(Verdict.VOID);
            assertThat(put("b")).isEqualTo(Verdict.VOID);
            assertThat(complete(A_TO_M, 10, "m1", 1)).isEqualTo(Verdict.VALID);
            assertThat(put("b")).isEqualTo(Verdict.VALID);
        }

        @Test
        void anImportAfterTheCompletionIsVoid5() {
            open(1, 100);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            complete(A_TO_M, 10, "m1", 1);
            assertThat(importRow("b", "m1", 1)).isEqualTo(Verdict.VOID);
        }

        @Test
        void anAttemptIsNotCompletedByAnother11() {
            open(1, 100);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            startImport(A_TO_M, "m1", 2, ImportBase.FRESH);
            assertThat(complete(A_TO_M, 10, "m1", 1)).isEqualTo(Verdict.VOID);
            assertThat(complete(A_TO_M, 10, "m1", 2)).isEqualTo(Verdict.VALID);
        }

        @Test
        void anImportWaitsForTheEvictionOfAnEarlierMigration9() {
            open(1, 100);
            create(A_TO_M, 3);
            fence(A_TO_M, 10, "m1");
            assertThat(startImport(A_TO_M, "m2", 1, ImportBase.FRESH)).isEqualTo(Verdict.VOID);
            assertThat(evictRow("b", "m1", 2)).isEqualTo(Verdict.VALID);
            assertThat(evicted(A_TO_M, 15, "m1", 2)).isEqualTo(Verdict.VALID);
            assertThat(startImport(A_TO_M, "m2", 1, ImportBase.FRESH)).isEqualTo(Verdict.VALID);
            assertThat(evictRow("b", "m1", 2)).isEqualTo(Verdict.VOID); // a late one
        }

        @Test
        void progressMovesWithTheAttempt() {
            open(1, 100);
            startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
            control(new ShardRecord.ImportProgress(1, 100, KEYSPACE, A_TO_M, "m1", 1, 42, new byte[] {9}));
            Holding.Staging staging = judge.holding(key("b")).staging();
            assertThat(staging).isNotNull();
            assertThat(staging.position()).isEqualTo(42);
        }
    }

    @Test
    void anOwnedRangeIsNeverEvicted() {
        open(1, 100);
        create(A_TO_M, 3);
        assertThat(evictRow("b", "", 0)).isEqualTo(Verdict.VOID);
        assertThat(evicted(A_TO_M, 9, "m1", 1)).isEqualTo(Verdict.VOID);
    }

    @Test
    void aSavedStateJudgesOnAsTheOriginalWould() {
        open(1, 100);
        create(A_TO_Z, 3);
        fence(A_TO_M, 10, "m1");
        startImport(A_TO_M, "m1", 2, ImportBase.KEPT);
        control(new ShardRecord.ImportProgress(1, 100, KEYSPACE, A_TO_M, "m1", 2, 42, new byte[] {9}));
        Judge original = judge;
        judge = Judge.load(original.save());
        assertThat(judge.save()).isEqualTo(original.save());
        assertThat(put("x")).isEqualTo(Verdict.VALID);
        assertThat(put("b")).isEqualTo(Verdict.VOID);
        assertThat(importRow("b", "m1", 2)).isEqualTo(Verdict.STAGED);
        assertThat(complete(A_TO_M, 11, "m1", 2)).isEqualTo(Verdict.VALID);
    }

    @Test
    void aReaderThatStartsAtAnImportCompletedJudgesItsRangeAlike() {
        open(3, 300);
        startImport(A_TO_M, "m1", 1, ImportBase.FRESH);
        ShardRecord.ImportCompleted completed =
                new ShardRecord.ImportCompleted(3, 300, KEYSPACE, A_TO_M, 10, "m1", 1, 5);
        long at = offset;
        control(completed);
        judge = Judge.startingAt(completed, at, 2_000);
        assertThat(put("b")).isEqualTo(Verdict.VALID);
        incarnation = 299;
        assertThat(put("b")).isEqualTo(Verdict.VOID);
    }
}
