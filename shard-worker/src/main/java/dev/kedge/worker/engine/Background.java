package dev.kedge.worker.engine;

import dev.kedge.worker.engine.Reply.Failure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Work on snapshots that runs off the loop, and who waits for it. */
final class Background {
    private final Ports ports;
    private final Map<Long, Consumer<DigestResult>> digests = new HashMap<>();
    private final Map<Long, Request.ReplySink> counts = new HashMap<>();
    private long ids;

    Background(Ports ports) {
        this.ports = ports;
    }

    void digest(Span span, Set<Integer> detailBuckets, Consumer<DigestResult> then) {
        long id = ids++;
        digests.put(id, then);
        ports.digests().digest(id, ports.store().snapshot(), span.from(), span.to(), detailBuckets);
    }

    void count(List<Span> spans, Request.ReplySink replies) {
        long id = ids++;
        counts.put(id, replies);
        ports.digests().count(id, ports.store().snapshot(), spans);
    }

    void digested(long id, DigestResult result) {
        Consumer<DigestResult> then = digests.remove(id);
        if (then != null) {
            then.accept(result);
        }
    }

    void counted(long id, long rows) {
        reply(counts.remove(id), new Reply.Int(rows));
    }

    /** Returns whether it was a digest that somebody still waits for. */
    boolean failed(long id, String why) {
        reply(counts.remove(id), new Reply.Failed(Failure.TRY_AGAIN, "counting failed: " + why));
        return digests.remove(id) != null;
    }

    private static void reply(Request.@Nullable ReplySink replies, Reply reply) {
        if (replies != null) {
            replies.reply(reply);
        }
    }

    /** Digests belong to one opening. */
    void endOpening() {
        digests.clear();
    }

    void refuseCounts(Reply reply) {
        counts.values().forEach(c -> c.reply(reply));
        counts.clear();
    }
}
