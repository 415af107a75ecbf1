package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An append on its way: sent, not yet applied. */
final class Pending {
    /** What the sender of an append wants to know. Called from the loop, in offset order. */
    interface Outcome {
        /** The record stands at {@code offset} and all before it has been applied; the store is committed after this. */
        void applied(long offset, Verdict verdict);

        /** The opening it belonged to ended first: it may or may not be in the log. */
        void lost();
    }

    final long token;
    final Lane lane;
    final Bytes key;
    final ShardRecord record;
    final long sentNanos;
    final long sentWallMillis;
    private final Outcome outcome;
    private @Nullable List<Outcome> followers;
    long ackedNanos;
    long timestampMillis;
    private long offset = -1;
    /** Set once applied; the store may still have to be committed. */
    private @Nullable Verdict verdict;

    Pending(
            long token,
            Lane lane,
            Bytes key,
            ShardRecord record,
            long sentNanos,
            long sentWallMillis,
            Outcome outcome) {
        this.token = token;
        this.lane = lane;
        this.key = key;
        this.record = record;
        this.sentNanos = sentNanos;
        this.sentWallMillis = sentWallMillis;
        this.outcome = outcome;
    }

    /** Lets another operation share the fate of this append: it saw a value that is not confirmed yet. */
    void follow(Outcome follower) {
        if (verdict != null) {
            follower.applied(offset, verdict);
            return;
        }
        if (followers == null) {
            followers = new ArrayList<>(2);
        }
        followers.add(follower);
    }

    void applied(long at, Verdict judged) {
        offset = at;
        verdict = judged;
        outcome.applied(at, judged);
        if (followers != null) {
            followers.forEach(f -> f.applied(at, judged));
        }
    }

    void lost() {
        outcome.lost();
        if (followers != null) {
            followers.forEach(Outcome::lost);
        }
    }
}
