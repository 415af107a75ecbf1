package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.engine.ShardEngine;
import dev.kedge.worker.load.ShardMeter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests a shard holds, so that each is answered, once, also when the engine that had it is given up. The loop's, but for {@link #admit}. */
final class Outstanding {
    private static final Logger LOG = LoggerFactory.getLogger(Outstanding.class);

    private final Admission admission;
    private final ShardMeter meter;
    /** The first of those an engine has; they form a list, to enter and leave it costs next to nothing. */
    private @Nullable Admitted first;

    Outstanding(Admission admission, ShardMeter meter) {
        this.admission = admission;
        this.meter = meter;
    }

    /** Any thread. Null if the shard holds as many as it may. */
    @Nullable
    Admitted admit(Request request) {
        int size = Admission.size(request.operation());
        return admission.enter(size) ? new Admitted(request, size) : null;
    }

    /** Answers all that an engine left unanswered. */
    void abandon(String why) {
        for (Admitted admitted = first; admitted != null; admitted = first) {
            admitted.reply(
                    admitted.request.operation() instanceof Operation.Write
                            ? new Reply.Failed(Reply.Failure.INDETERMINATE, why)
                            : ShardHost.tryAgain(why));
        }
    }

    private void enter(Admitted admitted) {
        Admitted second = first;
        admitted.next = second;
        if (second != null) {
            second.previous = admitted;
        }
        admitted.handed = true;
        first = admitted;
    }

    private void leave(Admitted admitted) {
        if (!admitted.handed) {
            return;
        }
        Admitted before = admitted.previous;
        Admitted after = admitted.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        admitted.previous = null;
        admitted.next = null;
        admitted.handed = false;
    }

    /** A request with its place. */
    final class Admitted implements Request.ReplySink {
        private final Request request;
        private final int size;
        private @Nullable Admitted previous;
        private @Nullable Admitted next;
        private boolean handed;
        private boolean answered;

        private Admitted(Request request, int size) {
            this.request = request;
            this.size = size;
        }

        void hand(@Nullable ShardEngine engine) {
            if (engine == null) {
                answer(ShardHost.tryAgain("the shard is not open here"));
                return;
            }
            enter(this);
            engine.request(new Request(request.operation(), request.receivedNanos(), request.replicaRead(), this));
        }

        @Override
        public void reply(Reply reply) {
            leave(this);
            answer(reply);
        }

        private void answer(Reply reply) {
            if (answered) {
                LOG.error("A second reply {} to {} is dropped: a defect of the engine", reply, request.operation());
                return;
            }
            answered = true;
            admission.leave(size);
            meter.answered(request.operation(), reply, System.nanoTime() - request.receivedNanos());
            request.replies().reply(reply);
        }
    }
}
