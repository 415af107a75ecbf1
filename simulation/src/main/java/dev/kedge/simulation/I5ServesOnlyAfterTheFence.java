package dev.kedge.simulation;

import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.simulation.LogTruth.FenceSeen;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Span;

/**
 * I5: a shard takes a tablet over only after applying the former owner's log through its fence. At that moment its rows are the former
 * owner's at the fence, one by one.
 */
final class I5ServesOnlyAfterTheFence extends Invariant {
    private final World world;

    I5ServesOnlyAfterTheFence(World world) {
        this.world = world;
    }

    @Override
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {
        if (verdict != Judge.Verdict.VALID || !(logged.record() instanceof ShardRecord.ImportCompleted completed)) {
            return;
        }
        world.count("imports completed");
        String where = log.log().shard() + "[" + logged.offset() + "] " + completed;
        Span span = Span.of(completed.keyspaceId(), completed.range());
        FenceSeen seen = null;
        LogTruth source = null;
        for (LogTruth truth : world.truths()) {
            FenceSeen fence = truth.fence(completed.sourceOffset());
            if (truth != log
                    && fence != null
                    && fence.fence().version() >= completed.version()
                    && fence.fence().migration().equals(completed.migration())) {
                seen = fence;
                source = truth;
            }
        }
        if (seen == null || source == null) {
            throw violated(where + " names a fence that no log has at that offset");
        }
        String difference = LogTruth.difference(
                "the former owner " + source.log().shard() + " at its fence",
                new java.util.TreeMap<>(seen.rows().subMap(span.from(), span.to())),
                "the new one",
                log.rows(span));
        if (difference != null) {
            throw violated(where + ": " + difference);
        }
    }
}
