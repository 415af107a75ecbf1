package dev.kedge.schemas.event;

/**
 * An event as it stands in the events topic.
 *
 * @param sequence number of the event in its cell, from 0, without gaps
 * @param timeMillis time of the input that caused it
 * @param principal who asked, or {@code kedge} for what the control plane does by itself
 */
public record EventEnvelope(long sequence, long timeMillis, Cause cause, String principal, Event event) {

    /**
     * The input an event follows from.
     *
     * @param topic the topic of the input; {@code timer} for the passing of time
     * @param offset its offset; for timers the time in milliseconds
     */
    public record Cause(String topic, long offset) {}
}
