package dev.kedge.schemas.command;

/**
 * A command as it stands in the commands topic.
 *
 * @param principal who asks
 * @param timeMillis the sender's wall clock
 */
public record CommandEnvelope(String principal, long timeMillis, Command command) {}
