package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardRecord;

/** How rows get from one log into another, and out of it again. */
final class ImportStories {
    private ImportStories() {}

    /** 5. Progress that overtakes the imports it counts: a crash then skips rows. */
    static final class ProgressBeforeItsImports implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            for (int i = 0; i < 8; i++) {
                story.set("ws", "n", "n" + i);
            }
            Link fromD = story.worker("wd").link();
            fromD.hold(ShardRecord.Import.class::isInstance);
            story.phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
            story.until("imports are on their way", () -> fromD.kept() > 0);
            story.pass(1_000);
            story.crash("wd", false);
            fromD.drop();

            story.start("wd");
            story.pass(1_000);
            story.phase(Phase.CATCHING_UP, "s", "d", 1, ImportBase.FRESH, 0, 0);
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "x"));
            assertThat(story.get("wd", "x")).isEqualTo("1");
            assertThat(story.get("wd", "n")).isEqualTo("n7");
            story.theEnd();
        }
    }

    /** 5. An import that timed out lands after its attempt was completed by another try, and after the new owner's own write. */
    static final class LateImport implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            Link fromD = story.worker("wd").link();
            fromD.hold(ShardRecord.Import.class::isInstance);
            story.phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
            story.until("the import is on its way", () -> fromD.kept() > 0);
            fromD.timeOut();
            fromD.holdNothingMore();
            story.pass(500);
            story.phase(Phase.CATCHING_UP, "s", "d", 1, ImportBase.FRESH, 0, 0);
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "x"));
            story.set("wd", "x", "3");

            fromD.letGo();
            story.pass(100);
            story.set("wd", "n", "1");
            assertThat(story.get("wd", "x")).isEqualTo("3");
            story.theEnd();
        }
    }

    /** 7. The destination copies a row, is dead for days, and goes on where it was: a delete it has never seen is gone from the log. */
    static final class ExpiredTombstone implements Runnable {
        @Override
        public void run() {
            Story story = new Story(Story.withTombstonesKeptFor(6_000));
            for (int i = 0; i < 8; i++) {
                story.set("ws", "x", "x" + i);
            }
            story.copy();
            story.until("d has told how far it is", () -> story.count("d", ShardRecord.ImportProgress.class) > 0);
            story.crash("wd", false);
            story.delete("ws", "x");
            story.set("ws", "n", "1");
            story.compact("s");
            story.pass(6_500);
            story.compact("s");

            story.start("wd");
            story.pass(1_000);
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "n"));
            assertThat(story.get("wd", "x")).isNull();
            assertThat(story.get("wd", "n")).isEqualTo("1");
            story.theEnd();
        }
    }

    /** 7. The same for a store that is opened late: what it had not written down when it died is gone from the log. */
    static final class StoreOpenedLate implements Runnable {
        @Override
        public void run() {
            Story story = new Story(Story.withTombstonesKeptFor(6_000));
            story.set("ws", "x", "1");
            story.set("ws", "n", "1");
            story.worker("ws").hosts().forEach(host -> host.simStore().flush());
            story.delete("ws", "x");
            story.crash("ws", false);
            story.compact("s");
            story.pass(6_500);
            story.compact("s");

            story.start("ws");
            assertThat(story.get("ws", "x")).isNull();
            assertThat(story.get("ws", "n")).isEqualTo("1");
            story.theEnd();
        }
    }

    /** 9. A tombstone of the source's cleanup is still on its way when the row comes back. */
    static final class LateEviction implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            story.copy();
            story.cutOver();
            story.until("d serves", () -> story.owns("d", "x"));
            story.delete("wd", "x");
            story.compact("d", 0);
            story.pass(10);
            story.compact("d", 0); // nothing of the tablet is left to copy in bulk

            Link fromS = story.worker("ws").link();
            fromS.hold(ShardRecord.EvictRow.class::isInstance);
            story.phase(Phase.CLEANUP, "d", "s", 2, ImportBase.KEPT, 0, 0);
            story.until("the tombstone is on its way", () -> fromS.kept() > 0);
            story.pass(300);
            // The control plane goes on when it is told that nothing is left, not before.
            boolean early = story.isTold(Report.EvictionDone.class);
            if (early) {
                comeBack(story);
            }
            fromS.letGo();
            if (!early) {
                story.until("nothing is left at s", () -> story.isTold(Report.EvictionDone.class));
                comeBack(story);
            }
            story.pass(200);
            story.route(back(Phase.CUTOVER, "s", "d"));
            story.until("s serves", () -> story.owns("s", "x"));
            assertThat(story.get("ws", "x")).isEqualTo("2");
            story.theEnd();
        }

        private static void comeBack(Story story) {
            story.atRest("d");
            story.route(back(Phase.COPYING, "d", "s"));
            story.pass(100);
            story.route(back(Phase.CATCHING_UP, "d", "s"));
            story.pass(20);
            story.set("wd", "x", "2");
            story.pass(100);
        }

        private static dev.kedge.schemas.routing.RoutingRecord.TabletRoute back(
                Phase phase, String owner, String replica) {
            return Story.tablet(phase, owner, replica, 1, ImportBase.FRESH, 0, 0, "m2");
        }
    }

    /** 11. What an attempt that was given up still has on its way must not turn up among the rows of the next. */
    static final class AttemptsMix implements Runnable {
        @Override
        public void run() {
            Story story = new Story();
            story.set("ws", "x", "1");
            Link fromD = story.worker("wd").link();
            fromD.hold(ShardRecord.Import.class::isInstance);
            story.phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
            story.until("an import is on its way", () -> fromD.kept() > 0);
            story.pauseCopy();
            story.delete("ws", "x");
            story.compact("s", 0);
            story.pass(10);
            story.compact("s", 0); // the next attempt will not hear of it

            story.phase(Phase.COPYING, "s", "d", 2, ImportBase.FRESH, 0, 0);
            story.pass(200);
            fromD.letGo();
            story.pass(300);
            story.phase(Phase.CATCHING_UP, "s", "d", 2, ImportBase.FRESH, 0, 0);
            story.pass(50);
            story.phase(Phase.CUTOVER, "d", "s", 2, ImportBase.FRESH, 0, 0);
            story.until("d serves", () -> story.owns("d", "x"));
            assertThat(story.get("wd", "x")).isNull();
            story.theEnd();
        }
    }
}
