package dev.kedge.history;

import dev.kedge.history.Violation.Anomaly;
import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds words for an answer that cannot be explained, and the few operations needed to see that it cannot. */
final class Explanation {
    private static final int MOST_LISTED = 8;

    private Explanation() {}

    /**
     * @param possible the values the key may have had when the answer was given
     * @param all all operations on the key, in the order of their calls
     */
    static Violation of(Bytes key, Operation operation, Collection<@Nullable Bytes> possible, Operation[] all) {
        Anomaly anomaly = name(operation, possible, all);
        String values = possible.stream().map(Explanation::text).collect(Collectors.joining(", "));
        String operations = relevant(operation, all).stream()
                .map(o -> "\n    " + o + (o.equals(operation) ? "   <- cannot be explained" : ""))
                .collect(Collectors.joining());
        return new Violation(
                key,
                anomaly,
                operation,
                operation.action() + " answered " + operation.answer() + ", but the value can only have been " + values
                        + " (or what an operation under way made of it). What matters, as [called, answered] what -> answer:"
                        + operations);
    }

    private static String text(@Nullable Bytes value) {
        return value == null ? "absent" : value.toString();
    }

    private static Anomaly name(Operation operation, Collection<@Nullable Bytes> possible, Operation[] all) {
        return switch (operation.answer()) {
            case Answer.Value value -> nameRead(operation, value.value(), possible, all);
            case Answer.Sum sum -> nameSum(sum.value(), ((Action.Increment) operation.action()).delta(), possible);
            case Answer.Changed changed -> {
                boolean foundItThere = changed.changed() != isIfAbsent(operation.action());
                yield !possible.contains(null) && !foundItThere ? Anomaly.LOST_WRITE : Anomaly.DUPLICATED_WRITE;
            }
            case Answer.Done done -> Anomaly.UNKNOWN_VALUE;
            case null -> Anomaly.UNKNOWN_VALUE;
        };
    }

    private static boolean isIfAbsent(Action action) {
        return action instanceof Action.SetIf set && set.condition() == Action.Condition.IF_ABSENT;
    }

    private static Anomaly nameRead(
            Operation read, @Nullable Bytes value, Collection<@Nullable Bytes> possible, Operation[] all) {
        if (value != null && !isKnown(value, read, all)) {
            return Anomaly.UNKNOWN_VALUE;
        }
        boolean newerSeenLater = false;
        for (Operation later : all) {
            if (later.invoked() > read.returned() && later.answer() instanceof Answer.Value seen) {
                newerSeenLater |= possible.contains(seen.value());
            }
        }
        if (newerSeenLater) {
            return Anomaly.STALE_READ;
        }
        if (value != null && wasOverwrittenAndSeenSo(value, read, all)) {
            return Anomaly.DUPLICATED_WRITE;
        }
        return Anomaly.LOST_WRITE;
    }

    /** Whether somebody wrote the value, or a sum was told that equals it. */
    private static boolean isKnown(Bytes value, Operation read, Operation[] all) {
        for (Operation o : all) {
            boolean wrote = switch (o.action()) {
                case Action.Write write -> write.value().equals(value);
                case Action.SetIf set -> set.value().equals(value);
                case Action.Increment increment -> true; // any number may come of it
                case Action.Read r ->
                    !o.equals(read) && o.answer() instanceof Answer.Value seen && Register.same(value, seen.value());
                case Action.Delete delete -> false;
            };
            if (wrote) {
                return true;
            }
        }
        return false;
    }

    /** The value was written, then something else was read before this read began: it came back. */
    private static boolean wasOverwrittenAndSeenSo(Bytes value, Operation read, Operation[] all) {
        long written = Long.MAX_VALUE;
        for (Operation o : all) {
            if (o.answer() != null
                    && o.action() instanceof Action.Write w
                    && w.value().equals(value)) {
                written = Math.min(written, o.returned());
            }
        }
        for (Operation o : all) {
            if (o.returned() < read.invoked()
                    && o.invoked() > written
                    && o.answer() instanceof Answer.Value seen
                    && !Register.same(value, seen.value())) {
                return true;
            }
        }
        return false;
    }

    private static Anomaly nameSum(long sum, long delta, Collection<@Nullable Bytes> possible) {
        long before = sum - delta;
        for (Bytes value : possible) {
            long had;
            try {
                had = value == null ? 0 : Long.parseLong(value.toUtf8());
            } catch (NumberFormatException e) {
                return Anomaly.UNKNOWN_VALUE;
            }
            if (before < had) {
                return Anomaly.LOST_WRITE;
            }
        }
        return Anomaly.DUPLICATED_WRITE;
    }

    /** The operation, changes that overlap it, the last changes before it, and unknown outcomes; the latest of them. */
    private static List<Operation> relevant(Operation operation, Operation[] all) {
        List<Operation> changes = new ArrayList<>();
        for (Operation o : all) {
            if (!o.equals(operation) && o.mayChange() && o.invoked() <= operation.returned()) {
                changes.add(o);
            }
        }
        changes.sort(Comparator.comparingLong(Operation::returned));
        List<Operation> listed = new ArrayList<>();
        for (boolean indeterminate : new boolean[] {false, true}) {
            List<Operation> kind = changes.stream()
                    .filter(o -> o.isIndeterminate() == indeterminate)
                    .toList();
            listed.addAll(kind.subList(Math.max(0, kind.size() - MOST_LISTED), kind.size()));
        }
        listed.add(operation);
        listed.sort(Comparator.comparingLong(Operation::invoked));
        return listed;
    }
}
