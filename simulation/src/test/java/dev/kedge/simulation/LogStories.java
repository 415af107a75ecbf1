package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.schemas.shard.ShardRecord;

/** What stands in a log and does not count, what judges it, and what compaction makes of both. */
final class LogStories {
    private LogStories() {}

    /** 2. A later control record under the same key takes an earlier one with it, and with it all that it judged. */
    static final class CompactedJudge implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.restart("ws");
            story.set("ws", "n", "1");
            story.copy();
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "x"));
            story.openWindow();
            story.pass(200);

            story.compact("s");
            story.compact("d");
            story.crash("ws", true);
            story.crash("wd", true);
            story.start("ws");
            story.start("wd");
            assertThat(story.get("wd", "x")).isEqualTo("1");
            assertThat(story.get("wd", "n")).isEqualTo("1");
            assertThat(story.get("ws", "a")).isNull();
            story.theEnd();
        }
    }

    /** 2, the other half: a replayer that goes on in the middle of a log has not seen what judges the records there. */
    static final class ReaderFromTheMiddle implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            for (int i = 0; i < 8; i++) {
                story.set("ws", "x", "x" + i);
            }
            story.copy();
            story.until("d has told how far it is", () -> story.count("d", ShardRecord.ImportProgress.class) > 0);

            story.crash("wd", false);
            story.set("ws", "n", "1");
            story.start("wd");
            story.pass(500);
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "x"));
            assertThat(story.get("wd", "n")).isEqualTo("1");
            assertThat(story.get("wd", "x")).isEqualTo("x7");
            story.theEnd();
        }
    }

    /** 3. A write that lands behind the fence is void, but it is the key's last record: compaction keeps it and takes the one that counts. */
    static final class VoidRecordWinsCompaction implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();

            Link fromS = story.worker("ws").link();
            fromS.hold(ShardRecord.Change.class::isInstance);
            Story.Asked write = story.setting("ws", "x", "2");
            story.until("the write is on its way", () -> fromS.kept() > 0);
            story.deaf("ws", 1_500);
            story.cutOver();
            story.until("d has fenced s's log and serves", () -> story.owns("d", "x"));
            assertThat(story.get("wd", "x")).isEqualTo("1");
            fromS.letGo();
            story.until("the write stands behind the fence", () -> story.count("s", ShardRecord.Change.class) == 2);
            story.pass(2_000);
            assertThat(write.isAcknowledged()).isFalse();

            story.openWindow();
            story.pass(300);
            story.compact("s");
            story.crash("ws", true);
            story.start("ws");
            story.pass(1_000);
            story.rollBack();
            story.until("s serves again", () -> story.owns("s", "x"));
            assertThat(story.get("ws", "x")).isEqualTo("1");
            story.theEnd();
        }
    }

    /** 4. A worker restarts at the same epoch while a record of its former life still sits in a queue of the broker's. */
    static final class FormerLife implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            assertThat(story.increment("ws", "n")).isEqualTo(1);

            Link fromS = story.worker("ws").link();
            fromS.hold(ShardRecord.Change.class::isInstance);
            story.incrementing("ws", "n"); // to 2, and nobody will ever know
            story.until("it is on its way", () -> fromS.kept() > 0);
            story.crash("ws", false);
            fromS.holdNothingMore();
            story.start("ws");
            assertThat(story.increment("ws", "n")).isEqualTo(2);
            assertThat(story.increment("ws", "n")).isEqualTo(3);

            fromS.letGo();
            story.set("ws", "x", "1"); // which makes the shard look at what stands before it
            assertThat(story.increment("ws", "n")).isEqualTo(4);
            story.theEnd();
        }
    }

    /** 4, the other half: what was computed on a write of unknown outcome is as unknown. */
    static final class UnknownOutcome implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            Link fromS = story.worker("ws").link();
            fromS.hold(ShardRecord.Change.class::isInstance);
            Story.Asked first = story.incrementing("ws", "n"); // to 1
            story.until("the first is on its way", () -> fromS.kept() == 1);
            Story.Asked second = story.incrementing("ws", "n"); // to 2, if the first counts
            story.until("the second is on its way", () -> fromS.kept() == 2);
            fromS.timeOut();
            fromS.holdNothingMore();
            story.until("both are answered", () -> first.isAnswered() && second.isAnswered());
            assertThat(first.isAcknowledged() || second.isAcknowledged()).isFalse();
            for (int i = 1; i <= 4; i++) {
                assertThat(story.increment("ws", "n")).isEqualTo(i);
            }

            fromS.letGo();
            story.set("ws", "x", "1"); // which makes the shard look at what stands before it
            assertThat(story.increment("ws", "n")).isEqualTo(5);
            story.theEnd();
        }
    }

    /** 5. With imports on another producer every append of theirs looks like a hole, and a hole may be a fence. */
    static final class FenceInAHole implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();
            story.deaf("ws", 1_500);
            story.cutOver(); // s does not hear of it

            Link fromS = story.worker("ws").link();
            fromS.hold(r -> true); // the fence will come first
            Story.Asked write = story.setting("ws", "x", "2");
            story.until("the write is on its way", () -> fromS.kept() > 0);
            story.until("d has fenced s's log", () -> story.count("s", ShardRecord.Fence.class) > 0);
            fromS.letGo();
            story.pass(100);
            assertThat(write.isAcknowledged()).isFalse();
            story.until("d serves", () -> story.owns("d", "x"));
            assertThat(story.get("wd", "x")).isEqualTo("1");
            story.pass(1_500);
            story.theEnd();
        }
    }
}
