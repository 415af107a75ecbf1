package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Reply.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Computes what a write does to the values it finds; conditional writes and counters become full values. */
final class Writes {
    /**
     * The outcome of a write.
     *
     * @param rows new values, null = removed; empty when nothing changes
     * @param reply once the rows are in the log
     */
    record Plan(Map<Bytes, byte @Nullable []> rows, Reply reply) {
        static Plan nothing(Reply reply) {
            return new Plan(Map.of(), reply);
        }

        static Plan put(Bytes key, byte[] value, Reply reply) {
            return new Plan(Map.of(key, value), reply);
        }

        static Plan remove(Bytes key, Reply reply) {
            Map<Bytes, byte @Nullable []> rows = new HashMap<>();
            rows.put(key, null);
            return new Plan(rows, reply);
        }
    }

    private Writes() {}

    /** @param current a key's value counting writes still on their way */
    static Plan plan(Operation.Write write, Function<Bytes, byte @Nullable []> current, int maxValueBytes) {
        return switch (write) {
            case Operation.Set set -> set(set, current.apply(set.key()), maxValueBytes);
            case Operation.MultiSet set -> multiSet(set, maxValueBytes);
            case Operation.Delete delete -> delete(delete, current);
            case Operation.Increment increment -> increment(increment, current.apply(increment.key()));
            case Operation.Append append -> append(append, current.apply(append.key()), maxValueBytes);
            case Operation.GetDelete get -> {
                byte[] old = current.apply(get.key());
                yield old == null
                        ? Plan.nothing(Reply.Value.NONE)
                        : Plan.remove(get.key(), new Reply.Value(Bytes.wrap(old)));
            }
        };
    }

    private static Plan set(Operation.Set set, byte @Nullable [] old, int maxValueBytes) {
        if (set.value().length() > maxValueBytes) {
            return tooLarge(set.value().length(), maxValueBytes);
        }
        Bytes expected = set.expected();
        boolean holds = switch (set.condition()) {
            case ALWAYS -> true;
            case IF_ABSENT -> old == null;
            case IF_PRESENT -> old != null;
            case IF_EQUAL -> old != null && expected != null && Arrays.equals(old, expected.array());
        };
        Reply oldValue = old == null ? Reply.Value.NONE : new Reply.Value(Bytes.wrap(old));
        if (!holds) {
            return Plan.nothing(set.returnOld() ? oldValue : Reply.Value.NONE);
        }
        return Plan.put(set.key(), set.value().array(), set.returnOld() ? oldValue : Reply.Ok.OK);
    }

    private static Plan multiSet(Operation.MultiSet set, int maxValueBytes) {
        Map<Bytes, byte @Nullable []> rows = new LinkedHashMap<>();
        for (int i = 0; i < set.keys().size(); i++) {
            Bytes value = set.values().get(i);
            if (value.length() > maxValueBytes) {
                return tooLarge(value.length(), maxValueBytes);
            }
            rows.put(set.keys().get(i), value.array());
        }
        return new Plan(rows, Reply.Ok.OK);
    }

    private static Plan delete(Operation.Delete delete, Function<Bytes, byte @Nullable []> current) {
        Map<Bytes, byte @Nullable []> rows = new LinkedHashMap<>();
        for (Bytes key : delete.keys()) {
            if (!rows.containsKey(key) && current.apply(key) != null) {
                rows.put(key, null);
            }
        }
        return new Plan(rows, new Reply.Int(rows.size()));
    }

    private static Plan increment(Operation.Increment increment, byte @Nullable [] old) {
        long before = 0;
        if (old != null) {
            Long parsed = parse(old);
            if (parsed == null) {
                return Plan.nothing(
                        new Reply.Failed(Failure.NOT_AN_INTEGER, "value is not an integer or out of range"));
            }
            before = parsed;
        }
        long after = before + increment.delta();
        if (((before ^ after) & (increment.delta() ^ after)) < 0) {
            return Plan.nothing(new Reply.Failed(Failure.OVERFLOW, "increment or decrement would overflow"));
        }
        byte[] value = Long.toString(after).getBytes(StandardCharsets.US_ASCII);
        return Plan.put(increment.key(), value, new Reply.Int(after));
    }

    /** A counter's value: the canonical decimal text of a 64-bit integer, nothing else. */
    private static @Nullable Long parse(byte[] value) {
        if (value.length == 0 || value.length > 20) {
            return null;
        }
        String text = new String(value, StandardCharsets.US_ASCII);
        try {
            long parsed = Long.parseLong(text);
            return Long.toString(parsed).equals(text) ? parsed : null;
        } catch (NumberFormatException e) {
            return null; // the caller answers NOT_AN_INTEGER
        }
    }

    private static Plan append(Operation.Append append, byte @Nullable [] old, int maxValueBytes) {
        byte[] before = old == null ? new byte[0] : old;
        long length = (long) before.length + append.suffix().length();
        if (length > maxValueBytes) {
            return tooLarge(length, maxValueBytes);
        }
        byte[] value = Bytes.wrap(before).concat(append.suffix()).array();
        return Plan.put(append.key(), value, new Reply.Int(length));
    }

    private static Plan tooLarge(long length, int maxValueBytes) {
        return Plan.nothing(new Reply.Failed(
                Failure.TOO_LARGE, "the value would have " + length + " bytes; the limit is " + maxValueBytes));
    }

    static Reply read(Operation.Keyed read, List<byte @Nullable []> values, int maxReplyBytes) {
        long bytes = 0;
        for (byte[] value : values) {
            bytes += value == null ? 0 : value.length;
        }
        boolean answersValues = read instanceof Operation.Get || read instanceof Operation.MultiGet;
        if (answersValues && bytes > maxReplyBytes) {
            return new Reply.Failed(
                    Failure.TOO_LARGE,
                    "the answer would have " + bytes + " bytes; the limit is " + maxReplyBytes
                            + ": ask for fewer keys");
        }
        return switch (read) {
            case Operation.Get get -> value(values.get(0));
            case Operation.MultiGet get ->
                new Reply.Values(values.stream()
                        .map(v -> v == null ? null : Bytes.wrap(v))
                        .toList());
            case Operation.Exists exists ->
                new Reply.Int(values.stream().filter(v -> v != null).count());
            case Operation.StringLength length -> {
                byte[] value = values.get(0);
                yield new Reply.Int(value == null ? 0 : value.length);
            }
            case Operation.Write write -> throw new IllegalArgumentException("not a read: " + write);
        };
    }

    private static Reply value(byte @Nullable [] value) {
        return value == null ? Reply.Value.NONE : new Reply.Value(Bytes.wrap(value));
    }
}
