package dev.kedge.orchestrator.model;

/**
 * A process that hosts shards, as it last announced itself.
 *
 * @param incarnation unique per start of the process
 */
public record Worker(String name, long incarnation, String host, int port) {}
