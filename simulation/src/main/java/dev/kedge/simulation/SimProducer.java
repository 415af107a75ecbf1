package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One idempotent producer of an engine: what it sends arrives in the order in which it was sent and is answered in that order, whatever holds
 * it up, unless something fails.
 */
final class SimProducer {
    /** What takes longer to be acknowledged has failed for its sender, and may arrive nevertheless. */
    private static final long DELIVERY_TIMEOUT_NANOS = 700 * Scheduler.MILLI;

    /** Records of keys that rest afterwards fail more often: what is wrong with them stays visible. */
    private static final int COLD_FACTOR = 30;

    private enum Fate {
        WELL,
        LOST_ACKNOWLEDGEMENT,
        LATE,
        FAILED,
        NO_OFFSET
    }

    private static final class Sent {
        final long token;
        final Bytes key;
        final ShardRecord record;
        final long sentNanos;
        final Fate fate;
        /** The sender has been told that it failed. */
        boolean told;
        /** It never arrives. */
        boolean withdrawn;
        /** Would be in the log if nothing sent before it were still under way. */
        boolean behindOthers;

        boolean held;
        /** Its sender is gone, it sits in a queue of the broker's until then. */
        long lateUntilNanos;

        Sent(long token, Bytes key, ShardRecord record, long sentNanos, Fate fate) {
            this.token = token;
            this.key = key;
            this.record = record;
            this.sentNanos = sentNanos;
            this.fate = fate;
        }
    }

    private final World world;
    private final Scheduler scheduler;
    private final SimLog log;
    private final Link link;
    private final SimHost host;
    private final List<Sent> inFlight = new ArrayList<>();
    private long lastArrivalNanos;
    private long lastAnswerNanos;
    private long stuckUntilNanos;
    private int held;
    private boolean failed;
    private boolean givenUp;

    SimProducer(World world, SimLog log, SimHost host) {
        this.world = world;
        this.scheduler = world.scheduler();
        this.log = log;
        this.link = host.worker().link();
        this.host = host;
    }

    void append(long token, Bytes key, ShardRecord record) {
        long now = scheduler.nowNanos();
        Sent sent = new Sent(token, key, record, now, fate(key));
        failed |= sent.fate != Fate.WELL;
        if (sent.fate == Fate.LATE || sent.fate == Fate.FAILED) {
            scheduler.after(inTurnNanos(now + delayNanos() + delayNanos()), () -> fail(sent));
        }
        if (sent.fate == Fate.FAILED) {
            return;
        }
        inFlight.add(sent);
        long arrival = Math.max(lastArrivalNanos, now + delayNanos());
        lastArrivalNanos = arrival;
        if (sent.fate == Fate.LATE) {
            // not in the producer's order any more: what was sent later may stand before it
            arrival += scheduler.between(20, 600) * Scheduler.MILLI;
        }
        scheduler.after(arrival - now, () -> arrive(sent));
    }

    /** The log may be slow, or this worker's way to it. */
    private long delayNanos() {
        return log.delayNanos() + link.delayNanos();
    }

    private void arrive(Sent sent) {
        if (sent.fate != Fate.LATE && sent != firstInTurn()) {
            sent.behindOthers = true;
            return;
        }
        if (sent.withdrawn) {
            leave(sent);
            return;
        }
        long wait = Math.max(sent.lateUntilNanos - scheduler.nowNanos(), obstacleNanos(sent));
        if (wait > 0) {
            if (!sent.told && scheduler.nowNanos() + wait - sent.sentNanos > DELIVERY_TIMEOUT_NANOS) {
                timeOut(sent);
            }
            scheduler.after(wait, () -> arrive(sent));
            return;
        }
        if (held > 0 || link.holds(sent.record)) {
            held++;
            sent.held = true;
            link.keep(() -> letGo(sent), () -> fail(sent));
            nextInTurn();
            return;
        }
        land(sent);
    }

    /** Which may reach the log now: nothing sent before it is under way. */
    private @Nullable Sent firstInTurn() {
        for (Sent sent : inFlight) {
            if (sent.fate != Fate.LATE && !sent.held) {
                return sent;
            }
        }
        return null;
    }

    private void leave(Sent sent) {
        inFlight.remove(sent);
        nextInTurn();
    }

    private void nextInTurn() {
        Sent next = firstInTurn();
        if (next != null && next.behindOthers) {
            next.behindOthers = false;
            scheduler.after(0, () -> arrive(next));
        }
    }

    private void land(Sent sent) {
        leave(sent);
        Logged logged = log.append(sent.key, sent.record);
        scheduler.after(inTurnNanos(scheduler.nowNanos() + delayNanos()), () -> answer(sent, logged));
    }

    private void letGo(Sent sent) {
        held--;
        land(sent);
    }

    /** How long a record has to wait where it is. A producer that meets a log without a leader looks for the new one in its own time. */
    private long obstacleNanos(Sent sent) {
        long now = scheduler.nowNanos();
        long leaderless = log.leaderlessNanos();
        if (leaderless > 0 && stuckUntilNanos <= now) {
            stuckUntilNanos =
                    now + leaderless + (scheduler.chance(0.5) ? scheduler.between(0, 1_000) * Scheduler.MILLI : 0);
            if (!sent.told && scheduler.chance(0.3)) {
                timeOut(sent);
            }
        }
        return Math.max(link.cutNanos(), Math.max(leaderless, stuckUntilNanos - now));
    }

    /** Given up by the producer; whether it was on its way already, nobody knows. */
    private void timeOut(Sent sent) {
        failed = true;
        sent.withdrawn = scheduler.chance(0.5);
        sent.told = true;
        scheduler.after(inTurnNanos(sent.sentNanos + DELIVERY_TIMEOUT_NANOS), () -> tellFailed(sent));
    }

    /** Time until an answer that could be given at {@code dueNanos}: none overtakes another. */
    private long inTurnNanos(long dueNanos) {
        lastAnswerNanos = Math.max(lastAnswerNanos, dueNanos);
        return lastAnswerNanos - scheduler.nowNanos();
    }

    private void answer(Sent sent, Logged logged) {
        long cut = link.cutNanos();
        if (cut > 0) {
            if (!sent.told && scheduler.nowNanos() + cut - sent.sentNanos > DELIVERY_TIMEOUT_NANOS) {
                timeOut(sent);
            }
            scheduler.after(cut, () -> answer(sent, logged));
            return;
        }
        if (givenUp || sent.told) {
            return;
        }
        switch (sent.fate) {
            case WELL -> host.post(e -> e.appended(sent.token, logged.offset(), logged.timestampMillis()));
            case NO_OFFSET -> host.post(e -> e.appended(sent.token, -1, -1));
            case LOST_ACKNOWLEDGEMENT, LATE, FAILED -> fail(sent);
        }
    }

    private void fail(Sent sent) {
        if (!sent.told) {
            sent.told = true;
            tellFailed(sent);
        }
    }

    private void tellFailed(Sent sent) {
        failed = true;
        if (!givenUp) {
            host.post(e -> e.appendFailed(sent.token, "simulated: no acknowledgement"));
        }
    }

    /** After a failure, what the same producer sends may or may not arrive. */
    private Fate fate(Bytes key) {
        if (failed && scheduler.chance(0.5)) {
            return Fate.FAILED;
        }
        double probability =
                world.settings().appendFaultProbability() * (world.workload().isCold(key) ? COLD_FACTOR : 1);
        if (world.strikes(Fault.LOST_ACKNOWLEDGEMENT, probability)) {
            return Fate.LOST_ACKNOWLEDGEMENT;
        }
        if (world.strikes(Fault.LATE_APPEND, probability)) {
            return Fate.LATE;
        }
        if (world.strikes(Fault.FAILED_APPEND, probability / 2)) {
            return Fate.FAILED;
        }
        if (world.strikes(Fault.ACKNOWLEDGED_WITHOUT_OFFSET, probability / 4)) {
            return Fate.NO_OFFSET;
        }
        return Fate.WELL;
    }

    /** Nobody waits for answers any more. What is under way may still arrive, soon or late, or never. */
    void giveUp() {
        givenUp = true;
        if (held > 0) {
            return; // whoever holds it decides
        }
        for (Sent sent : inFlight) {
            sent.withdrawn |= scheduler.chance(0.5);
            if (!sent.withdrawn && world.strikes(Fault.LATE_APPEND, 0.3)) {
                sent.lateUntilNanos = scheduler.nowNanos() + scheduler.between(1, 1_000) * Scheduler.MILLI;
            }
        }
    }
}
