package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Duties.Duty;
import dev.kedge.worker.engine.Holding.Status;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Does what the routing map asks of the shard, derived anew from map and log whenever either changes: so doing it again after a crash is
 * the same code as doing it first. Everything it starts belongs to one opening.
 */
final class Pursuit {
    private final Shard engine;
    private boolean dirty = true;
    private boolean pursuing;

    private final Map<String, Replica> replicas = new HashMap<>();
    /** Closed, with imports still to be confirmed. */
    private final List<Replica> draining = new ArrayList<>();

    private final Map<String, Eviction> evictions = new HashMap<>();
    private final Map<String, DualWriteGate> gates = new HashMap<>();
    /** The round each migration was marked for in this opening. */
    private final Map<String, Integer> marked = new HashMap<>();

    private final Set<Bytes> creating = new HashSet<>();
    /** Ranges whose fence is on its way, by migration. */
    private final Map<String, Span> fencing = new HashMap<>();

    Pursuit(Shard engine) {
        this.engine = engine;
    }

    void dirty() {
        dirty = true;
    }

    void endOpening() {
        closeSources();
        draining.clear();
        evictions.clear();
        marked.clear();
        creating.clear();
        fencing.clear();
        gates.values().forEach(DualWriteGate::release);
        gates.clear();
        dirty = true;
    }

    void closeSources() {
        replicas.values().forEach(Replica::close);
        replicas.clear();
    }

    void tick() {
        pursue();
        paceCopies();
        replicas.values().forEach(Replica::tick);
        draining.removeIf(r -> !r.isBusy());
        evictions.values().forEach(Eviction::tick);
        long now = engine.nowNanos();
        for (DualWriteGate gate : gates.values()) {
            if (gate.timedOut(now)) {
                keepDualWriteLost(gate);
            }
        }
    }

    private void paceCopies() {
        if (dirty || !engine.timing().tick()) {
            return;
        }
        Foreground.Window window = engine.foreground();
        for (Duty duty : engine.duties().all()) {
            MigrationRoute route = duty.migration();
            if (duty.owner() && route != null && duty.isPaced()) {
                tellLatency(route.migration(), route.attempt(), window);
            }
            duty.copyingReadReplicas().forEach(r -> tellLatency(r.replica(), r.attempt(), window));
        }
    }

    private void tellLatency(String migration, int attempt, Foreground.Window window) {
        engine.ports()
                .reports()
                .send(new Report.ForegroundLatency(
                        engine.shard(), migration, attempt, window.requests(), window.p99Micros()));
    }

    void foregroundLatency(Report.ForegroundLatency latency) {
        Replica replica = replicas.get(latency.migration());
        if (replica != null && replica.isAttempt(latency.attempt())) {
            replica.sourceLatency(latency);
        }
    }

    private void keepDualWriteLost(DualWriteGate gate) {
        engine.kept()
                .keep(
                        new Report.DualWriteLost(
                                engine.shard(),
                                gate.migration,
                                gate.attempt,
                                "the replica reported no progress; writes are acknowledged without it"),
                        () -> gates.get(gate.migration) == gate);
    }

    void pursue() {
        if (!dirty || pursuing || !engine.isOpen()) {
            return;
        }
        dirty = false;
        pursuing = true;
        try {
            for (Duty duty : engine.duties().all()) {
                if (duty.owner() && duty.phase() != Phase.CUTOVER) {
                    createVacant(duty);
                }
            }
            engine.timing().measure(isCopyUnderWay());
            Set<String> seen = new HashSet<>();
            for (Duty duty : engine.duties().migrating()) {
                MigrationRoute route = duty.migration();
                if (route != null) {
                    seen.add(route.migration());
                    pursue(duty, route);
                }
            }
            forgetAllBut(seen);
        } finally {
            pursuing = false;
        }
    }

    private boolean isCopyUnderWay() {
        for (Duty duty : engine.duties().all()) {
            if (duty.isPaced() || !duty.copyingReadReplicas().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void forgetAllBut(Set<String> seen) {
        replicas.entrySet().removeIf(e -> !seen.contains(e.getKey()) && retire(e.getValue()));
        evictions.keySet().retainAll(seen);
        marked.keySet().retainAll(seen);
        for (Iterator<Map.Entry<String, DualWriteGate>> i = gates.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<String, DualWriteGate> gate = i.next();
            if (!seen.contains(gate.getKey())) {
                i.remove();
                gate.getValue().release();
            }
        }
    }

    private boolean retire(Replica replica) {
        replica.close();
        if (replica.isBusy()) {
            draining.add(replica);
        }
        return true;
    }

    private void pursue(Duty duty, MigrationRoute route) {
        replicate(duty, route);
        gate(duty, route);
        if (duty.owner() && route.phase() == Phase.VERIFYING) {
            mark(duty, route);
        }
        if (duty.isFormerOwner()) {
            fence(duty, route);
        }
        if (duty.owner() && route.phase() == Phase.CUTOVER) {
            confirmServing(duty, route);
        }
        if (!duty.owner() && route.phase() == Phase.CLEANUP) {
            evict(duty, route);
        }
    }

    /** A tablet given to this shard by the creation of its keyspace, on positions its log has never said anything about. */
    private void createVacant(Duty duty) {
        for (Holding holding : engine.judge().over(duty.span())) {
            if (holding.status() != Status.VACANT
                    || holding.staging() != null
                    || !creating.add(holding.span().from())) {
                continue;
            }
            Bytes from = holding.span().from();
            append(
                    'N',
                    new ShardRecord.Created(
                            engine.epoch(),
                            engine.incarnation(),
                            duty.keyspaceId(),
                            rangeOf(duty, holding.span()),
                            duty.tablet().version()),
                    (offset, verdict) -> creating.remove(from));
        }
    }

    private static KeyRange rangeOf(Duty duty, Span span) {
        boolean toTheEnd = span.to().equals(duty.span().to());
        return new KeyRange(
                ShardKeys.position(span.from()),
                toTheEnd ? duty.tablet().range().end() : ShardKeys.position(span.to()));
    }

    private void replicate(Duty duty, MigrationRoute route) {
        Replica replica = replicas.get(route.migration());
        boolean wanted = duty.isReplicating() && !engine.judge().ownsAll(duty.span());
        if (replica != null && (!wanted || !replica.is(route))) {
            replicas.remove(route.migration());
            retire(replica);
            replica = null;
        }
        if (wanted && replica == null) {
            if (draining.stream().anyMatch(Replica::isBusy)) {
                dirty = true; // imports of an earlier attempt are on their way through another lane
                return;
            }
            replica = new Replica(engine, duty, route);
            replicas.put(route.migration(), replica);
        }
        if (replica != null) {
            replica.update(duty, route);
        }
    }

    private void gate(Duty duty, MigrationRoute route) {
        boolean wanted =
                duty.owner() && route.phase().isDualWriting() && engine.judge().ownsAll(duty.span());
        DualWriteGate gate = gates.get(route.migration());
        if (gate != null && (!wanted || gate.attempt != route.attempt())) {
            // In a cutover the writes held stand before the fence, and the new owner reads through it before it serves.
            gates.remove(route.migration());
            gate.release();
            gate = null;
        }
        if (wanted && gate == null) {
            gates.put(
                    route.migration(),
                    new DualWriteGate(
                            duty.span(),
                            route.migration(),
                            route.attempt(),
                            route.dualWriteTimeoutMillis(),
                            engine.nowNanos()));
        }
    }

    private void mark(Duty duty, MigrationRoute route) {
        if (route.round() == marked.getOrDefault(route.migration(), -1)
                || !engine.judge().ownsAll(duty.span())) {
            return;
        }
        marked.put(route.migration(), route.round());
        ShardRecord.Marker marker = new ShardRecord.Marker(
                engine.epoch(),
                engine.incarnation(),
                duty.keyspaceId(),
                duty.tablet().range(),
                route.migration(),
                route.attempt(),
                route.round(),
                route.detailBuckets());
        append('M', marker, (offset, verdict) -> {
            if (verdict != Verdict.VOID) {
                Verification.digest(engine, duty.span(), marker, offset);
            }
        });
    }

    /** A digest that failed is made again at a new marker. */
    void digestFailed() {
        marked.clear();
        dirty = true;
    }

    private void fence(Duty duty, MigrationRoute route) {
        long version = duty.tablet().version();
        List<Holding> holdings = engine.judge().over(duty.span());
        if (holdings.stream().anyMatch(h -> h.version() < version)) {
            if (fencing.putIfAbsent(route.migration(), duty.span()) == null) {
                append(
                        'F',
                        new ShardRecord.Fence(
                                engine.epoch(),
                                engine.incarnation(),
                                duty.keyspaceId(),
                                duty.tablet().range(),
                                version,
                                route.migration(),
                                true,
                                engine.isSettled()),
                        (offset, verdict) -> {
                            fencing.remove(route.migration());
                            dirty = true;
                        });
            }
            return;
        }
        if (!engine.kept().has(route.migration(), Report.Fenced.class)) {
            engine.kept()
                    .keep(
                            new Report.Fenced(
                                    engine.shard(),
                                    route.migration(),
                                    route.attempt(),
                                    version,
                                    holdings.get(0).offset()),
                            () -> engine.isAt(route.migration(), version));
        }
    }

    /** After a restart nobody else knows any more that this shard has already taken the tablet over. */
    private void confirmServing(Duty duty, MigrationRoute route) {
        long version = duty.tablet().version();
        List<Holding> holdings = engine.judge().over(duty.span());
        boolean served = holdings.stream().allMatch(h -> h.isOwned() && h.version() == version);
        if (served && !engine.kept().has(route.migration(), Report.CutoverServed.class)) {
            engine.kept()
                    .keep(
                            new Report.CutoverServed(
                                    engine.shard(),
                                    route.migration(),
                                    route.attempt(),
                                    version,
                                    holdings.get(0).offset(),
                                    -1,
                                    -1,
                                    0),
                            () -> engine.isAt(route.migration(), version));
        }
    }

    private void evict(Duty duty, MigrationRoute route) {
        if (draining.stream().anyMatch(Replica::isBusy)) {
            dirty = true;
            return;
        }
        List<Holding> holdings = engine.judge().over(duty.span());
        boolean gone = holdings.stream()
                .allMatch(h -> h.staging() == null && (h.status() == Status.VACANT || h.status() == Status.EVICTED));
        Eviction eviction = evictions.get(route.migration());
        if (!gone) {
            if (eviction == null) {
                evictions.put(route.migration(), new Eviction(engine, duty, route.migration(), route.attempt()));
            }
            return;
        }
        if (!engine.kept().has(route.migration(), Report.EvictionDone.class)) {
            long version = duty.tablet().version();
            engine.kept()
                    .keep(
                            new Report.EvictionDone(
                                    engine.shard(),
                                    route.migration(),
                                    route.attempt(),
                                    holdings.get(0).offset(),
                                    eviction == null ? 0 : eviction.rows()),
                            () -> engine.isAt(route.migration(), version));
        }
    }

    // ---- inputs that concern one part

    void sourceRecords(long sourceId, List<Logged> records, long next, long end) {
        Replica replica = bySource(sourceId);
        if (replica != null) {
            replica.sourceRecords(records, next, end);
        }
    }

    void sourceFailed(long sourceId, String reason) {
        Replica replica = bySource(sourceId);
        if (replica != null) {
            replica.sourceFailed(reason);
        }
    }

    private @Nullable Replica bySource(long sourceId) {
        for (Replica replica : replicas.values()) {
            if (replica.isSource(sourceId)) {
                return replica;
            }
        }
        return null;
    }

    void replicaProgress(Report.ReplicaProgress progress) {
        DualWriteGate gate = gates.get(progress.migration());
        if (gate != null && gate.attempt == progress.attempt()) {
            gate.progress(progress.position(), engine.nowNanos());
        }
    }

    void committed() {
        replicas.values().forEach(Replica::committed);
    }

    /** Runs {@code reply} once every replica of one of the keys has the log through {@code offset}. */
    void throughGates(Collection<Bytes> keys, long offset, Runnable reply) {
        Runnable then = reply;
        for (DualWriteGate gate : gates.values()) {
            if (keys.stream().anyMatch(gate.span::contains)) {
                Runnable next = then;
                then = () -> gate.hold(offset, engine.nowNanos(), next);
            }
        }
        then.run();
    }

    /** How old an answer from the rows can be that a replica here holds; {@link Freshness#UNKNOWN} if it can't be told. */
    long stalenessMillis(Duty duty) {
        MigrationRoute route = duty.migration();
        Replica replica = route == null ? null : replicas.get(route.migration());
        return replica == null || route == null || !replica.is(route) ? Freshness.UNKNOWN : replica.stalenessMillis();
    }

    /**
     * Whether a fence of this opening is on its way to a part of the span. The new owner may serve as soon as it reads it there, without a wait, so
     * nothing of the range is answered until it is applied here too: also if the range has come back meanwhile (R4).
     */
    boolean isFencing(Span span) {
        return !fencing.isEmpty() && fencing.values().stream().anyMatch(span::overlaps);
    }

    boolean importsInFlight(Bytes key) {
        return replicas.values().stream().anyMatch(r -> r.span().contains(key) && r.isBusy())
                || draining.stream().anyMatch(r -> r.span().contains(key) && r.isBusy());
    }

    private interface Applied {
        void applied(long offset, Verdict verdict);
    }

    private void append(char type, ShardRecord record, Applied then) {
        engine.append(Lane.FOREGROUND, engine.controlKey(type), record, new Pending.Outcome() {
            @Override
            public void applied(long offset, Verdict verdict) {
                then.applied(offset, verdict);
            }

            @Override
            public void lost() {
                // The next opening derives it anew.
            }
        });
    }
}
