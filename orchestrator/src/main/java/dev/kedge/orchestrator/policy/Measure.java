package dev.kedge.orchestrator.policy;

/** What is measured of tablets, shards and workers. */
enum Measure {
    SIZE(0),
    LOAD(1),
    COUNT(2);

    /** Its place in arrays of amounts. */
    final int index;

    Measure(int index) {
        this.index = index;
    }
}
