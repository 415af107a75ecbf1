package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One request while its command runs.
 *
 * @param routing the map this request is judged by
 */
record Call(Front front, Session session, List<Bytes> args, RoutingMap routing) {

    static final int MAX_QUOTED = 128;

    int count() {
        return args.size();
    }

    Bytes arg(int index) {
        return args.get(index);
    }

    String text(int index) {
        return args.get(index).toUtf8();
    }

    /** An argument as an error message quotes it: not more of it than helps. */
    String quoted(int index) {
        return quoted(args.get(index));
    }

    static String quoted(Bytes arg) {
        return new String(arg.array(), 0, Math.min(arg.length(), MAX_QUOTED), StandardCharsets.UTF_8);
    }

    /** An argument that is one of a command's own words. */
    String word(int index) {
        return word(args.get(index));
    }

    static String word(Bytes arg) {
        return new String(arg.array(), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    }

    /** A whole number as Redis reads it: no plus sign, no leading zeros, no blanks. */
    long integer(int index) {
        return integer(args.get(index));
    }

    static long integer(Bytes arg) {
        int length = arg.length();
        int digits = length > 0 && arg.at(0) == '-' ? 1 : 0;
        if (length == digits || length > 20 || (arg.at(digits) == '0' && length > 1)) {
            throw Refusal.notAnInteger();
        }
        for (int i = digits; i < length; i++) {
            if (arg.at(i) < '0' || arg.at(i) > '9') {
                throw Refusal.notAnInteger();
            }
        }
        try {
            return Long.parseLong(new String(arg.array(), StandardCharsets.ISO_8859_1));
        } catch (NumberFormatException e) {
            throw Refusal.notAnInteger();
        }
    }

    Bytes value(int index) {
        Bytes value = args.get(index);
        int max = front.settings().limits().maxValueBytes();
        if (value.length() > max) {
            throw new Refusal(
                    "ERR the value has " + value.length() + " bytes; at most " + max + " are taken (max-value-bytes)");
        }
        return value;
    }

    /** A text the server keeps, such as a name: not longer than a key may be. */
    Bytes kept(int index) {
        Bytes text = args.get(index);
        int max = front.settings().limits().maxKeyBytes();
        if (text.length() > max) {
            throw new Refusal(
                    "ERR the text has " + text.length() + " bytes; at most " + max + " are taken (max-key-bytes)");
        }
        return text;
    }

    private Bytes position(KeyspaceRoute keyspace, int index) {
        Bytes key = args.get(index);
        int max = front.settings().limits().maxKeyBytes();
        if (key.length() > max) {
            throw new Refusal(
                    "ERR the key has " + key.length() + " bytes; at most " + max + " are taken (max-key-bytes)");
        }
        return keyspace.placement().position(key);
    }

    KeyspaceRoute keyspace() {
        return Keyspaces.selected(routing, session.keyspace);
    }

    /** Asks for one key. */
    Outcome ask(int keyIndex, Function<Bytes, Operation.Keyed> operation) {
        return ask(keyIndex, operation, Replies::plain);
    }

    Outcome ask(int keyIndex, Function<Bytes, Operation.Keyed> operation, Function<Reply, Answer> form) {
        KeyspaceRoute keyspace = keyspace();
        Bytes position = position(keyspace, keyIndex);
        return new Outcome.Ask(
                keyspace, List.of(position), operation.apply(ShardKeys.data(keyspace.id(), position)), form);
    }

    /** Asks for the keys at every {@code step}-th argument from {@code first} on. */
    Outcome askMany(int first, int step, Function<List<Bytes>, Operation.Keyed> operation) {
        KeyspaceRoute keyspace = keyspace();
        List<Bytes> positions = new ArrayList<>();
        List<Bytes> keys = new ArrayList<>();
        for (int i = first; i < count(); i += step) {
            Bytes position = position(keyspace, i);
            positions.add(position);
            keys.add(ShardKeys.data(keyspace.id(), position));
        }
        return new Outcome.Ask(keyspace, positions, operation.apply(keys), Replies::plain);
    }
}
