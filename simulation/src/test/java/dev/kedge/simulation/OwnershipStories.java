package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;

/** Who owns a range is decided by the order of the routing map, not by that of arrival; and nothing uncommitted decides anything. */
final class OwnershipStories {
    private OwnershipStories() {}

    /** 1. A destination that pauses right before its ImportCompleted must not get the tablet back when it goes on. */
    static final class LateImportCompleted implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();

            Link fromD = story.worker("wd").link();
            fromD.hold(ShardRecord.ImportCompleted.class::isInstance);
            story.cutOver();
            story.until("d has sent its ImportCompleted", () -> fromD.kept() > 0);
            story.phase(Phase.CUTOVER, "s", "d", 2, ImportBase.FRESH, 0, 0); // the tablet is s's again
            story.until("s has fenced d's log and serves", () -> story.owns("s", "x"));
            story.set("ws", "x", "2");

            fromD.letGo();
            story.until("it stands in d's log", () -> story.count("d", ShardRecord.ImportCompleted.class) == 1);
            assertThat(story.owns("d", "x")).as("d owns the tablet").isFalse();
            assertThat(story.get("ws", "x")).isEqualTo("2");
            story.theEnd();
        }
    }

    /** 1, the mirror: one more try of the takeover's fence reaches the source's log after the source has the tablet again. */
    static final class LateTakeoverFence implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();

            story.deaf("ws", 900);
            story.cutOver();
            story.until("d has fenced s's log and serves", () -> story.owns("d", "x"));
            Logged fence = story.last("s", ShardRecord.Fence.class);
            story.pass(1_000);
            story.openWindow();
            story.pass(200);
            story.rollBack();
            story.until("s serves again", () -> story.owns("s", "x"));
            story.set("ws", "x", "2");

            story.log("s").append(fence.key().concat(Bytes.utf8("again")), fence.record());
            story.set("ws", "x", "3");
            assertThat(story.get("ws", "x")).isEqualTo("3");
            story.theEnd();
        }
    }

    /** 12. A source that reads the map uncommitted fences a tablet whose cutover is then aborted: nobody owns it. */
    static final class AbortedCutover implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();

            story.beginRouting(Story.tablet(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 0, Story.MIGRATION));
            story.pass(300);
            story.abortRouting();
            story.pass(100);
            story.set("ws", "x", "2");
            assertThat(story.get("ws", "x")).isEqualTo("2");
            assertThat(story.count("s", ShardRecord.Fence.class)).as("fences").isZero();
            story.theEnd();
        }
    }
}
