package dev.kedge.simulation;

import dev.kedge.worker.engine.Logged;
import java.util.IdentityHashMap;
import java.util.List;

/** I7: a shard's store is what replaying its log up to the applied offset gives, whatever was lost and rebuilt on the way. */
final class I7ReplayEqualsStore extends Invariant {
    private static final int EVERY = 16;

    private final World world;
    private final IdentityHashMap<SimStore, LogTruth> replays = new IdentityHashMap<>();
    private int touches;

    I7ReplayEqualsStore(World world) {
        this.world = world;
    }

    @Override
    void touched(SimHost host) {
        if (++touches % EVERY == 0) {
            check(host);
        }
    }

    @Override
    void atEnd() {
        for (SimWorker worker : world.workers()) {
            worker.hosts().forEach(this::check);
        }
        world.truths().forEach(this::survivesCompaction);
    }

    /** With everything at rest and repaired (R5), the cleaner may take all it can: whoever then has but the log still gets every row. */
    private void survivesCompaction(LogTruth truth) {
        SimLog log = truth.log();
        log.compact(0, world.settings().engine().tombstoneRetentionMillis());
        LogTruth left = new LogTruth(log);
        log.read(0, log.end()).forEach(left::take);
        String difference = LogTruth.difference("the log", truth.rows(), "what compaction leaves of it", left.rows());
        if (difference != null) {
            throw violated(log.shard() + ": " + difference);
        }
    }

    private void check(SimHost host) {
        SimStore store = host.simStore();
        SimLog log = world.truthOf(host.shard()).log();
        long until = store.applied() + 1;
        LogTruth replay = replays.get(store);
        if (replay == null || replay.next() > until) {
            replay = new LogTruth(log); // a crash took the store back
            replays.put(store, replay);
        }
        List<Logged> history = log.history();
        while (replay.next() < until) {
            replay.take(history.get((int) replay.next()));
        }
        String difference = LogTruth.difference("the replayed log", replay.rows(), "the store", store.rows());
        if (difference != null) {
            throw violated(host.shard() + " on " + host.worker().name() + " as of offset " + store.applied() + ": "
                    + difference);
        }
    }
}
