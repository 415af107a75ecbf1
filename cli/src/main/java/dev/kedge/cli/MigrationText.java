package dev.kedge.cli;

import dev.kedge.cli.MigrationStory.Cutover;
import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.cli.MigrationStory.Verification;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState;
import dev.kedge.orchestrator.model.Plan;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A migration in words and as JSON. */
final class MigrationText {
    private final Migration migration;
    private final MigrationStory story;
    private final String range;
    private final EventText words;

    MigrationText(CellState state, Migration migration, MigrationStory story) {
        this.migration = migration;
        this.story = story;
        this.range = range(state, migration.plan());
        this.words = new EventText(state);
    }

    static String range(CellState state, Plan plan) {
        Keyspace keyspace = state.keyspace(plan.keyspace());
        return RangeText.format(keyspace == null ? Placement.RANGE : keyspace.placement(), plan.range());
    }

    String range() {
        return range;
    }

    /** Like {@code COPYING} or {@code COPYING, paused}. */
    static String phase(Migration migration) {
        return migration.phase() + (migration.paused() ? ", paused" : "") + (goesBack(migration) ? ", going back" : "");
    }

    private static boolean goesBack(Migration migration) {
        return migration.isReturning() && !migration.isTerminal();
    }

    String title(Palette palette) {
        Plan plan = migration.plan();
        return palette.bold(migration.id()) + "  " + plan.keyspace() + " " + range + "  " + plan.from() + " -> "
                + plan.to() + "  " + coloured(palette);
    }

    private String coloured(Palette palette) {
        String text = phase(migration);
        return switch (migration.phase()) {
            case COMPLETED, ROLLBACK_WINDOW -> palette.good(text);
            case ABORTED -> palette.bad(text);
            default -> palette.bold(text);
        };
    }

    /** What is known, line by line. */
    List<String> lines(long nowMillis) {
        List<String> lines = new ArrayList<>();
        if (!story.phases().isEmpty()) {
            lines.add("began     " + Times.show(story.phases().getFirst().startMillis()));
            lines.add("phases    " + phases(nowMillis));
        }
        for (Verification v : story.verifications()) {
            lines.add("verified  " + Amounts.count(v.rows()) + " rows, " + Amounts.bytes(v.bytes()) + ", digest "
                    + EventText.digest(v.digest()) + " on both sides (round " + v.round() + ", offset "
                    + v.markerOffset() + ")");
        }
        for (Event.DivergenceFound d : story.divergences()) {
            lines.add("differs   " + words.describe(d));
        }
        for (Event.ReplicationOutrun o : story.outruns()) {
            lines.add("outrun    " + EventText.outrun(o));
        }
        for (Cutover c : story.cutovers()) {
            lines.add(cutover(c));
        }
        if (story.deferral() != null) {
            lines.add("waits     " + words.describe(story.deferral()));
        }
        String outcome = outcome();
        if (outcome != null) {
            lines.add("outcome   " + outcome);
        }
        return lines;
    }

    String phases(long nowMillis) {
        List<String> texts = new ArrayList<>();
        for (PhaseTime phase : story.phases()) {
            texts.add(
                    phase.phase().isTerminal()
                            ? phase.phase().name()
                            : phase.phase() + " " + Durations.show(phase.millis(nowMillis)));
        }
        return String.join(", ", texts);
    }

    private static String cutover(Cutover c) {
        Event.CutoverCompleted done = c.completed();
        return (c.reverse() ? "back      " : "cutover   ")
                + (c.version() < 0 ? "being written" : "routing version " + c.version())
                + ", stall predicted " + Durations.showMicros(c.predictedStallMicros())
                + (done == null
                        ? ""
                        : ", measured " + Durations.showMicros(done.measuredStallMicros()) + ", fence at offset "
                                + done.fenceOffset() + ", " + done.parked() + " requests waited");
    }

    /** How it ended, or what keeps it; null while there is nothing to say. */
    @Nullable
    String outcome() {
        return switch (migration.state()) {
            case MigrationState.Completed s ->
                "completed, " + migration.plan().from() + " removed " + Amounts.count(s.evictedRows()) + " rows";
            case MigrationState.Aborted s -> "aborted: " + s.reason();
            case MigrationState.RolledBack s -> "rolled back: " + s.reason();
            case MigrationState.CleaningUp s -> s.shard() + " removes its rows: " + s.reason();
            case MigrationState.RollbackWindow s ->
                s.broken() == null
                        ? "may be rolled back until " + Times.show(s.leg().untilMillis())
                        : "can't be rolled back any more: " + s.broken();
            default -> null; // on its way
        };
    }

    /** @param gauge null where nothing was read of the reports */
    Json.Fields json(@Nullable ReplicaGauge gauge) {
        Plan plan = migration.plan();
        Json.Fields fields = Json.fields()
                .with("migration", migration.id())
                .with("keyspace", plan.keyspace())
                .with("range", range)
                .with("from", plan.from())
                .with("to", plan.to())
                .with("owner", migration.owner())
                .with("phase", migration.phase())
                .with("paused", migration.paused())
                .with("goingBack", goesBack(migration))
                .with("attempt", story.attempt())
                .with("phases", story.phases().stream().map(MigrationText::json).toList())
                .with(
                        "verifications",
                        story.verifications().stream().map(MigrationText::json).toList())
                .with(
                        "cutovers",
                        story.cutovers().stream().map(MigrationText::json).toList())
                .with(
                        "divergences",
                        story.divergences().stream().map(this::json).toList())
                .with("outruns", story.outruns().stream().map(words::json).toList())
                .with("deferral", story.deferral() == null ? null : words.json(story.deferral()))
                .with("rollbackUntilMillis", rollbackUntil())
                .with("outcome", migration.phase() == Phase.PLANNED ? null : outcome())
                .with("options", json(plan.options()));
        return gauge == null ? fields : fields.with("progress", gauge.json());
    }

    private @Nullable Long rollbackUntil() {
        return migration.state() instanceof MigrationState.RollbackWindow w && w.broken() == null
                ? w.leg().untilMillis()
                : null;
    }

    private static Json.Fields json(PhaseTime phase) {
        return Json.fields()
                .with("phase", phase.phase())
                .with("startMillis", phase.startMillis())
                .with("endMillis", phase.endMillis());
    }

    private static Json.Fields json(Verification v) {
        return Json.fields()
                .with("round", v.round())
                .with("markerOffset", v.markerOffset())
                .with("rows", v.rows())
                .with("bytes", v.bytes())
                .with("digest", EventText.digest(v.digest()));
    }

    private Json.Fields json(Event.DivergenceFound d) {
        return Json.fields()
                .with("round", d.round())
                .with(
                        "keys",
                        Divergence.differences(d).stream()
                                .map(k -> k.json(words.key(d, k.position())))
                                .toList());
    }

    private static Json.Fields json(Cutover c) {
        Event.CutoverCompleted done = c.completed();
        return Json.fields()
                .with("reverse", c.reverse())
                .with("version", c.version() < 0 ? null : c.version())
                .with("predictedStallMicros", c.predictedStallMicros())
                .with("measuredStallMicros", done == null ? null : done.measuredStallMicros())
                .with("fenceOffset", done == null ? null : done.fenceOffset())
                .with("parkedRequests", done == null ? null : done.parked());
    }

    private static Json.Fields json(MigrationOptions o) {
        return Json.fields()
                .with("maxStallMillis", o.maxStallMillis())
                .with("rollbackWindowMillis", o.rollbackWindowMillis())
                .with("rowsPerSecond", o.rowsPerSecond())
                .with("onDivergence", o.onDivergence())
                .with("maxAttempts", o.maxAttempts())
                .with("dualWriteTimeoutMillis", o.dualWriteTimeoutMillis())
                .with("convergeMillis", o.convergeMillis())
                .with("maxDualWriteLosses", o.maxDualWriteLosses())
                .with("maxDeferralMillis", o.maxDeferralMillis())
                .with("copyTargetP99Millis", o.copyTargetP99Millis());
    }
}
