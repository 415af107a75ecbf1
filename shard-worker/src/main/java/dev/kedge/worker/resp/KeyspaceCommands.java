package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.resp.Command.KeyArgs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The commands on what this worker holds of a keyspace. */
final class KeyspaceCommands {
    private static final int DEFAULT_COUNT = 10;

    /** COUNT is a hint; a larger one is cut down, to bound what one reply weighs and one shard's loop does at a time. */
    private static final int MAX_COUNT = 1000;

    private KeyspaceCommands() {}

    static List<Command> all() {
        return List.of(
                Command.of(
                        "scan",
                        -2,
                        KeyArgs.NONE,
                        "readonly",
                        "generic",
                        "2.8.0",
                        "O(1) for every call: Iterates over the key names this worker owns in the keyspace.",
                        KeyspaceCommands::scan),
                Command.of(
                        "dbsize",
                        1,
                        KeyArgs.NONE,
                        "readonly fast",
                        "server",
                        "1.0.0",
                        "O(N): Returns the number of keys this worker owns in the keyspace.",
                        KeyspaceCommands::dbsize),
                Command.of(
                        "select",
                        2,
                        KeyArgs.NONE,
                        "loading stale fast",
                        "connection",
                        "1.0.0",
                        "O(1): Changes the selected keyspace: by its name, or 0 for the default one.",
                        KeyspaceCommands::select));
    }

    /** Counts the rows of one keyspace in a shard. */
    static Operation.Count count(KeyspaceRoute keyspace) {
        return new Operation.Count(
                ShardKeys.lower(keyspace.id(), KeyRange.ALL), ShardKeys.upper(keyspace.id(), KeyRange.ALL));
    }

    private static Outcome dbsize(Call call) {
        return new Outcome.AskAll(
                List.of(count(call.keyspace())), replies -> new Answer.Int(Replies.sum(replies.getFirst())));
    }

    private static Outcome select(Call call) {
        String name = call.text(1);
        if (call.routing().keyspace(name) != null) {
            call.session().keyspace = name;
        } else if (name.equals("0")) {
            call.session().keyspace = null;
        } else {
            throw new Refusal("ERR there is no keyspace '" + call.quoted(1)
                    + "': SELECT takes a keyspace's name, or 0 for the default one");
        }
        return Outcome.done(Answer.OK);
    }

    private static Outcome scan(Call call) {
        long cursor = cursor(call);
        int limit = DEFAULT_COUNT;
        Predicate<Bytes> match = key -> true;
        for (int i = 2; i < call.count(); i += 2) {
            if (i + 1 == call.count()) {
                throw Refusal.syntax();
            }
            switch (call.word(i)) {
                case "count" -> {
                    long count = call.integer(i + 1);
                    if (count < 1) {
                        throw Refusal.syntax();
                    }
                    limit = (int) Math.min(count, MAX_COUNT);
                }
                case "match" -> match = new Glob(call.kept(i + 1))::matches;
                case "type" -> {
                    boolean strings = call.word(i + 1).equals("string");
                    match = strings ? match : key -> false; // there is no other type here
                }
                default -> throw Refusal.syntax();
            }
        }
        KeyspaceRoute keyspace = call.keyspace();
        Bytes from = call.front().cursors().position(keyspace, cursor);
        Operation.Scan scan = new Operation.Scan(
                ShardKeys.data(keyspace.id(), from), ShardKeys.upper(keyspace.id(), KeyRange.ALL), limit);
        Predicate<Bytes> wanted = match;
        ScanCursors cursors = call.front().cursors();
        return new Outcome.AskAll(
                List.of(scan), replies -> page(keyspace, cursors, merged(replies.getFirst()), wanted));
    }

    private static long cursor(Call call) {
        try {
            return Long.parseUnsignedLong(call.text(1));
        } catch (NumberFormatException e) {
            throw new Refusal("ERR invalid cursor");
        }
    }

    /** Positions in order, and where to go on: null at the end. */
    record Page(List<Bytes> positions, @Nullable Bytes next) {}

    /**
     * Merges shards' scans from one start. A shard that has not come to its end has been looked at up to its {@code next} only,
     * so the page ends at the least of those.
     */
    static Page merged(List<Reply> replies) {
        Bytes end = null;
        for (Reply reply : replies) {
            if (reply instanceof Reply.Keys keys
                    && keys.next() != null
                    && (end == null || keys.next().compareTo(end) < 0)) {
                end = keys.next();
            }
        }
        List<Bytes> positions = new ArrayList<>();
        for (Reply reply : replies) {
            if (reply instanceof Reply.Keys keys) {
                for (Bytes key : keys.keys()) {
                    if (end == null || key.compareTo(end) < 0) {
                        positions.add(ShardKeys.position(key));
                    }
                }
            }
        }
        positions.sort(null);
        return new Page(positions, end == null ? null : ShardKeys.position(end));
    }

    private static Answer page(KeyspaceRoute keyspace, ScanCursors cursors, Page merged, Predicate<Bytes> wanted) {
        Page page = keyspace.placement() == Placement.HASH ? wholeSlots(merged) : merged;
        Bytes next = page.next();
        long cursor = next == null ? 0 : cursors.cursor(keyspace, next);
        List<Bytes> keys = page.positions().stream()
                .map(keyspace.placement()::key)
                .filter(wanted)
                .toList();
        return new Answer.Many(List.of(Answer.bulk(Long.toUnsignedString(cursor)), Answer.bulks(keys)));
    }

    /** Leaves the slot the page ends in to the next page if little is lost by that: a slot's bound needs no memory as a cursor. */
    private static Page wholeSlots(Page page) {
        Bytes next = page.next();
        if (next == null) {
            return page;
        }
        Bytes slot = Slots.bound(Slots.slotOf(next));
        List<Bytes> before = page.positions().stream()
                .filter(each -> each.compareTo(slot) < 0)
                .toList();
        return before.isEmpty() || before.size() < page.positions().size() / 2 ? page : new Page(before, slot);
    }
}
