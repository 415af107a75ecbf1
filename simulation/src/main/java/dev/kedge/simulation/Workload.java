package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What clients do: a random mix on few keys, so that operations meet; every value written is written once only. */
final class Workload {
    /** A keyspace with the keys used in it. Half are counters, half hold text. */
    record Space(String name, int id, Placement placement, List<Bytes> keys) {
        Bytes dataKey(Bytes key) {
            return ShardKeys.data(id, placement.position(key));
        }

        boolean isCounter(Bytes key) {
            return keys.indexOf(key) % 2 == 0;
        }
    }

    private static final int COLD_KEYS = 3;

    private final World world;
    private final List<Space> spaces;
    private final Set<Bytes> cold = new HashSet<>();
    private final Deque<Work> finalReads = new ArrayDeque<>();
    /** Comes before what chance brings. */
    private final Deque<Work> urgent = new ArrayDeque<>();
    /** What each client has last seen of a key, to make conditions that sometimes hold. */
    private final Map<Bytes, Bytes> lastSeen = new HashMap<>();

    private boolean running;
    private long values;

    Workload(World world, List<Space> spaces) {
        this.world = world;
        this.spaces = spaces;
        for (Space space : spaces) {
            int size = space.keys.size();
            space.keys.subList(size - COLD_KEYS, size).forEach(key -> cold.add(space.dataKey(key)));
        }
    }

    List<Space> spaces() {
        return spaces;
    }

    void run(boolean on) {
        running = on;
    }

    /** Every key is read once more: the history's last word. */
    void readEverything() {
        for (Space space : spaces) {
            for (Bytes key : space.keys) {
                finalReads.add(new Work(
                        space, List.of(key), new Operation.Get(space.dataKey(key)), List.of(new Action.Read()), true));
            }
        }
    }

    /** Gives every key that is hardly used a value, so that there is something in stores that will be old one day. */
    void writeWhatRests() {
        for (Space space : spaces) {
            for (Bytes key : space.keys) {
                Bytes dataKey = space.dataKey(key);
                if (isCold(dataKey)) {
                    urgent.add(
                            space.isCounter(key)
                                    ? work(space, key, new Operation.Increment(dataKey, 1), new Action.Increment(1))
                                    : write(space, key, dataKey, Bytes.utf8("rests-" + values++)));
                }
            }
        }
    }

    /** Somebody tidies up: every key that is hardly used is deleted. */
    void deleteWhatRests() {
        for (Space space : spaces) {
            for (Bytes key : space.keys) {
                if (isCold(space.dataKey(key))) {
                    Operation delete = new Operation.Delete(List.of(space.dataKey(key)));
                    urgent.add(work(space, key, delete, new Action.Delete()));
                }
            }
        }
    }

    boolean finalReadsLeft() {
        return !finalReads.isEmpty();
    }

    @Nullable
    Work next(String client) {
        if (!finalReads.isEmpty()) {
            return finalReads.poll();
        }
        if (running && !urgent.isEmpty()) {
            return urgent.poll();
        }
        return running ? random(client) : null;
    }

    private Work random(String client) {
        Scheduler scheduler = world.scheduler();
        Space space = scheduler.oneOf(spaces);
        Bytes key = key(space);
        Bytes dataKey = space.dataKey(key);
        int dice = (int) scheduler.between(0, 99);
        if (dice < 35) {
            return work(space, key, new Operation.Get(dataKey), new Action.Read());
        }
        if (dice < 40) {
            Bytes other = scheduler.oneOf(space.keys);
            List<Bytes> keys = List.of(key, other);
            Operation both = new Operation.MultiGet(List.of(dataKey, space.dataKey(other)));
            return new Work(space, keys, both, List.of(new Action.Read(), new Action.Read()), false);
        }
        if (dice < 47) {
            return work(space, key, new Operation.Delete(List.of(dataKey)), new Action.Delete());
        }
        if (space.isCounter(key)) {
            long delta = scheduler.between(1, 3);
            return work(space, key, new Operation.Increment(dataKey, delta), new Action.Increment(delta));
        }
        Bytes value = Bytes.utf8(client + "-" + values++);
        if (dice < 60) {
            return conditional(space, key, dataKey, value);
        }
        if (dice < 65) {
            Bytes other = scheduler.oneOf(space.keys);
            if (!other.equals(key) && !space.isCounter(other)) {
                Bytes otherValue = Bytes.utf8(client + "-" + values++);
                return new Work(
                        space,
                        List.of(key, other),
                        new Operation.MultiSet(List.of(dataKey, space.dataKey(other)), List.of(value, otherValue)),
                        List.of(new Action.Write(value), new Action.Write(otherValue)),
                        false);
            }
        }
        return write(space, key, dataKey, value);
    }

    private Work write(Space space, Bytes key, Bytes dataKey, Bytes value) {
        Operation set = new Operation.Set(dataKey, value, Operation.Condition.ALWAYS, null, false);
        return work(space, key, set, new Action.Write(value));
    }

    /** Most keys are busy, so that operations meet; a few rest for seconds, so that what compaction does to them can be seen. */
    private Bytes key(Space space) {
        int busy = space.keys.size() - COLD_KEYS;
        return world.scheduler().chance(0.01)
                ? space.keys.get(busy + (int) world.scheduler().between(0, COLD_KEYS - 1))
                : space.keys.get((int) world.scheduler().between(0, busy - 1));
    }

    /** Whether hardly anybody uses the key. */
    boolean isCold(Bytes dataKey) {
        return cold.contains(dataKey);
    }

    private Work conditional(Space space, Bytes key, Bytes dataKey, Bytes value) {
        int dice = (int) world.scheduler().between(0, 2);
        Bytes seen = lastSeen.get(dataKey);
        if (dice == 0 && seen != null) {
            return work(
                    space,
                    key,
                    new Operation.Set(dataKey, value, Operation.Condition.IF_EQUAL, seen, false),
                    new Action.SetIf(Action.Condition.IF_EQUAL, seen, value));
        }
        return dice == 1
                ? work(
                        space,
                        key,
                        new Operation.Set(dataKey, value, Operation.Condition.IF_ABSENT, null, false),
                        new Action.SetIf(Action.Condition.IF_ABSENT, null, value))
                : work(
                        space,
                        key,
                        new Operation.Set(dataKey, value, Operation.Condition.IF_PRESENT, null, false),
                        new Action.SetIf(Action.Condition.IF_PRESENT, null, value));
    }

    private Work work(Space space, Bytes key, Operation operation, Action action) {
        return new Work(space, List.of(key), operation, List.of(action), false);
    }

    /** One request with an action for each of its keys. */
    final class Work {
        private final Space space;
        private final List<Bytes> keys;
        private final Operation operation;
        private final List<Action> actions;
        private final boolean isFinal;
        private final List<History.Call> calls = new ArrayList<>();

        private Work(Space space, List<Bytes> keys, Operation operation, List<Action> actions, boolean isFinal) {
            this.space = space;
            this.keys = keys;
            this.operation = operation;
            this.actions = actions;
            this.isFinal = isFinal;
        }

        String keyspace() {
            return space.name;
        }

        Bytes position() {
            return space.placement.position(keys.get(0));
        }

        Operation operation() {
            return operation;
        }

        boolean isWrite() {
            return operation instanceof Operation.Write;
        }

        /** Repeated until it succeeds. */
        boolean isFinal() {
            return isFinal;
        }

        void invoke(History history) {
            for (int i = 0; i < keys.size(); i++) {
                calls.add(history.invoke(space.dataKey(keys.get(i)), actions.get(i)));
            }
        }

        void failed() {
            calls.forEach(History.Call::failed);
        }

        void indeterminate() {
            calls.forEach(History.Call::indeterminate);
        }

        void ok(World to, Reply reply) {
            for (int i = 0; i < keys.size(); i++) {
                Bytes dataKey = space.dataKey(keys.get(i));
                Action action = actions.get(i);
                Answer answer = answer(action, reply, i);
                calls.get(i).ok(answer);
                if (answer instanceof Answer.Value value && value.value() != null) {
                    lastSeen.put(dataKey, value.value());
                }
                to.answered(dataKey, action, answer);
            }
        }

        private Answer answer(Action action, Reply reply, int index) {
            return switch (action) {
                case Action.Read read ->
                    new Answer.Value(
                            reply instanceof Reply.Values many
                                    ? many.values().get(index)
                                    : ((Reply.Value) reply).value());
                case Action.Write write -> Answer.Done.DONE;
                case Action.Delete delete -> new Answer.Changed(((Reply.Int) reply).value() > 0);
                case Action.Increment increment -> new Answer.Sum(((Reply.Int) reply).value());
                case Action.SetIf set -> new Answer.Changed(reply instanceof Reply.Ok);
            };
        }
    }
}
