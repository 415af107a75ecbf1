/*
 * Fence, lease and takeover: two shard logs, one range of keys in them, and the workers that write and read it.
 *
 * The range holds one counter. A client increments it (the worker computes the full value from what it knows and appends that) or
 * reads it. So a history is right exactly if every acknowledged increment got a number of its own, above all acknowledged before it was
 * asked, and every read shows at least what was acknowledged before it was asked.
 *
 *   shard S: owns the range at version 1. Worker 0 (epoch 1) has it, may crash and open it again (another incarnation); worker 2
 *            (epoch 2) may open it at any time, for instance because worker 0 is thought to be dead.
 *   shard D: worker 1. The routing map gives it the range at version 2, and S again at version 3.
 *
 * Every process may stand still at any point for as long as it likes: that is how a suspended machine, a long collection of garbage and a
 * way that is cut look from outside. An append may arrive in its log long after its producer has died.
 *
 * Time passes in ticks, for all at once. Clocks run at different speeds: a lease may last DRIFT ticks longer by the clock of whoever waits
 * than by its holder's. That is always taken at its worst, which allows everything that milder clocks do: a read under a lease
 * is never forced to happen, and a wait may always take longer.
 *
 * Each rule can be switched off (see the script "check"); then an assertion must fail. With all of them on, none may.
 */

#ifndef VERSIONS
#define VERSIONS 3      /* last version of the routing map */
#endif
#ifndef WRITES
#define WRITES 2        /* increments asked for in all */
#endif
#ifndef KEEPALIVES
#define KEEPALIVES 1
#endif
#ifndef RESTARTS
#define RESTARTS 0      /* crashes of workers 0 and 1 together */
#endif
#ifndef FAILOVER
#define FAILOVER 0      /* whether worker 2 opens S */
#endif

#define N 10            /* the longest log: more than the bounds above can fill, which is asserted */
#define WORKERS 3

#define LEASE 1
#define DRIFT 1
#ifdef NO_MARGIN
#define MARGIN 0
#else
#define MARGIN 1        /* at least DRIFT */
#endif
#define WAIT (LEASE + MARGIN)
#define LEASE_AT_MOST (LEASE + DRIFT)

#define S 0
#define D 1
#define SHARD(w) ((w) & 1)
#define OTHER(s) (1 - (s))
#define OWNER(version) (((version) + 1) & 1)            /* 1: S, 2: D, 3: S */
#define EPOCH(opening) ((opening) <= 2 -> 1 : 2)        /* openings 1 and 2: incarnations of epoch 1 */

#define NOTHING 250     /* never held */
#define AS_IT_IS 251    /* an ImportCompleted that brings no value: the other side never owned the range */

mtype = { CHANGE, OPENED, KEEP_ALIVE, FENCE, COMPLETED };
mtype = { DOWN, OPENING, SETTLING, SERVING, DEPOSED };

typedef Record {
    mtype type;
    byte by;            /* opening that wrote it */
    byte version;
    byte value;
    bit settled         /* FENCE: by the owner itself, whose opening had waited out the leases before it (R4) */
}

typedef Log {
    Record at[N];
    byte length
}

/* What a log amounts to: the same for owner, replica and referee (R10). */
typedef Judge {
    byte opening;
    bit owned;
    byte version;
    byte value;
    bit settled         /* of the latest fence */
}

/* An append on its way: of one opening, or a fence for the other side. Arrives in order, but whenever it likes. */
typedef Append {
    bit sent;
    bit acked;
    Record record;
    byte offset;
    byte lease;         /* what would be left of the lease if it were confirmed now */
    bit covers          /* the read that waits came while that was not over */
}

typedef Worker {
    mtype state;
    byte opening;
    byte routing;       /* version it knows */
    byte next;          /* of its own log */
    Judge own;
    byte lease;
    byte settles;       /* ticks until the leases before its opening are over */
    byte wants;         /* the counter's acknowledged value when its increment was asked for */
    bit reading;
    bit covered;        /* the read's arrival is covered by the lease (R4) */
    byte expects;       /* the counter's acknowledged value when the read was asked for */
    bit fenced;         /* has read the other side's log through the fence */
    byte brings;        /* what the range holds there */
    byte waits;         /* ticks until the other side's leases are over */
    bit took            /* has written the fence for the other side */
}

Log logs[2];
Judge truth[2];         /* the referee's, as of the end of each log */
Judge source;           /* scratch */
Worker worker[WORKERS];
Append append[8];       /* 4 * shard + opening */
Append foreign[2];      /* by the writer's shard: goes to the other side's log */

byte version = 1;
byte acked;             /* the highest number acknowledged */
byte numbers;           /* bits: numbers acknowledged */
byte asked, kept, crashed;

/* What must never be. */
bool stale, lost, doubled, two_owners, unowned;

#define SLOT(w) append[4 * SHARD(w) + worker[w].opening]
#define IDLE(w) (!SLOT(w).sent && !SLOT(w).acked)
#define OPEN(w) (worker[w].state == SETTLING || worker[w].state == SERVING)
#define ROUTED(w) (OWNER(worker[w].routing) == SHARD(w))
#define WRITING(w, what) (!IDLE(w) && SLOT(w).record.type == what)

/* Whoever has sent a fence of its own has stopped for good: also if the range comes back before the fence is confirmed. */
#ifdef NO_STOP
#define STOPPED(w) false
#else
#define STOPPED(w) WRITING(w, FENCE)
#endif

#define READS(w) (worker[w].state == SERVING && worker[w].own.owned && ROUTED(w) && !STOPPED(w))

/* R1 */
#ifdef NO_INCARNATION
#define CURRENT(j, r) (EPOCH(r.by) == EPOCH(j.opening))
#else
#define CURRENT(j, r) (r.by == j.opening)
#endif

/* R2 */
#ifdef NO_VERSION_CHECK
#define NEWER(j, r) true
#else
#define NEWER(j, r) (r.version > j.version)
#endif

inline apply(j, r, valid) {
    if
    :: r.type == CHANGE ->
        valid = CURRENT(j, r) && j.owned;
        if :: valid -> j.value = r.value :: else fi
    :: r.type == OPENED ->
        valid = EPOCH(r.by) > EPOCH(j.opening) ||
            (EPOCH(r.by) == EPOCH(j.opening) && r.by != j.opening);
        if :: valid -> j.opening = r.by :: else fi
    :: r.type == KEEP_ALIVE ->
        valid = CURRENT(j, r)
    :: r.type == FENCE ->
        valid = NEWER(j, r);
        if
        :: valid ->
            j.owned = 0;
            j.version = r.version;
#ifdef TRUST_ANY_FENCE
            j.settled = 1
#else
#ifdef TRUST_DEPOSED_FENCE
            j.settled = r.settled
#else
            j.settled = r.settled && r.by == j.opening
#endif
#endif
        :: else
        fi
    :: r.type == COMPLETED ->
        valid = CURRENT(j, r) && NEWER(j, r);
        if
        :: valid ->
            j.owned = 1;
            j.version = r.version;
            j.settled = 0;
            if :: r.value != AS_IT_IS -> j.value = r.value :: else fi
        :: else
        fi
    fi
}

inline send(w, what, about, number, isSettled) {
    printf("worker %d (opening %d) sends %e, version %d, value %d\n", w, worker[w].opening, what, about, number);
    SLOT(w).sent = 1;
    SLOT(w).record.type = what;
    SLOT(w).record.by = worker[w].opening;
    SLOT(w).record.version = about;
    SLOT(w).record.value = number;
    SLOT(w).record.settled = isSettled;
    SLOT(w).lease = (what == FENCE -> 0 : LEASE_AT_MOST);
    SLOT(w).covers = 1
}

inline clearAppend(a) {
    a.sent = 0; a.acked = 0; a.record.type = 0; a.record.by = 0; a.record.version = 0; a.record.value = 0; a.record.settled = 0;
    a.offset = 0; a.lease = 0; a.covers = 0
}

/* The record is in the log: this is the moment at which it counts, whoever comes to know of it later. */
inline land(a, shard, valid) {
    assert(logs[shard].length < N);
    logs[shard].at[logs[shard].length].type = a.record.type;
    logs[shard].at[logs[shard].length].by = a.record.by;
    logs[shard].at[logs[shard].length].version = a.record.version;
    logs[shard].at[logs[shard].length].value = a.record.value;
    logs[shard].at[logs[shard].length].settled = a.record.settled;
    apply(truth[shard], logs[shard].at[logs[shard].length], valid);
    two_owners = truth[S].owned && truth[D].owned;
    lost = (truth[S].owned && truth[S].value < acked) || (truth[D].owned && truth[D].value < acked);
#ifdef SEE_VOID_WRITE
    assert(valid || a.record.type != CHANGE);
#endif
#ifdef SEE_VOID_FENCE
    assert(valid || a.record.type != FENCE);
#endif
    assert(!two_owners);
    assert(!lost);
    printf("log %d, offset %d: %e of opening %d, version %d, value %d: %d\n", shard, logs[shard].length, a.record.type, a.record.by,
        a.record.version, a.record.value, valid);
    a.offset = logs[shard].length;
    logs[shard].length++
}

inline initial(j, shard) {
    j.opening = 1;
    j.owned = (shard == S);
    j.version = (shard == S -> 1 : 0);
    j.value = (shard == S -> 0 : NOTHING);
    j.settled = 0
}

inline forgetRead(w) {
    worker[w].reading = 0; worker[w].covered = 0; worker[w].expects = 0
}

inline forgetSource(w) {
    worker[w].fenced = 0; worker[w].brings = 0; worker[w].waits = 0; worker[w].took = 0
}

inline begin(w, number) {
    worker[w].state = OPENING;
    worker[w].opening = number;
    worker[w].next = 0;
    initial(worker[w].own, SHARD(w));
    worker[w].lease = 0; worker[w].settles = 0; worker[w].wants = 0;
    forgetRead(w);
    forgetSource(w);
    send(w, OPENED, 0, 0, 0)
}

inline depose(w) {
    printf("worker %d is deposed\n", w);
    worker[w].state = DEPOSED;
    worker[w].lease = 0; worker[w].settles = 0; worker[w].wants = 0;
    forgetRead(w);
    forgetSource(w)
}

inline acknowledge(w, number) {
    printf("worker %d acknowledges %d\n", w, number);
    doubled = (numbers >> number) & 1;
    stale = number <= worker[w].wants;
    numbers = numbers | (1 << number);
    if :: number > acked -> acked = number :: else fi;
    worker[w].wants = 0;
#ifdef SEE_TAKEN_OVER
    assert(SHARD(w) != D);
#endif
#ifdef SEE_TAKEN_BACK
    assert(worker[w].own.version < 3);
#endif
#ifdef SEE_FAILED_OVER
    assert(w != 2);
#endif
    assert(!doubled);
    assert(!stale)
}

inline confirmed(w, valid) {
    if
    :: SLOT(w).record.type == OPENED && valid ->
        worker[w].state = SETTLING;
#ifndef NO_OPENING_WAIT
        worker[w].settles = WAIT;
#endif
        clearAppend(SLOT(w))
    :: SLOT(w).record.type == OPENED && !valid ->
        clearAppend(SLOT(w));
        depose(w)
    :: SLOT(w).record.type == CHANGE && valid ->
        acknowledge(w, SLOT(w).record.value);
        clearAppend(SLOT(w))
    :: SLOT(w).record.type == COMPLETED && valid ->
        clearAppend(SLOT(w));
        forgetSource(w)
    :: else ->
        worker[w].wants = 0;
        clearAppend(SLOT(w))
    fi
}

/* Its own append is acknowledged at an offset. Everything before it is read and judged first (R3). */
inline confirm(w, i, valid) {
#ifdef NO_CONTIGUITY
    if :: worker[w].state != OPENING -> worker[w].next = SLOT(w).offset :: else fi;
#endif
    printf("worker %d hears of its append at offset %d\n", w, SLOT(w).offset);
    i = worker[w].next;
    do
    :: i < SLOT(w).offset ->
        apply(worker[w].own, logs[SHARD(w)].at[i], valid);
        if
        :: logs[SHARD(w)].at[i].type == OPENED && valid && worker[w].state != OPENING -> break
        :: else -> i++
        fi
    :: else -> break
    od;
    if
    :: i < SLOT(w).offset ->    /* somebody else has opened the log */
        clearAppend(SLOT(w));
        depose(w)
    :: else ->
        apply(worker[w].own, logs[SHARD(w)].at[i], valid);
        worker[w].next = i + 1;
        worker[w].lease = (SLOT(w).lease > worker[w].lease -> SLOT(w).lease : worker[w].lease);
        worker[w].covered = worker[w].covered | (worker[w].reading & SLOT(w).covers);
        if :: !worker[w].own.owned -> worker[w].lease = 0; forgetRead(w) :: else fi;  /* worth nothing to whoever owns nothing */
        confirmed(w, valid)
    fi;
    i = 0; valid = 0
}

/*
 * Reads the other side's log from the start, by its owner's rules, through the fence that ends its part. Reading some of it earlier changes
 * nothing, except that the wait is counted from here: from when the fence is seen.
 */
inline follow(w, i, valid) {
    initial(source, OTHER(SHARD(w)));
    i = 0;
    do
    :: i < logs[OTHER(SHARD(w))].length && !worker[w].fenced ->
        apply(source, logs[OTHER(SHARD(w))].at[i], valid);
        if
        :: logs[OTHER(SHARD(w))].at[i].type == FENCE && valid && source.version >= worker[w].routing ->
            printf("worker %d sees the other side's fence\n", w);
            worker[w].fenced = 1;
            worker[w].brings = source.value;
#ifndef NO_LEASE_WAIT
            worker[w].waits = (source.settled -> 0 : WAIT)
#endif
        :: else
        fi;
        i++
    :: else -> break
    od;
#ifdef NO_READ_THROUGH
    worker[w].fenced = 1;
    worker[w].brings = source.value;
#endif
    source.opening = 0; source.owned = 0; source.version = 0; source.value = 0; source.settled = 0;
    i = 0; valid = 0
}

/* Whether the other side's log may hold the fence; NO_READ_THROUGH does not care. */
#ifdef NO_READ_THROUGH
#define MAY_FOLLOW(w) true
#else
#define MAY_FOLLOW(w) (truth[OTHER(SHARD(w))].version >= worker[w].routing)
#endif
#define WANTED(w) (OPEN(w) && ROUTED(w) && worker[w].own.version < worker[w].routing)

proctype Work(byte w) {
    byte i;
    bit valid;
end:
    do
    /* its own append is acknowledged */
    :: d_step { worker[w].state != DOWN && worker[w].state != DEPOSED && SLOT(w).acked -> confirm(w, i, valid) }

    /* the leases before its opening are over */
    :: d_step { worker[w].state == SETTLING && worker[w].settles == 0 -> worker[w].state = SERVING; printf("worker %d serves\n", w) }

    /* it crashes and opens its log again, at once: it may take its time for everything after that */
    :: d_step {
        w < 2 && crashed < RESTARTS && worker[w].opening == 1 && worker[w].state != DOWN ->
        crashed++;
        SLOT(w).lease = 0;
        if :: SLOT(w).acked -> clearAppend(SLOT(w)) :: else fi;
        begin(w, 2)
       }
    :: d_step { w == 2 && FAILOVER && worker[w].state == DOWN -> begin(w, 3) }

    /* the routing map reaches it */
    :: d_step {
        worker[w].state != DOWN && worker[w].routing < version ->
        worker[w].routing++;
        printf("worker %d knows of version %d\n", w, worker[w].routing);
        forgetSource(w)
       }

    /* clients */
    :: d_step {
        worker[w].state == SERVING && worker[w].own.owned && ROUTED(w) && IDLE(w) && asked < WRITES ->
        asked++;
        worker[w].wants = acked;
        send(w, CHANGE, 0, worker[w].own.value + 1, 0)
       }
#ifdef LATE_STAMP
    /* the time is taken before the request comes: enough time for others to write */
    :: d_step { READS(w) && !worker[w].reading && worker[w].lease > 0 -> worker[w].reading = 1; worker[w].covered = 1 }
    :: d_step { worker[w].reading && worker[w].expects != acked -> worker[w].expects = acked }
#else
    /* answered at once: later it would show no less */
    :: d_step {
        READS(w) && IDLE(w) && worker[w].lease > 0 ->
        printf("worker %d answers a read with %d, acknowledged is %d\n", w, worker[w].own.value, acked);
        stale = worker[w].own.value < acked;
        assert(!stale)
       }
    /* one that meets an append on its way, which may renew the lease */
    :: d_step {
        READS(w) && !IDLE(w) && !worker[0].reading && !worker[1].reading && !worker[2].reading ->
        printf("worker %d gets a read\n", w);
        worker[w].reading = 1;
        worker[w].expects = acked;
        worker[w].covered = worker[w].lease > 0;
        SLOT(w).covers = SLOT(w).lease > 0
       }
#endif
    :: d_step {
        worker[w].reading && worker[w].state == SERVING && worker[w].own.owned && worker[w].covered && !WRITING(w, CHANGE) ->
        printf("worker %d answers the read with %d, acknowledged before it was %d\n", w, worker[w].own.value, worker[w].expects);
        stale = worker[w].own.value < worker[w].expects;
        forgetRead(w);
        assert(!stale)
       }

    /* it keeps its lease */
    :: d_step { OPEN(w) && IDLE(w) && worker[w].own.owned && kept < KEEPALIVES -> kept++; send(w, KEEP_ALIVE, 0, 0, 0) }

    /* the range was given to the other side: it says that it has stopped */
    :: d_step {
        OPEN(w) && IDLE(w) && !ROUTED(w) && worker[w].own.version < worker[w].routing ->
#ifdef TRUST_UNSETTLED_FENCE
        send(w, FENCE, worker[w].routing, 0, 1)
#else
        send(w, FENCE, worker[w].routing, 0, worker[w].state == SERVING)
#endif
       }

    /* the range was given to this side */
    :: d_step { WANTED(w) && !worker[w].fenced && MAY_FOLLOW(w) -> follow(w, i, valid) }
    :: d_step {
        WANTED(w) && !worker[w].fenced && !worker[w].took && !foreign[SHARD(w)].sent ->
        printf("worker %d writes the fence for the other side\n", w);
        worker[w].took = 1;
        foreign[SHARD(w)].sent = 1;
        foreign[SHARD(w)].record.type = FENCE;
        foreign[SHARD(w)].record.version = worker[w].routing
       }
    :: d_step {
        WANTED(w) && IDLE(w) && worker[w].fenced && worker[w].waits == 0 ->
        send(w, COMPLETED, worker[w].routing, (worker[w].brings == NOTHING -> AS_IT_IS : worker[w].brings), 0)
       }
    od
}

#define ANY_TIME (worker[0].lease || worker[1].lease || worker[2].lease || worker[0].settles || worker[1].settles || worker[2].settles \
    || worker[0].waits || worker[1].waits || worker[2].waits \
    || append[1].lease || append[2].lease || append[3].lease || append[5].lease || append[6].lease)

proctype Time() {
    byte i;
end:
    do
    :: d_step {
        ANY_TIME ->
        printf("a tick\n");
        i = 0;
        do
        :: i < WORKERS ->
            if :: worker[i].lease -> worker[i].lease-- :: else fi;
            if :: worker[i].settles -> worker[i].settles-- :: else fi;
            if :: worker[i].waits -> worker[i].waits-- :: else fi;
            i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < 8 -> if :: append[i].lease -> append[i].lease-- :: else fi; i++
        :: else -> break
        od;
        i = 0
       }
    od
}

inline arrived(slot, w) {
    if
    :: 4 * SHARD(w) + worker[w].opening == slot && worker[w].state != DOWN && worker[w].state != DEPOSED ->
        append[slot].sent = 0;
        append[slot].acked = 1
    :: else -> clearAppend(append[slot])
    fi;
    valid = 0
}

/* Appends arrive, in any order between producers. Its producer learns of it if it still lives as the same opening. */
proctype Broker() {
    byte i;
    bit valid;
end:
    do
    :: d_step { append[1].sent -> land(append[1], S, valid); arrived(1, 0) }
    :: d_step { append[2].sent -> land(append[2], S, valid); arrived(2, 0) }
    :: d_step { append[3].sent -> land(append[3], S, valid); arrived(3, 2) }
    :: d_step { append[5].sent -> land(append[5], D, valid); arrived(5, 1) }
    :: d_step { append[6].sent -> land(append[6], D, valid); arrived(6, 1) }
    :: d_step { foreign[S].sent -> land(foreign[S], D, valid); clearAppend(foreign[S]); valid = 0 }
    :: d_step { foreign[D].sent -> land(foreign[D], S, valid); clearAppend(foreign[D]); valid = 0 }
    od
}

proctype ControlPlane() {
end:
    do
    :: version < VERSIONS -> version++
    od
}

init {
    byte i;
    d_step {
        initial(truth[S], S);
        initial(truth[D], D);
        do
        :: i < WORKERS ->
            worker[i].state = (i < 2 -> SERVING : DOWN);
            worker[i].opening = (i < 2 -> 1 : 3);
            worker[i].routing = 1;
            initial(worker[i].own, SHARD(i));
            worker[i].lease = (i == 0 -> LEASE_AT_MOST : 0);
            i++
        :: else -> break
        od;
        i = 0
    };
    atomic {
        run Work(0);
        run Work(1);
        if :: FAILOVER -> run Work(2) :: else fi;
        run Time();
        run Broker();
        run ControlPlane()
    }
}
