package dev.kedge.topics;

/**
 * One set of topics with one control plane. Its name begins the names of all its topics.
 *
 * @param name lower-case letters, digits, '-' and '_'
 */
public record Cell(String name) {
    public static final Cell DEFAULT = new Cell("kedge");

    /** Topics are never re-created under a name that was used before: a new log of a shard would get the next generation. */
    private static final String GENERATION = ".g1";

    /** @throws IllegalArgumentException if the name cannot begin topic names */
    public Cell {
        Names.require("cell", name);
    }

    public String commands() {
        return name + ".commands";
    }

    public String reports() {
        return name + ".reports";
    }

    public String events() {
        return name + ".events";
    }

    public String routing() {
        return name + ".routing";
    }

    /**
     * The log topic of a new shard. Of an existing shard, the routing map says which topic is its log.
     *
     * @throws IllegalArgumentException if the shard's name cannot be part of topic names
     */
    public String shardLog(String shard) {
        return shardLogPrefix() + Names.require("shard", shard) + GENERATION;
    }

    /** The control plane's consumer group and Streams application. */
    public String orchestratorGroup() {
        return name + ".orchestrator";
    }

    /** What the control plane's store is restored from, named and made by Kafka Streams. */
    public String stateChangelog() {
        return orchestratorGroup() + "-event-log-changelog";
    }

    /** What the names of all shard logs of this cell begin with. */
    String shardLogPrefix() {
        return name + ".shard.";
    }
}
