package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.List;
import java.util.function.Function;

/** What running a command leads to. Commands themselves do no I/O: the connection carries this out. */
sealed interface Outcome {

    record Done(Answer answer) implements Outcome {}

    /** Answers, then closes the connection. */
    record Last(Answer answer) implements Outcome {}

    /** Closes the connection without a word. */
    record HangUp() implements Outcome {}

    /**
     * Asks the shard that owns the keys.
     *
     * @param positions of the operation's keys, in its keyspace
     * @param form makes the answer of a reply that is neither a failure nor a Moved
     */
    record Ask(KeyspaceRoute keyspace, List<Bytes> positions, Operation.Keyed operation, Function<Reply, Answer> form)
            implements Outcome {}

    /**
     * Asks every hosted shard for each of the operations.
     *
     * @param combine makes the answer; gets, for each operation, the shards' replies, none of them a failure or a Moved
     */
    record AskAll(List<? extends Operation> operations, Function<List<List<Reply>>, Answer> combine)
            implements Outcome {}

    static Done done(Answer answer) {
        return new Done(answer);
    }
}
