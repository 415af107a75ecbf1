package dev.kedge.simulation;

import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.shard.ShardRecord;

/** Who has been replaced answers no read from before. */
final class LeaseStories {
    private LeaseStories() {}

    /** 8. The source's new opener fences before the lease of the one before it is over, and the destination takes that for a goodbye. */
    static final class FenceWithoutTheWait implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.join("w2");
            story.set("ws", "x", "1");
            story.copy();

            story.cutOff("ws", 2_000);
            story.route(new ShardRoute("s", "w2", 2, "s.g1", "id-s"));
            story.until("w2 has opened s", () -> story.count("s", ShardRecord.Opened.class) == 2);
            story.cutOver();
            story.until("w2 has fenced", () -> story.count("s", ShardRecord.Fence.class) > 0);
            story.keepAsking("ws", "x"); // and whoever does not know it better asks the zombie
            story.set("wd", "x", "2");
            story.pass(2_500);
            story.theEnd();
        }
    }

    /** 10. A machine is suspended, and its monotonic clock with it: the lease it finds at its return is over. */
    static final class ClockThatStoodStill implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();
            story.deaf("ws", 3_000);
            story.suspend("ws", 1_500);
            story.cutOver();
            story.set("wd", "x", "2");
            story.getting("ws", "x"); // waits in the socket
            story.pass(3_000);
            story.theEnd();
        }
    }

    /** 10. After a long pause the requests that have waited come before the tick that would notice. */
    static final class PauseBeforeTheTick implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();
            story.deaf("ws", 3_000);
            story.pause("ws", 1_500);
            story.cutOver();
            story.set("wd", "x", "2");
            story.getting("ws", "x"); // waits in the socket
            story.pass(3_000);
            story.theEnd();
        }
    }

    /**
     * 10. The former owner's clock runs slow, the next one's fast: by that clock the lease is over while the former owner still holds it. The lease is
     * so long that differing clocks count for more than how often engines look at them, and shorter than appends take to fail.
     */
    static final class ClocksAtOdds implements Runnable {
        @Override
        public void run() {
            Story story = new Story(SimSettings.DEFAULTS.calm().withLease(650, 150));
            story.join("w2");
            story.worker("ws").clock().runAsSlowAsAny();
            story.worker("w2").clock().runAsFastAsAny();
            story.set("ws", "x", "1");
            story.deaf("ws", 10_000);
            story.keepSetting("ws", "a", "1"); // each begins the lease anew
            story.route(new ShardRoute("s", "w2", 2, "s.g1", "id-s"));
            story.until("w2 has opened s", () -> story.count("s", ShardRecord.Opened.class) == 2);
            story.cutOff("ws", 10_000);
            story.keepAsking("ws", "x");
            story.set("w2", "x", "2");
            story.pass(500);
            story.theEnd();
        }
    }
}
