package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardRecord;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a shard engine needs of the world. All methods are called from the shard's loop and must not block, except
 * {@link Store}, whose reads may go to disk. Results come back as inputs of {@link ShardEngine}, in the shard's loop.
 */
public interface Ports {

    Log log();

    Store store();

    SourceLogs sources();

    Digests digests();

    Reports reports();

    Clock clock();

    /** A number no opening of this shard has had before. */
    long nextIncarnation();

    /** Which producer an append goes through. Order holds within a lane, not between lanes. */
    enum Lane {
        FOREGROUND,
        BULK
    }

    /** The shard's own log. */
    interface Log {
        /**
         * Appends; answered by {@code appended} or {@code appendFailed} with the token. Appends of one lane stand in the
         * log in the order of these calls, unless one fails: then later ones may or may not be there.
         */
        void append(long token, Lane lane, Bytes key, ShardRecord record);

        /**
         * Reads {@code [from, to)}; answered by {@code logRecords} calls in order and one {@code logReadDone}. Offsets that
         * compaction removed are left out.
         */
        void read(long readId, long from, long to);

        /**
         * Gives up all producers and reads in progress: no answer to an earlier call comes after this. What was appended
         * before may still arrive in the log.
         */
        void reset();
    }

    /** A key with its value. */
    record Row(Bytes key, byte[] value) {}

    /** The shard's rows and a few named values of the engine, written together atomically. Survives restarts, not loss. */
    interface Store {
        byte @Nullable [] get(Bytes key);

        /** Up to {@code limit} rows of {@code [from, to)}, in order. */
        List<Row> scan(Bytes from, Bytes to, int limit);

        byte @Nullable [] meta(String name);

        Batch batch();

        Snapshot snapshot();

        /** Removes everything: the store starts afresh. */
        void clear();

        /** The store's estimate of rows and bytes in {@code [from, to)}. */
        Size estimate(Bytes from, Bytes to);
    }

    record Size(long rows, long bytes) {}

    /** Changes that become visible together. Used once. */
    interface Batch {
        void put(Bytes key, byte[] value);

        void delete(Bytes key);

        void deleteRange(Bytes from, Bytes to);

        void meta(String name, byte @Nullable [] value);

        void commit();
    }

    /** The rows as of one moment; safe to read from another thread. */
    interface Snapshot extends AutoCloseable {
        /** Visits rows of {@code [from, to)} in order until the visitor returns false. */
        void forEach(Bytes from, Bytes to, RowVisitor visitor);

        @Override
        void close();
    }

    @FunctionalInterface
    interface RowVisitor {
        boolean row(byte[] key, byte[] value);
    }

    /** Other shards' logs, for replicas. */
    interface SourceLogs {
        /** Follows {@code topic} from an offset on; answered by {@code sourceRecords} until closed. */
        void open(long sourceId, String topic, long from);

        /**
         * Stops or continues the flow of {@code sourceRecords}; a few may still come after a pause, and now and then one without records that tells
         * how far the source's end has moved.
         */
        void pause(long sourceId, boolean paused);

        void close(long sourceId);

        /** Appends a fence to the source's log; answered by the record itself coming in, or {@code sourceFailed}. */
        void appendFence(long sourceId, Bytes key, ShardRecord.Fence fence);
    }

    /** Work on snapshots, off the loop. Closes the snapshot when done. */
    interface Digests {
        /** Answered by {@link ShardEngine#digested}. */
        void digest(long digestId, Snapshot snapshot, Bytes from, Bytes to, Set<Integer> detailBuckets);

        /** Answered by {@link ShardEngine#counted}: rows in those of the ranges given. */
        void count(long countId, Snapshot snapshot, List<Span> spans);
    }

    /** The reports topic. */
    @FunctionalInterface
    interface Reports {
        void send(Report report);
    }

    /** Two clocks. */
    interface Clock {
        /** Never goes back; stands still while the machine is suspended. */
        long monotonicNanos();

        long wallMillis();
    }
}
