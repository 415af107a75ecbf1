package dev.kedge.cli;

/** What is done to a part of a cell for a while. */
enum ChaosFault {
    /** kill -9; started again afterwards, on its disk. */
    WORKER_KILLED(Group.WORKER, 500, 6_000),
    /** kill -9, and away for so long that its shards are opened elsewhere. */
    WORKER_DEAD(Group.WORKER, 14_000, 18_000),
    /** kill -9 and an empty disk; rebuilt from the log. */
    WORKER_AND_DISK_LOST(Group.WORKER, 500, 3_000),
    /** SIGSTOP, for longer than its lease more often than not, then SIGCONT: a zombie. */
    WORKER_SUSPENDED(Group.WORKER, 1_000, 6_000),
    /** SIGSTOP, for so long that its shards are opened elsewhere; then it wakes up as nobody. */
    WORKER_STANDS_STILL(Group.WORKER, 14_000, 18_000),
    /** All its connections to Kafka end, and none can be made. */
    WORKER_CUT_OFF(Group.WORKER, 1_000, 6_000),
    /** Cut off from Kafka for so long that its shards are opened elsewhere, while clients still reach it. */
    WORKER_PARTITIONED(Group.WORKER, 14_000, 18_000),
    /** Its connections to Kafka stay, what is sent arrives when the fault ends. */
    WORKER_HANGS(Group.WORKER, 1_000, 6_000),
    /** Some tens of milliseconds more to Kafka and back. */
    WORKER_SLOW(Group.WORKER, 2_000, 5_000),
    /** The control plane that decides is killed with -9. */
    DECIDER_KILLED(Group.CONTROL_PLANE, 500, 5_000),
    /** The control plane that stands by is killed with -9. */
    STANDBY_KILLED(Group.CONTROL_PLANE, 500, 5_000),
    /** The control plane that decides stands still. */
    DECIDER_SUSPENDED(Group.CONTROL_PLANE, 1_000, 6_000),
    /** kill -9 of one of three. */
    BROKER_KILLED(Group.KAFKA, 500, 3_000),
    /** One of three stands still. */
    BROKER_SUSPENDED(Group.KAFKA, 1_000, 4_000),
    /** Clients lose their connections to a worker and get no new ones. */
    CLIENTS_CUT_OFF(Group.CLIENTS, 500, 3_000),
    /** What clients send to a worker, and its answers, arrive when the fault ends. */
    CLIENTS_HANG(Group.CLIENTS, 500, 4_000),
    /** Some tens of milliseconds more to a worker and back. */
    CLIENTS_SLOW(Group.CLIENTS, 1_000, 4_000);

    /** What it strikes; each target of a group suffers one fault at a time. */
    enum Group {
        WORKER,
        CONTROL_PLANE,
        KAFKA,
        CLIENTS
    }

    final Group group;
    final int leastMillis;
    final int mostMillis;

    ChaosFault(Group group, int leastMillis, int mostMillis) {
        this.group = group;
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
    }
}
