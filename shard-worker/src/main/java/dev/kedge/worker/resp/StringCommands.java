package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Operation.Condition;
import dev.kedge.worker.engine.Operation.Increment;
import dev.kedge.worker.resp.Command.KeyArgs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands on keys and their values. */
final class StringCommands {
    private static final Set<String> EXPIRY = Set.of("ex", "px", "exat", "pxat", "keepttl");
    private static final String READ = "readonly fast";
    private static final String WRITE = "write denyoom fast";

    private StringCommands() {}

    static List<Command> all() {
        List<Command> all = new ArrayList<>(reads());
        all.addAll(sets());
        all.addAll(counters());
        all.add(string(
                "append", 3, WRITE, "2.0.0", "O(1): Appends a string to the value of a key.", StringCommands::append));
        return all;
    }

    private static List<Command> reads() {
        return List.of(
                string(
                        "get",
                        2,
                        READ,
                        "1.0.0",
                        "O(1): Returns the string value of a key.",
                        call -> call.ask(1, Operation.Get::new)),
                string(
                        "strlen",
                        2,
                        READ,
                        "2.2.0",
                        "O(1): Returns the length of a string value.",
                        call -> call.ask(1, Operation.StringLength::new)),
                many(
                        "mget",
                        -2,
                        KeyArgs.ALL,
                        READ,
                        "string",
                        "O(N): Atomically returns the string values of one or more keys of one shard.",
                        call -> call.askMany(1, 1, Operation.MultiGet::new)),
                many(
                        "exists",
                        -2,
                        KeyArgs.ALL,
                        READ,
                        "generic",
                        "O(N): Determines how many of the keys exist.",
                        call -> call.askMany(1, 1, Operation.Exists::new)));
    }

    private static List<Command> sets() {
        return List.of(
                string(
                        "set",
                        -3,
                        "write denyoom",
                        "1.0.0",
                        "O(1): Sets the string value of a key.",
                        StringCommands::set),
                string(
                        "setnx",
                        3,
                        WRITE,
                        "1.0.0",
                        "O(1): Sets the string value of a key only when the key doesn't exist.",
                        call -> call.ask(
                                1,
                                key -> new Operation.Set(key, call.value(2), Condition.IF_ABSENT, null, false),
                                Replies::oneIfSet)),
                string(
                        "getset",
                        3,
                        WRITE,
                        "1.0.0",
                        "O(1): Returns the previous string value of a key after setting it to a new value.",
                        call -> call.ask(
                                1, key -> new Operation.Set(key, call.value(2), Condition.ALWAYS, null, true))),
                string(
                        "getdel",
                        2,
                        "write fast",
                        "6.2.0",
                        "O(1): Returns the string value of a key after deleting the key.",
                        call -> call.ask(1, Operation.GetDelete::new)),
                many(
                        "mset",
                        -3,
                        KeyArgs.EVERY_OTHER,
                        "write denyoom",
                        "string",
                        "O(N): Sets the string values of one or more keys of one shard, each of them atomically.",
                        StringCommands::mset),
                many(
                        "del",
                        -2,
                        KeyArgs.ALL,
                        "write",
                        "generic",
                        "O(N): Deletes one or more keys of one shard.",
                        call -> call.askMany(1, 1, Operation.Delete::new)),
                many(
                        "unlink",
                        -2,
                        KeyArgs.ALL,
                        "write fast",
                        "generic",
                        "O(N): Deletes one or more keys of one shard, as DEL does.",
                        call -> call.askMany(1, 1, Operation.Delete::new)));
    }

    private static List<Command> counters() {
        return List.of(
                string(
                        "incr",
                        2,
                        WRITE,
                        "1.0.0",
                        "O(1): Increments the integer value of a key by one. Uses 0 as initial value.",
                        call -> call.ask(1, key -> new Increment(key, 1))),
                string(
                        "decr",
                        2,
                        WRITE,
                        "1.0.0",
                        "O(1): Decrements the integer value of a key by one. Uses 0 as initial value.",
                        call -> call.ask(1, key -> new Increment(key, -1))),
                string(
                        "incrby",
                        3,
                        WRITE,
                        "1.0.0",
                        "O(1): Increments the integer value of a key by a number. Uses 0 as initial value.",
                        call -> incrementBy(call, call.integer(2))),
                string(
                        "decrby",
                        3,
                        WRITE,
                        "1.0.0",
                        "O(1): Decrements a number from the integer value of a key. Uses 0 as initial value.",
                        call -> {
                            long by = call.integer(2);
                            if (by == Long.MIN_VALUE) {
                                throw new Refusal("ERR decrement would overflow");
                            }
                            return incrementBy(call, -by);
                        }));
    }

    private static Outcome incrementBy(Call call, long delta) {
        return call.ask(1, key -> new Increment(key, delta));
    }

    private static Outcome append(Call call) {
        Bytes suffix = call.value(2);
        return call.ask(1, key -> new Operation.Append(key, suffix));
    }

    private static Outcome mset(Call call) {
        if (call.count() % 2 == 0) {
            throw new Refusal("ERR wrong number of arguments for 'mset' command");
        }
        List<Bytes> values = new ArrayList<>();
        for (int i = 2; i < call.count(); i += 2) {
            values.add(call.value(i));
        }
        return call.askMany(1, 2, keys -> new Operation.MultiSet(keys, values));
    }

    /** {@code SET key value [NX | XX | IFEQ comparison] [GET]}. */
    private static Outcome set(Call call) {
        Condition condition = Condition.ALWAYS;
        @Nullable Bytes expected = null;
        boolean returnOld = false;
        for (int i = 3; i < call.count(); i++) {
            String option = call.word(i);
            if (option.equals("get")) {
                returnOld = true;
                continue;
            }
            if (EXPIRY.contains(option)) {
                throw new Refusal("ERR SET's option " + call.text(i)
                        + " is not supported: keys do not expire here, they stay until they are deleted");
            }
            if (condition != Condition.ALWAYS) {
                throw Refusal.syntax();
            }
            switch (option) {
                case "nx" -> condition = Condition.IF_ABSENT;
                case "xx" -> condition = Condition.IF_PRESENT;
                case "ifeq" -> {
                    condition = Condition.IF_EQUAL;
                    i++;
                    if (i == call.count()) {
                        throw Refusal.syntax();
                    }
                    expected = call.value(i);
                }
                default -> throw Refusal.syntax();
            }
        }
        Condition when = condition;
        Bytes comparison = expected;
        boolean old = returnOld;
        Bytes value = call.value(2);
        return call.ask(1, key -> new Operation.Set(key, value, when, comparison, old));
    }

    private static Command string(
            String name, int arity, String flags, String since, String about, Command.Handler handler) {
        return Command.of(name, arity, KeyArgs.ONE, flags, "string", since, about, handler);
    }

    private static Command many(
            String name, int arity, KeyArgs keys, String flags, String group, String about, Command.Handler handler) {
        String since = name.equals("unlink") ? "4.0.0" : name.equals("mset") ? "1.0.1" : "1.0.0";
        return Command.of(name, arity, keys, flags, group, since, about, handler);
    }
}
