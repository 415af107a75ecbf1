package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A shard's reply in RESP's terms. */
final class Replies {
    private Replies() {}

    /** The natural form of each reply. */
    static Answer plain(Reply reply) {
        return switch (reply) {
            case Reply.Ok ok -> Answer.OK;
            case Reply.Value value -> bulkOrNil(value.value());
            case Reply.Values values -> {
                List<Answer> items = new ArrayList<>(values.values().size());
                for (Bytes each : values.values()) {
                    items.add(bulkOrNil(each));
                }
                yield new Answer.Many(items);
            }
            case Reply.Int number -> new Answer.Int(number.value());
            case Reply.Keys keys -> Answer.bulks(keys.keys());
            case Reply.Moved moved ->
                new Answer.Failure("TRYAGAIN the key is moving to shard " + moved.shard() + ", nothing was done");
            case Reply.Failed failed -> failure(failed);
        };
    }

    /** For commands that answer a set that took place with 1, one that did not with 0. */
    static Answer oneIfSet(Reply reply) {
        return switch (reply) {
            case Reply.Ok ok -> new Answer.Int(1);
            case Reply.Value value -> new Answer.Int(0);
            case Reply.Values v -> plain(v);
            case Reply.Int i -> plain(i);
            case Reply.Keys k -> plain(k);
            case Reply.Moved m -> plain(m);
            case Reply.Failed f -> plain(f);
        };
    }

    static Answer.Failure failure(Reply.Failed failed) {
        return new Answer.Failure(
                switch (failed.failure()) {
                    case TRY_AGAIN -> "TRYAGAIN " + failed.message();
                    case CROSS_SLOT -> Routes.CROSS_SLOT;
                    case UNOWNED -> "CLUSTERDOWN " + failed.message();
                    case NOT_AN_INTEGER -> "ERR value is not an integer or out of range";
                    case OVERFLOW -> "ERR increment or decrement would overflow";
                    case TOO_LARGE -> "ERR " + failed.message();
                    case INDETERMINATE ->
                        "INDETERMINATE the write may or may not have taken effect: " + failed.message();
                });
    }

    static long sum(List<Reply> counts) {
        long sum = 0;
        for (Reply count : counts) {
            sum += count instanceof Reply.Int number ? number.value() : 0;
        }
        return sum;
    }

    private static Answer bulkOrNil(@Nullable Bytes value) {
        return value == null ? Answer.NIL : new Answer.Bulk(value);
    }
}
