package dev.kedge.worker.resp;

import dev.kedge.worker.resp.RespSettings.Limits;

/**
 * How many requests of one connection may be in flight, so that the replies it makes this worker hold stay within a budget of
 * bytes: its own limit, and its share of what the worker has for all. What the reply to a read will weigh is not known beforehand: it is taken to
 * weigh what recent ones did, a heavier one counting at once, lighter ones slowly; before the first, the largest value there may be. Replies to
 * writes weigh nothing to speak of.
 */
final class ReplyBudget {
    private static final int MEMORY = 32;
    private static final double UNKNOWN = -1;

    private final Limits limits;
    private final ReplyMemory memory;
    private double expectedBytes = UNKNOWN;

    ReplyBudget(Limits limits, ReplyMemory memory) {
        this.limits = limits;
        this.memory = memory;
    }

    /**
     * Whether one more request may be in flight.
     *
     * @param reads those in flight whose replies' weight is not known
     */
    boolean admits(int inFlight, int reads) {
        double each = expectedBytes == UNKNOWN ? limits.maxValueBytes() : expectedBytes;
        long most = Math.min(limits.maxReplyBytes(), memory.share());
        return inFlight < limits.maxPipelined() && (reads == 0 || (reads + 1) * each <= most);
    }

    /** The weight of a read's reply. */
    void observe(int replyBytes) {
        boolean heavier = expectedBytes == UNKNOWN || replyBytes > expectedBytes;
        expectedBytes = heavier ? replyBytes : expectedBytes + (replyBytes - expectedBytes) / MEMORY;
    }
}
