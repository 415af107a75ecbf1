package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Duties.Duty;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a tablet's rows out of the owner's log and into this shard's, in order, and knows how far it is. Its position counts only what
 * is confirmed here.
 */
final class Importer {
    /** Something whose turn comes when every import before it has been applied. */
    private sealed interface InFlight {
        record Row(long sourceOffset, long appendedMillis, long arrivedNanos) implements InFlight {}

        /** A delete that makes up for the owner having begun afresh; the position waits for the last of them. */
        record Clearing() implements InFlight {}

        record Mark(long sourceOffset, ShardRecord.Marker marker, long appendedMillis, long arrivedNanos)
                implements InFlight {}
    }

    private record Chunk(List<Logged> records, long next, long arrivedNanos) {}

    private static final int BACKLOG_HIGH = 8;
    private static final int BACKLOG_LOW = 4;
    private static final InFlight CLEARING = new InFlight.Clearing();

    private final Host host;
    private final Duty duty;
    private final SourceView view;
    private final RateLimit rate;
    private final CopyPace pace;
    private long pacedWindow;
    private long pacedRows;
    private MigrationRoute route;

    private long sourceId = -1;
    private boolean sourcePaused;
    private final ArrayDeque<Chunk> backlog = new ArrayDeque<>();
    /** Next record of the backlog's first chunk. */
    private int inChunk;

    private Lane lane = Lane.BULK;
    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    /** Rows of this span are to be removed before the replay goes on. */
    private @Nullable Span clearing;

    /** All source records below it are in this shard's log and store. */
    private long position;
    /** All source records below it have been looked at. */
    private long scanned;
    /** Append time and arrival of the latest record looked at. */
    private long scannedMillis = -1;

    private long scannedArrivedNanos;
    /** Where the next chunk begins. */
    private long readUpTo = -1;
    /** -1 until the source has said so. */
    private long sourceEnd = -1;
    /** The source's end as of the opening: before it is passed the store can be behind what it was before a restart. */
    private long openedEnd = -1;

    private final Freshness freshness = new Freshness();

    private long rows;
    private long bytes;
    private long progressPosition;
    private long progressRows;
    private long progressNanos;
    private long confirmedMillis;

    Importer(Host host, Duty duty, MigrationRoute route, SourceView view, long from) {
        this.host = host;
        this.duty = duty;
        this.route = route;
        this.view = view;
        this.rate = new RateLimit(route.rowsPerSecond(), host.nowNanos());
        this.pace = new CopyPace(host.settings().leastCopyRowsPerSecond());
        this.pacedWindow = host.foreground().number();
        this.position = from;
        this.scanned = from;
        this.progressPosition = from;
        this.progressNanos = host.nowNanos();
        this.confirmedMillis = host.ports().clock().wallMillis();
    }

    void open(String topic) {
        sourceId = host.nextSourceId();
        host.ports().sources().open(sourceId, topic, position);
    }

    void close() {
        if (sourceId >= 0) {
            host.ports().sources().close(sourceId);
            sourceId = -1;
        }
        backlog.clear();
        inChunk = 0;
    }

    boolean isSource(long id) {
        return sourceId == id;
    }

    boolean isBusy() {
        return !inFlight.isEmpty();
    }

    SourceView view() {
        return view;
    }

    long position() {
        return position;
    }

    long scanned() {
        return scanned;
    }

    long sourceEnd() {
        return sourceEnd;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    /** Broker time before which everything is applied here; -1 while unknown. */
    long appliedMillis() {
        return freshness.appendedMillis();
    }

    /**
     * How old an answer from the store can be now; {@link Freshness#UNKNOWN} while the store is no state the owner was ever in, or an older one
     * than it was before: the replay has not passed the end the log had when it began (an earlier replay may have been that far, and
     * compaction leaves holes below), or rows of a range that began afresh are still to be deleted, or the source does not own the tablet at
     * this position (yet, or any more).
     */
    long stalenessMillis() {
        boolean consistent = openedEnd >= 0 && position >= openedEnd && position > view.ownedFrom() && clearing == null;
        return consistent ? freshness.stalenessMillis(host.ports().clock()) : Freshness.UNKNOWN;
    }

    /** R0: behind for so long that deletes may be gone from the log before they were read. */
    boolean isStale() {
        return position < sourceEnd
                && host.settings().mayMissTombstones(host.ports().clock().wallMillis() - confirmedMillis);
    }

    void appendFence(Bytes key, ShardRecord.Fence fence) {
        host.ports().sources().appendFence(sourceId, key, fence);
    }

    void sourceRecords(List<Logged> records, long next, long end) {
        if (!records.isEmpty() || next > readUpTo) {
            backlog.add(new Chunk(records, next, host.nowNanos()));
            readUpTo = next;
        }
        if (openedEnd < 0) {
            openedEnd = end;
        }
        sourceEnd = Math.max(sourceEnd, end);
        if (backlog.size() >= BACKLOG_HIGH) {
            pauseSource(true);
        }
    }

    private void pauseSource(boolean pause) {
        if (sourceId >= 0 && sourcePaused != pause) {
            sourcePaused = pause;
            host.ports().sources().pause(sourceId, pause);
        }
    }

    private boolean isHalted() {
        return route.paused() && route.phase() != Phase.CUTOVER;
    }

    private boolean mayImport() {
        if (isHalted() || clearing != null || host.repairing(duty.span())) {
            return false;
        }
        Lane wanted = route.phase() == Phase.COPYING ? Lane.BULK : Lane.FOREGROUND;
        if (lane != wanted) {
            if (!inFlight.isEmpty()) {
                return false; // order holds only within a lane
            }
            lane = wanted;
        }
        return inFlight.size() < host.settings().maxImportsInFlight();
    }

    /** Takes as much of what has been read as may be taken now. */
    void advance(MigrationRoute newRoute) {
        route = newRoute;
        clear();
        rate.set(rowsPerSecondLimit());
        int allowance = rate.available(host.nowNanos());
        int taken = 0;
        while (!backlog.isEmpty() && taken < allowance && mayImport()) {
            Chunk chunk = backlog.getFirst();
            if (inChunk < chunk.records.size()) {
                Logged record = chunk.records.get(inChunk++);
                if (record.offset() >= scanned) {
                    taken += look(record, chunk.arrivedNanos);
                }
                continue;
            }
            backlog.removeFirst();
            inChunk = 0;
            scanned = Math.max(scanned, chunk.next);
        }
        rate.take(taken);
        settle();
        if (backlog.size() <= BACKLOG_LOW) {
            pauseSource(isHalted());
        }
    }

    /** The limit now; 0 = none. */
    int rowsPerSecondLimit() {
        boolean limited = route.phase() == Phase.COPYING || route.phase() == Phase.CATCHING_UP;
        if (!limited) {
            return 0;
        }
        pace.options(route.rowsPerSecond(), route.copyTargetP99Millis());
        Foreground.Window own = host.foreground();
        if (own.number() != pacedWindow) {
            pacedWindow = own.number();
            pace.interval(own, (rows - pacedRows) * 1e9 / Math.max(1, own.nanos()), host.nowNanos());
            pacedRows = rows;
        }
        return pace.rowsPerSecond();
    }

    CopyPace pace() {
        return pace;
    }

    /** With nothing in flight, what has been looked at is done. */
    private void settle() {
        if (isConfirmed() && position < scanned) {
            moveTo(scanned, scannedMillis, scannedArrivedNanos);
        }
    }

    /** R6: every import appended so far stands in this shard's log and has been applied. */
    private boolean isConfirmed() {
        return inFlight.isEmpty() && clearing == null;
    }

    private void moveTo(long newPosition, long appendedMillis, long arrivedNanos) {
        position = newPosition;
        freshness.applied(appendedMillis, arrivedNanos);
        confirmedMillis = host.ports().clock().wallMillis();
    }

    /** Judges one source record and imports it if it is a row of the tablet; returns how many rows were imported. */
    private int look(Logged logged, long arrivedNanos) {
        SourceView.Seen seen = view.look(logged, host.nowNanos());
        scanned = logged.offset() + 1;
        scannedMillis = logged.timestampMillis();
        scannedArrivedNanos = arrivedNanos;
        return switch (seen) {
            case SourceView.Seen.Nothing n -> 0;
            case SourceView.Seen.TabletRow row -> {
                importRow(logged, row.row());
                yield 1;
            }
            case SourceView.Seen.Mark mark -> {
                if (mark.marker().migration().equals(route.migration())
                        && mark.marker().attempt() == route.attempt()) {
                    inFlight.add(
                            new InFlight.Mark(logged.offset(), mark.marker(), logged.timestampMillis(), arrivedNanos));
                    digestDueMarkers();
                }
                yield 0;
            }
            case SourceView.Seen.Cleared cleared -> {
                clearing = cleared.span();
                clear();
                yield 0;
            }
        };
    }

    /**
     * The owner began afresh on a span: rows of it imported so far are deleted, in the log too. Until that is done the position stays at the
     * record that said so, so a restart comes back to it.
     */
    private void clear() {
        Span span = clearing;
        if (span == null || !inFlight.isEmpty()) {
            return;
        }
        host.commit();
        List<Ports.Row> left =
                host.store().scan(span.from(), span.to(), host.settings().evictBatchRows());
        if (left.isEmpty()) {
            clearing = null;
            settle();
            return;
        }
        for (Ports.Row row : left) {
            inFlight.add(CLEARING);
            append(lane, row.key(), imported(scanned - 1, null), verdict -> inFlight.remove());
        }
    }

    private ShardRecord.Import imported(long sourceOffset, byte @Nullable [] value) {
        return new ShardRecord.Import(
                host.epoch(), host.incarnation(), route.migration(), route.attempt(), sourceOffset, value);
    }

    private void importRow(Logged logged, ShardRecord.Row row) {
        byte[] value = row.value();
        long offset = logged.offset();
        inFlight.add(new InFlight.Row(offset, scannedMillis, scannedArrivedNanos));
        append(lane, logged.key(), imported(offset, value), verdict -> confirmed(offset));
        rows++;
        bytes += logged.key().length() - ShardKeys.DATA_PREFIX_LENGTH + (value == null ? 0 : value.length);
    }

    private void confirmed(long offset) {
        InFlight first = inFlight.poll();
        if (!(first instanceof InFlight.Row row) || row.sourceOffset != offset) {
            throw new IllegalStateException("import of source offset " + offset + " applied out of turn: " + first);
        }
        moveTo(offset + 1, row.appendedMillis, row.arrivedNanos);
        digestDueMarkers();
        settle();
    }

    private void digestDueMarkers() {
        while (inFlight.peek() instanceof InFlight.Mark due) {
            inFlight.remove();
            moveTo(due.sourceOffset + 1, due.appendedMillis, due.arrivedNanos);
            // A replica that was restarted passes markers its store is already ahead of: a later round brings another.
            if (host.importReach(route.migration(), route.attempt()) < due.sourceOffset) {
                Verification.digest(host, duty.span(), due.marker, due.sourceOffset);
            }
        }
    }

    /** R6: a progress record follows the imports it counts, since those are confirmed. */
    void recordProgress() {
        long now = host.nowNanos();
        boolean due = rows - progressRows >= host.settings().progressEveryRows()
                || now - progressNanos >= host.settings().progressEveryMillis() * 1_000_000;
        if (!due || position == progressPosition || sourceId < 0) {
            return;
        }
        progressPosition = position;
        progressRows = rows;
        progressNanos = now;
        byte[] saved = view.stateAt(position);
        append(
                Lane.FOREGROUND,
                ShardKeys.progress(route.migration(), route.attempt()),
                new ShardRecord.ImportProgress(
                        host.epoch(),
                        host.incarnation(),
                        duty.keyspaceId(),
                        duty.tablet().range(),
                        route.migration(),
                        route.attempt(),
                        position,
                        saved == null ? new Judge().saveForReader() : saved),
                verdict -> {});
    }

    private void append(Lane onLane, Bytes key, ShardRecord record, Draining.OnVerdict then) {
        host.append(onLane, key, record, new Pending.Outcome() {
            @Override
            public void applied(long offset, Verdict verdict) {
                then.applied(verdict);
            }

            @Override
            public void lost() {
                // The opening is over, and this importer with it.
            }
        });
    }
}
