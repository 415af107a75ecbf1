package dev.kedge.history;

import dev.kedge.history.Possibilities.Past;
import dev.kedge.model.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks one key's operations, in the order of time, keeping the set of all possible pasts ("just-in-time linearization": G. Lowe,
 * Testing for linearizability, 2017; the same idea as in Knossos). An operation takes effect only when the answer of one that is due
 * needs it. That keeps the set small:
 *
 * <ul>
 *   <li>what only looks (a read) takes effect as soon as it fits: waiting would gain nothing;
 *   <li>operations of unknown outcome that would do the same are interchangeable: the earliest goes first;
 *   <li>one of unknown outcome takes effect only where an answer may then depend on it;
 *   <li>pasts that used up more of them for the same result are dropped ({@link Possibilities}).
 * </ul>
 *
 * <p>Where no operation is open the set shrinks to the possible values, so length costs nothing; concurrency does. At most 64
 * operations may be open at once on a key (those of unknown outcome not counted) and at most {@value #MOST_PASTS} pasts are followed.
 */
final class KeyCheck {
    private static final int MOST_PASTS = 200_000;
    private static final int MOST_OPEN = Long.SIZE;

    private final Bytes key;
    private final @Nullable Bytes initial;
    private final Operation[] byCall;
    private final @Nullable Operation[] open = new Operation[MOST_OPEN];
    private final List<Operation> maybes = new ArrayList<>();
    /** Per maybe: number of the one before it that does the same, or -1. */
    private final List<Integer> sameBefore = new ArrayList<>();

    private final Map<Action, Integer> lastSame = new HashMap<>();
    private int sightedMaybes;
    private long followed;
    private Possibilities now = new Possibilities();

    KeyCheck(Bytes key, @Nullable Bytes initial, List<Operation> operations) {
        this.key = key;
        this.initial = initial;
        this.byCall = operations.toArray(new Operation[0]);
        Arrays.sort(byCall, Comparator.comparingLong(Operation::invoked));
    }

    /** Null if the operations are linearizable. */
    @Nullable
    Violation run() {
        if (isSequential()) {
            return runSequentially();
        }
        Integer[] byReturn = new Integer[byCall.length];
        Arrays.setAll(byReturn, i -> i);
        Arrays.sort(byReturn, Comparator.comparingLong(i -> byCall[i].returned()));
        int[] slots = new int[byCall.length];
        now.add(new Past(initial, 0, new BitSet()));
        int called = 0;
        for (int due : byReturn) {
            Operation operation = byCall[due];
            if (operation.isIndeterminate()) {
                break; // only unanswered ones are left, and nothing depends on them
            }
            // calls before answers at the same moment: what may overlap is taken to overlap
            while (called < byCall.length && byCall[called].invoked() <= operation.returned()) {
                slots[called] = call(byCall[called]);
                if (slots[called] == MOST_OPEN) {
                    return undecided(operation, "more than " + MOST_OPEN + " operations were open at once");
                }
                called++;
            }
            Possibilities before = now;
            if (!answer(slots[due])) {
                return undecided(operation, "more than " + MOST_PASTS + " pasts are possible");
            }
            if (now.isEmpty()) {
                return Explanation.of(key, operation, before.states(), byCall);
            }
        }
        return null;
    }

    /** Pasts looked at so far: what the check cost. */
    long followed() {
        return followed;
    }

    private boolean isSequential() {
        long last = Long.MIN_VALUE;
        for (Operation operation : byCall) {
            if (operation.isIndeterminate() || operation.invoked() <= last) {
                return false;
            }
            last = operation.returned();
        }
        return true;
    }

    private @Nullable Violation runSequentially() {
        Bytes state = initial;
        for (Operation operation : byCall) {
            Bytes next = Register.apply(state, operation.action(), operation.answer());
            if (Register.isImpossible(next)) {
                return Explanation.of(key, operation, Arrays.asList(state), byCall);
            }
            state = next;
        }
        return null;
    }

    /** The slot taken; MOST_OPEN if there is none left; -1 for operations of unknown outcome, which take none. */
    private int call(Operation operation) {
        if (operation.isIndeterminate()) {
            Integer same = lastSame.put(operation.action(), maybes.size());
            sameBefore.add(same == null ? -1 : same);
            maybes.add(operation);
            sightedMaybes += isBlind(operation.action()) ? 0 : 1;
            return -1;
        }
        int slot = 0;
        while (slot < MOST_OPEN && open[slot] != null) {
            slot++;
        }
        if (slot < MOST_OPEN) {
            open[slot] = operation;
            Possibilities next = new Possibilities();
            for (Past past : now.all()) {
                next.add(settle(past.state(), past.done(), past.used()));
            }
            now = next;
        }
        return slot;
    }

    /**
     * A past on the way to the answer that is due.
     *
     * @param unseen the last thing to take effect was one of unknown outcome and no answer has depended on it yet: to overwrite it now
     *     would be the same as never to have used it
     */
    private record Step(Past past, boolean unseen) {}

    /** Keeps the pasts in which the operation in {@code slot} has taken effect. False when there are too many to follow. */
    private boolean answer(int slot) {
        long bit = 1L << slot;
        Possibilities kept = new Possibilities();
        Possibilities seen = new Possibilities();
        Deque<Step> left = new ArrayDeque<>();
        for (Past past : now.all()) {
            follow(new Step(past, false), bit, kept, seen, left);
        }
        for (Step step = left.poll(); step != null; step = left.poll()) {
            Past past = step.past;
            for (int i = 0; i < MOST_OPEN; i++) {
                Operation operation = open[i];
                if (operation == null
                        || (past.done() & (1L << i)) != 0
                        || (step.unseen && operation.action() instanceof Action.Write)) {
                    continue;
                }
                Bytes state = Register.apply(past.state(), operation.action(), operation.answer());
                if (!Register.isImpossible(state)) {
                    Past next = settle(state, past.done() | (1L << i), past.used());
                    follow(new Step(next, false), bit, kept, seen, left);
                }
            }
            for (int i = 0; i < maybes.size(); i++) {
                Step next = useMaybe(i, step);
                if (next != null) {
                    follow(next, bit, kept, seen, left);
                }
            }
            if (seen.size() + kept.size() > MOST_PASTS) {
                return false;
            }
        }
        open[slot] = null;
        now = kept;
        return true;
    }

    private void follow(Step step, long dueBit, Possibilities kept, Possibilities seen, Deque<Step> left) {
        followed++;
        Past past = step.past;
        if ((past.done() & dueBit) != 0) {
            kept.add(new Past(past.state(), past.done() & ~dueBit, past.used()));
        } else if (seen.add(past)) {
            left.add(step);
        }
    }

    /** The past in which an operation of unknown outcome takes effect next; null where that could serve no answer due now. */
    private @Nullable Step useMaybe(int maybe, Step step) {
        Past past = step.past;
        Action action = maybes.get(maybe).action();
        if ((step.unseen && isBlind(action)) || !mayUse(maybe, past)) {
            return null;
        }
        Bytes state = Register.apply(past.state(), action, null);
        if (Register.same(state, past.state()) || !(anAnswerFits(state, past.done()) || sightedMaybes > 0)) {
            return null;
        }
        BitSet used = (BitSet) past.used().clone();
        used.set(maybe);
        Past next = settle(state, past.done(), used);
        return new Step(next, next.done() == past.done());
    }

    /** Leaves nothing of the value before it. */
    private static boolean isBlind(Action action) {
        return action instanceof Action.Write || action instanceof Action.Delete;
    }

    private boolean anAnswerFits(@Nullable Bytes state, long done) {
        for (int i = 0; i < MOST_OPEN; i++) {
            Operation operation = open[i];
            if (operation != null
                    && (done & (1L << i)) == 0
                    && !(operation.action() instanceof Action.Write)
                    && !Register.isImpossible(Register.apply(state, operation.action(), operation.answer()))) {
                return true;
            }
        }
        return false;
    }

    private boolean mayUse(int maybe, Past past) {
        if (past.used().get(maybe)) {
            return false;
        }
        int same = sameBefore.get(maybe);
        return same < 0 || past.used().get(same);
    }

    /** The past in which every open operation that only looks, and fits, has taken effect. */
    private Past settle(@Nullable Bytes state, long done, BitSet used) {
        long settled = done;
        for (int i = 0; i < MOST_OPEN; i++) {
            Operation operation = open[i];
            if (operation != null
                    && (settled & (1L << i)) == 0
                    && onlyLooks(operation)
                    && !Register.isImpossible(Register.apply(state, operation.action(), operation.answer()))) {
                settled |= 1L << i;
            }
        }
        return new Past(state, settled, used);
    }

    /** Changes nothing in any state. A write of the value that is there does not count: it can still undo a delete that comes before it. */
    private static boolean onlyLooks(Operation operation) {
        return operation.action() instanceof Action.Read
                || (operation.answer() instanceof Answer.Changed changed && !changed.changed());
    }

    private Violation undecided(Operation operation, String why) {
        return new Violation(
                key, Violation.Anomaly.UNDECIDED, operation, why + "; nothing can be said about " + operation);
    }
}
