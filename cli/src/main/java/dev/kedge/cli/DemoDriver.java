package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.cli.DemoTraffic.Window;
import dev.kedge.cli.MigrationStory.Cutover;
import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.cli.MigrationStory.Verification;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.FinishMigration;
import dev.kedge.schemas.command.Command.RollbackMigration;
import dev.kedge.schemas.command.Command.StartMigration;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Moves a range there and back by real commands, and notes what came of it. */
final class DemoDriver implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CellSession session;
    private final RoutingClient routing;
    private final DemoTraffic traffic;
    private final DemoScreen screen;
    private final CompletableFuture<?> anyProcessEnds;
    private final TopicFeed<Report> reports;
    private final List<Digest> digests = new ArrayList<>();
    private volatile long versionBefore = -1;

    DemoDriver(
            CellSession session,
            RoutingClient routing,
            String keyspace,
            KeyRange range,
            DemoTraffic traffic,
            DemoScreen screen,
            CompletableFuture<?> anyProcessEnds) {
        this.session = session;
        this.routing = routing;
        this.traffic = traffic;
        this.screen = screen;
        this.anyProcessEnds = anyProcessEnds;
        this.reports = session.reports(0);
        routing.addListener((before, after) -> {
            RoutingMap.Tablet was = before.route(keyspace, range.start());
            RoutingMap.Tablet is = after.route(keyspace, range.start());
            if (was != null && is != null && !was.shard().equals(is.shard())) {
                versionBefore = before.version();
            }
        });
    }

    /** There: until the destination serves and the rollback window is open. */
    DemoMigration migrate(String title, StartMigration command) {
        traffic.window(0); // forget what was before
        long errorsBefore = traffic.errors();
        String id = session.send(command)
                .planned()
                .orElseThrow(() -> new Failed("NOT_PLANNED", "the migration was not planned"))
                .migration();
        Migration migration = await(id, m -> m.phase() == Phase.ROLLBACK_WINDOW || m.isTerminal());
        require(migration, Phase.ROLLBACK_WINDOW);
        return result(title + " (" + id + ")", id, 0, errorsBefore);
    }

    /** And back. */
    DemoMigration rollback(String title, String id) {
        traffic.window(0); // forget what was before
        long errorsBefore = traffic.errors();
        int phasesBefore = story(id).phases().size();
        session.send(new RollbackMigration(id, "the demo shows the way back"));
        Migration migration = await(id, m -> m.isTerminal() || m.phase() == Phase.ROLLBACK_WINDOW);
        require(migration, Phase.ROLLED_BACK);
        return result(title + " (" + id + ")", id, phasesBefore, errorsBefore);
    }

    /** Ends the rollback window; returns how many rows the former owner removed. */
    long finish(String id) {
        send(new FinishMigration(id));
        Migration migration = await(id, Migration::isTerminal);
        require(migration, Phase.COMPLETED);
        return session.view().history(id).stream()
                .map(EventEnvelope::event)
                .filter(Event.MigrationCompleted.class::isInstance)
                .mapToLong(e -> ((Event.MigrationCompleted) e).evictedRows())
                .sum();
    }

    /** A way there, up to what its migration has come to by now: the window and the cleanup after it. */
    DemoMigration now(DemoMigration there) {
        String id = there.migration().id();
        return there.now(session.migration(id), story(id).phases());
    }

    /** Lets the traffic go on by itself. */
    void watchTraffic(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        long operations = traffic.operations();
        long begun = System.nanoTime();
        while (System.nanoTime() < until) {
            pollAll("");
            double seconds = (System.nanoTime() - begun) / 1e9;
            screen.status("traffic: "
                    + Amounts.rate((traffic.operations() - operations) / seconds, "operations") + ", "
                    + traffic.errors() + " errors");
        }
    }

    private void send(Command command) {
        session.send(command);
    }

    private MigrationStory story(String id) {
        return MigrationStory.of(session.view().history(id));
    }

    private Migration await(String id, Predicate<Migration> until) {
        Progress progress = new Progress(PATIENCE, System.nanoTime());
        ReplicaGauge gauge = new ReplicaGauge(id);
        Migration migration = session.migration(id);
        while (!until.test(migration)) {
            for (Report.ReplicaProgress report : pollAll(id)) {
                gauge.see(System.currentTimeMillis(), report);
            }
            migration = session.migration(id);
            if (progress.isStuck(migration.phase(), rows(gauge), System.nanoTime())) {
                throw new Failed(
                        "STUCK",
                        "the migration " + id + " is in " + MigrationText.phase(migration)
                                + " and did not come further for " + PATIENCE.toSeconds() + " s");
            }
            screen.status(id + " " + MigrationText.phase(migration) + "  " + gauge.describe() + ", " + traffic.errors()
                    + " errors");
        }
        return migration;
    }

    /** Whether a migration comes further: to another phase, or while it copies to more rows. Elsewhere rows only tell of writers. */
    static final class Progress {
        private final Duration patience;
        private @Nullable Phase phase;
        private long rows;
        private long sinceNanos;

        Progress(Duration patience, long nowNanos) {
            this.patience = patience;
            this.sinceNanos = nowNanos;
        }

        /** @param rowsNow of the destination */
        boolean isStuck(Phase phaseNow, long rowsNow, long nowNanos) {
            if (phaseNow != phase || (phaseNow == Phase.COPYING && rowsNow > rows)) {
                phase = phaseNow;
                rows = rowsNow;
                sinceNanos = nowNanos;
            }
            return nowNanos - sinceNanos > patience.toNanos();
        }
    }

    private static long rows(ReplicaGauge gauge) {
        Report.ReplicaProgress latest = gauge.latest();
        return latest == null ? 0 : latest.rows();
    }

    /** Takes in events and reports; returns progress of the migration. */
    private List<Report.ReplicaProgress> pollAll(String id) {
        if (anyProcessEnds.isDone()) {
            throw new Failed("PROCESS_ENDED", "one of the demo's processes has ended by itself");
        }
        session.poll(POLL);
        List<Report.ReplicaProgress> progress = new ArrayList<>();
        for (TopicFeed.Entry<Report> entry : reports.poll(POLL)) {
            if (entry.value() instanceof Digest digest) {
                digests.add(digest);
            } else if (entry.value() instanceof Report.ReplicaProgress p
                    && p.migration().equals(id)) {
                progress.add(p);
            }
        }
        return progress;
    }

    private void require(Migration migration, Phase phase) {
        if (migration.phase() != phase) {
            throw new Failed(
                    "UNEXPECTED_END",
                    "the migration " + migration.id() + " was to reach " + phase + " and is " + migration.phase() + ": "
                            + new MigrationText(session.state(), migration, story(migration.id())).outcome());
        }
    }

    private DemoMigration result(String title, String id, int skipPhases, long errorsBefore) {
        MigrationStory story = story(id);
        Cutover cutover = story.cutovers().isEmpty() ? null : story.cutovers().getLast();
        if (cutover != null) {
            awaitVersion(cutover.version());
        }
        Verification verified =
                story.verifications().isEmpty() ? null : story.verifications().getLast();
        List<Digest> both = verified == null ? List.of() : awaitDigests(id, verified.markerOffset());
        List<PhaseTime> phases =
                story.phases().subList(skipPhases, story.phases().size());
        Window window = traffic.window(errorsBefore);
        return new DemoMigration(
                title,
                session.migration(id),
                cutover,
                phases,
                verified == null ? 0 : verified.rows(),
                verified == null ? 0 : verified.bytes(),
                versionBefore,
                both,
                window);
    }

    /** The event that both were equal may be read before the reports it came of. */
    private List<Digest> awaitDigests(String id, long markerOffset) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<Digest> both = digestsAt(id, markerOffset);
        while (both.size() < 2) {
            if (System.nanoTime() - deadline > 0) {
                throw new Failed(
                        "NO_DIGESTS",
                        "the migration " + id + " was verified at offset " + markerOffset + ", but only " + both.size()
                                + " of the two digests could be read for " + PATIENCE.toSeconds() + " s");
            }
            pollAll(id);
            both = digestsAt(id, markerOffset);
        }
        return both;
    }

    private List<Digest> digestsAt(String id, long markerOffset) {
        List<Digest> both = new ArrayList<>();
        for (Digest digest : digests) {
            boolean known = both.stream().anyMatch(d -> d.shard().equals(digest.shard()));
            if (digest.migration().equals(id) && digest.markerOffset() == markerOffset && !known) {
                both.add(digest);
            }
        }
        both.sort(Comparator.comparing(Digest::shard));
        return both;
    }

    private void awaitVersion(long version) {
        try {
            if (!routing.awaitVersion(version, PATIENCE)) {
                throw new Failed("ROUTING_BEHIND", "the clients' routing map did not reach version " + version);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("INTERRUPTED", "interrupted", e);
        }
    }

    static MigrationOptions options() {
        return MigrationOptions.DEFAULTS;
    }

    @Override
    public void close() {
        reports.close();
    }
}
