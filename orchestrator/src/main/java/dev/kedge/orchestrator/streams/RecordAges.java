package dev.kedge.orchestrator.streams;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when even the freshest reports look old. Old reports decide nothing, so a clock that is ahead of the brokers' would make every
 * migration wait without a reason anybody could see.
 */
final class RecordAges {
    private static final Logger LOG = LoggerFactory.getLogger(RecordAges.class);
    private static final long WINDOW_MILLIS = 10_000;

    private final String topic;
    private final long limitMillis;
    private long youngestMillis = Long.MAX_VALUE;
    private long windowEndMillis = Long.MIN_VALUE;

    RecordAges(String topic, long limitMillis) {
        this.topic = topic;
        this.limitMillis = limitMillis;
    }

    void read(String from, long ageMillis) {
        if (from.equals(topic)) {
            youngestMillis = Math.min(youngestMillis, ageMillis);
        }
    }

    void tick(long nowMillis) {
        if (nowMillis < windowEndMillis) {
            return;
        }
        if (youngestMillis != Long.MAX_VALUE && youngestMillis > limitMillis / 2) {
            LOG.warn(
                    "the records of {} are at least {} ms old when they are read, and those older than {} ms decide nothing: either there is "
                            + "a backlog, which passes, or this machine's clock is ahead of the brokers': set it right",
                    topic,
                    youngestMillis,
                    limitMillis);
        }
        youngestMillis = Long.MAX_VALUE;
        windowEndMillis = nowMillis + WINDOW_MILLIS;
    }
}
