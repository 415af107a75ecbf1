package dev.kedge.orchestrator.model;

/** A shard on its way from wanted to hosted. */
public sealed interface Shard {
    String name();

    /** The worker it is meant for or assigned to. */
    String worker();

    String logTopic();

    /** Wanted; its log topic is yet to be made. */
    record Requested(String name, String worker, String logTopic) implements Shard {}

    /** Its log exists; nobody hosts it yet. */
    record LogCreated(String name, String worker, String logTopic, String logTopicId) implements Shard {}

    /**
     * A worker is to host it.
     *
     * @param epoch number of this assignment, from 1
     */
    record Assigned(String name, String worker, String logTopic, String logTopicId, long epoch) implements Shard {}
}
