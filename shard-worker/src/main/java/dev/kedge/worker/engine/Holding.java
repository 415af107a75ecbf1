package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import org.jspecify.annotations.Nullable;

/**
 * What a shard's log says about one range of data keys.
 *
 * @param version routing version of the latest valid ownership record; -1 before the first
 * @param offset where that record stands; -1 before the first
 * @param migration the migration that caused it; empty for none
 * @param staging the import in progress; never present while OWNED
 */
record Holding(
        Span span,
        Status status,
        long version,
        long offset,
        String migration,
        @Nullable Staging staging) {

    enum Status {
        /** Never held. */
        VACANT,
        /** The shard's writes count. */
        OWNED,
        /** Fenced: the shard keeps rows that are no longer its own. */
        LOST,
        /** All rows removed. */
        EVICTED
    }

    /**
     * An import attempt.
     *
     * @param position source offset below which every row is here; moves with {@code ImportProgress}
     * @param progressMillis broker time of the latest progress, or of the start
     * @param sourceJudge validity state of the source's log at {@code position}; null at the attempt's start
     */
    record Staging(
            String migration,
            int attempt,
            ImportBase base,
            String sourceShard,
            long sourceFrom,
            long position,
            long progressMillis,
            byte @Nullable [] sourceJudge) {
        boolean is(String otherMigration, int otherAttempt) {
            return attempt == otherAttempt && migration.equals(otherMigration);
        }
    }

    static Holding vacant(Span span) {
        return new Holding(span, Status.VACANT, -1, -1, "", null);
    }

    Holding over(Bytes from, Bytes to) {
        return new Holding(new Span(from, to), status, version, offset, migration, staging);
    }

    Holding staging(@Nullable Staging newStaging) {
        return new Holding(span, status, version, offset, migration, newStaging);
    }

    Holding withoutSourceJudge() {
        Staging s = staging;
        return s == null
                ? this
                : staging(new Staging(
                        s.migration,
                        s.attempt,
                        s.base,
                        s.sourceShard,
                        s.sourceFrom,
                        s.position,
                        s.progressMillis,
                        null));
    }

    boolean isOwned() {
        return status == Status.OWNED;
    }

    boolean isStaging(String byMigration, int attempt) {
        return staging != null && staging.is(byMigration, attempt);
    }
}
