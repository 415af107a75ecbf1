package dev.kedge.worker.resp;

import dev.kedge.worker.resp.RespSettings.Limits;

/**
 * How many requests of one connection may be in flight, so that the replies it makes this worker hold stay within a budget of
 * bytes. What a reply will weigh is not known beforehand: it is taken to weigh what recent ones did, a heavier one counting at
 * once, lighter ones slowly. A new connection is taken to ask for middling ones.
 */
final class ReplyBudget {
    private static final int FIRST_GUESS_IN_FLIGHT = 256;
    private static final int MEMORY = 32;

    private final Limits limits;
    private double expectedBytes;

    ReplyBudget(Limits limits) {
        this.limits = limits;
        this.expectedBytes = (double) limits.maxReplyBytes() / FIRST_GUESS_IN_FLIGHT;
    }

    boolean admits(int inFlight) {
        return inFlight == 0
                || (inFlight < limits.maxPipelined() && (inFlight + 1) * expectedBytes <= limits.maxReplyBytes());
    }

    void observe(int replyBytes) {
        expectedBytes = replyBytes > expectedBytes ? replyBytes : expectedBytes + (replyBytes - expectedBytes) / MEMORY;
    }
}
