package dev.kedge.worker.resp;

import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A request whose reply has not been written, in the connection's queue of replies. */
sealed interface Pending {
    /** The RESP version of its reply: the one spoken when it was run. */
    int protocol();

    /** Null while it is not known. */
    @Nullable
    Answer answer();

    /** Its reply weighs next to nothing, whatever it is. */
    default boolean isLight() {
        return false;
    }

    record Answered(int protocol, Answer answer) implements Pending {}

    /** Takes replies from shards' loops to the connection's. Must not throw and must not block. */
    interface Loop {
        /** Some answer may be there. */
        void wake();

        void moved(Flight flight, Reply.Moved moved);
    }

    /** One operation on its way to one shard. */
    final class Flight implements Pending, Request.ReplySink {
        private final int protocol;
        private final Loop loop;
        private final Outcome.Ask ask;
        private final long receivedNanos;
        private volatile @Nullable Reply reply;
        private @Nullable Answer settled;
        private int hops;

        Flight(int protocol, Loop loop, Outcome.Ask ask, long receivedNanos) {
            this.protocol = protocol;
            this.loop = loop;
            this.ask = ask;
            this.receivedNanos = receivedNanos;
        }

        Request request(boolean replicaRead) {
            return new Request(ask.operation(), receivedNanos, replicaRead, this);
        }

        @Override
        public void reply(Reply given) {
            if (given instanceof Reply.Moved moved) {
                loop.moved(this, moved);
            } else {
                reply = given;
                loop.wake();
            }
        }

        Outcome.Ask ask() {
            return ask;
        }

        @Override
        public boolean isLight() {
            return switch (ask.operation()) {
                case Operation.Set set -> !set.returnOld();
                case Operation.MultiSet m -> true;
                case Operation.Delete d -> true;
                case Operation.Increment i -> true;
                case Operation.Append a -> true;
                case Operation.Exists e -> true;
                case Operation.StringLength s -> true;
                case Operation.Get g -> false;
                case Operation.MultiGet m -> false;
                case Operation.GetDelete g -> false;
            };
        }

        /** Counts one more shard this operation is handed on to. */
        int hop() {
            return ++hops;
        }

        /** Ends it without a shard's reply. */
        void settle(Answer answer) {
            settled = answer;
        }

        @Override
        public int protocol() {
            return protocol;
        }

        @Override
        public @Nullable Answer answer() {
            Reply given = reply;
            if (settled == null && given != null) {
                settled = given instanceof Reply.Failed failed
                        ? Replies.failure(failed)
                        : ask.form().apply(given);
            }
            return settled;
        }
    }

    /** Several operations, each on its way to several shards. */
    final class FanOut implements Pending {
        private final int protocol;
        private final Loop loop;
        private final Outcome.AskAll ask;
        private final int shards;
        private final AtomicReferenceArray<@Nullable Reply> replies;
        private final AtomicInteger missing;
        private @Nullable Answer combined;

        FanOut(int protocol, Loop loop, Outcome.AskAll ask, int shards) {
            this.protocol = protocol;
            this.loop = loop;
            this.ask = ask;
            this.shards = shards;
            int legs = shards * ask.operations().size();
            this.replies = new AtomicReferenceArray<>(legs);
            this.missing = new AtomicInteger(legs);
        }

        /** Takes one shard's reply to one operation. */
        Request.ReplySink leg(int operation, int shard) {
            return reply -> {
                replies.set(operation * shards + shard, reply);
                if (missing.decrementAndGet() == 0) {
                    loop.wake();
                }
            };
        }

        Operation operation(int index) {
            return ask.operations().get(index);
        }

        int operations() {
            return ask.operations().size();
        }

        @Override
        public int protocol() {
            return protocol;
        }

        @Override
        public @Nullable Answer answer() {
            if (combined == null && missing.get() == 0) {
                combined = combine();
            }
            return combined;
        }

        private Answer combine() {
            List<List<Reply>> byOperation = new ArrayList<>();
            for (int op = 0; op < operations(); op++) {
                List<Reply> ofShards = new ArrayList<>(shards);
                for (int shard = 0; shard < shards; shard++) {
                    Reply reply = Objects.requireNonNull(replies.get(op * shards + shard));
                    if (reply instanceof Reply.Failed || reply instanceof Reply.Moved) {
                        return Replies.plain(reply);
                    }
                    ofShards.add(reply);
                }
                byOperation.add(ofShards);
            }
            return ask.combine().apply(byOperation);
        }
    }
}
