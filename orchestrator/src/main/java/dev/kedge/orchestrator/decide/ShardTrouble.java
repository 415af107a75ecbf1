package dev.kedge.orchestrator.decide;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shard that does not serve where it is, as far as it has been seen. Immutable.
 *
 * @param epoch the assignment this is about
 * @param sinceMillis since when it has been failing there; null while it is on its way
 * @param why what is the matter
 * @param tried workers that have failed with it: it is not sent back to one (no ping-pong)
 * @param told what was last said of it; null before
 */
record ShardTrouble(
        long epoch,
        @Nullable Long sinceMillis,
        String why,
        List<String> tried,
        @Nullable String told) {
    static final ShardTrouble NONE = new ShardTrouble(0, null, "", List.of(), null);

    ShardTrouble {
        tried = List.copyOf(tried);
    }

    ShardTrouble failing(long atEpoch, long nowMillis, String reason) {
        Long since = epoch == atEpoch && sinceMillis != null ? sinceMillis : (Long) nowMillis;
        return new ShardTrouble(atEpoch, since, reason, tried, told);
    }

    /** It is being opened: neither well nor failing. */
    ShardTrouble opening() {
        return new ShardTrouble(epoch, null, "", tried, told);
    }

    ShardTrouble movedFrom(String worker) {
        List<String> all = new ArrayList<>(tried);
        if (!all.contains(worker)) {
            all.add(worker);
        }
        return new ShardTrouble(epoch, null, "", all, null);
    }

    ShardTrouble told(String what) {
        return new ShardTrouble(epoch, sinceMillis, why, tried, what);
    }
}
