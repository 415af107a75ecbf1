package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Figure;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Proposals, and what they want done, in words and as JSON. */
final class ProposalText {
    private final CellState state;
    private final EventText events;

    /** @param state knows the keyspaces they speak of */
    ProposalText(CellState state) {
        this.state = state;
        this.events = new EventText(state);
    }

    /** Like {@code split 0x0000-0x2000 of users at 0x0a31 and move the right part from shard-1 to shard-2}. */
    String action(Action action) {
        return switch (action) {
            case Action.SplitAndMove a ->
                "split " + tablet(a) + " at " + bound(a, a.at()) + " and move the right part from " + a.from() + " to "
                        + destination(a.to(), a.worker());
            case Action.MoveTablet a ->
                "move " + tablet(a) + " from " + a.from() + " to " + destination(a.to(), a.worker());
            case Action.MergeSiblings a ->
                "join "
                        + RangeText.format(placement(a), new KeyRange(a.start(), a.at())) + " and "
                        + RangeText.format(placement(a), new KeyRange(a.at(), a.end())) + " of " + a.keyspace()
                        + together(a);
        };
    }

    private static String together(Action.MergeSiblings a) {
        if (a.leftShard().equals(a.rightShard())) {
            return " on " + a.leftShard();
        }
        return a.moveRight()
                ? " on " + a.leftShard() + ", the right one moved there from " + a.rightShard()
                : " on " + a.rightShard() + ", the left one moved there from " + a.leftShard();
    }

    private static String destination(String shard, @Nullable String worker) {
        return worker == null ? shard : shard + " (to be made on " + worker + ")";
    }

    private String tablet(Action action) {
        return RangeText.format(placement(action), action.range()) + " of " + action.keyspace();
    }

    private String bound(Action action, Bytes bound) {
        return RangeText.bound(placement(action), bound);
    }

    private Placement placement(Action action) {
        Keyspace keyspace = state.keyspace(action.keyspace());
        return keyspace == null ? Placement.RANGE : keyspace.placement();
    }

    /** How far it is, as one word. */
    static String status(Proposal proposal) {
        return switch (proposal.status()) {
            case Proposal.Proposed s -> "PROPOSED";
            case Proposal.Approved s -> "APPROVED";
            case Proposal.Running s -> "RUNNING";
            case Proposal.Done s -> "DONE";
            case Proposal.Failed s -> "FAILED";
            case Proposal.Rejected s -> "REJECTED";
            case Proposal.Expired s -> "EXPIRED";
        };
    }

    /** What becomes of it next, or why it is over. */
    String outcome(Proposal proposal) {
        return switch (proposal.status()) {
            case Proposal.Proposed s ->
                proposal.made().mode() == Policy.Mode.ADVISE
                        ? "advice only; do it by hand if you agree, or set the mode to approve or auto"
                        : "waits for kedge proposal approve " + proposal.id() + " until "
                                + Times.show(proposal.made().expiresMillis());
            case Proposal.Approved s -> "waits for its turn since " + Times.show(s.atMillis());
            case Proposal.Running s -> "runs since " + Times.show(s.sinceMillis()) + migration(proposal);
            case Proposal.Done s -> "done at " + Times.show(s.atMillis()) + migration(proposal);
            case Proposal.Failed s -> "failed at " + Times.show(s.atMillis()) + ": " + s.reason();
            case Proposal.Rejected s -> "rejected at " + Times.show(s.atMillis()) + ": " + s.reason();
            case Proposal.Expired s -> "expired at " + Times.show(s.atMillis()) + ": " + s.reason();
        };
    }

    private String migration(Proposal proposal) {
        Migration migration = state.migration(proposal.migration());
        return migration == null ? "" : ", migration " + migration.id() + " is " + MigrationText.phase(migration);
    }

    String title(Proposal proposal, Palette palette) {
        return palette.bold(proposal.id()) + "  " + proposal.policy() + "  " + status(proposal) + "  "
                + action(proposal.action());
    }

    List<String> lines(Proposal proposal) {
        Event.ProposalMade made = proposal.made();
        List<String> lines = new ArrayList<>();
        lines.add("made      " + Times.show(proposal.madeMillis()) + " in mode "
                + made.mode().name().toLowerCase(Locale.ROOT));
        lines.add("why       " + made.reason());
        lines.add("figures   " + figures(made.figures()));
        lines.add("costs     " + costs(made.bytes(), made.etaMillis()));
        lines.add("imbalance " + imbalance(made.imbalanceBefore(), made.imbalanceAfter()));
        lines.add("outcome   " + outcome(proposal));
        return lines;
    }

    static String costs(long bytes, long etaMillis) {
        return Amounts.bytes(bytes) + " to move, about " + Durations.show(etaMillis);
    }

    static String imbalance(double before, double after) {
        return String.format(Locale.ROOT, "%.2f -> %.2f", before, after);
    }

    static String figures(List<Figure> figures) {
        List<String> texts = new ArrayList<>();
        for (Figure figure : figures) {
            texts.add(figure.name() + " " + number(figure));
        }
        return String.join(", ", texts);
    }

    private static String number(Figure figure) {
        double value = figure.value();
        if (!Double.isFinite(value)) {
            return String.valueOf(value);
        }
        if (figure.name().contains("bytes")) {
            return Amounts.bytes(Math.round(value));
        }
        return Math.abs(value) >= 1_000 || value == Math.rint(value)
                ? Amounts.count(Math.round(value))
                : new BigDecimal(value)
                        .round(new MathContext(3))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    static Json.Fields json(List<Figure> figures) {
        Json.Fields json = Json.fields();
        figures.forEach(figure -> json.with(figure.name(), figure.value()));
        return json;
    }

    Json.Fields json(Action action) {
        return Json.fields()
                .with("kind", action.getClass().getSimpleName())
                .with("keyspace", action.keyspace())
                .with("range", RangeText.format(placement(action), action.range()))
                .with("at", at(action))
                .with("from", from(action))
                .with("to", to(action))
                .with("worker", worker(action))
                .with("words", action(action));
    }

    private @Nullable String at(Action action) {
        return switch (action) {
            case Action.SplitAndMove a -> bound(a, a.at());
            case Action.MoveTablet a -> null;
            case Action.MergeSiblings a -> bound(a, a.at());
        };
    }

    private static String from(Action action) {
        return switch (action) {
            case Action.SplitAndMove a -> a.from();
            case Action.MoveTablet a -> a.from();
            case Action.MergeSiblings a -> a.moveRight() ? a.rightShard() : a.leftShard();
        };
    }

    private static String to(Action action) {
        return switch (action) {
            case Action.SplitAndMove a -> a.to();
            case Action.MoveTablet a -> a.to();
            case Action.MergeSiblings a -> a.moveRight() ? a.leftShard() : a.rightShard();
        };
    }

    private static @Nullable String worker(Action action) {
        return switch (action) {
            case Action.SplitAndMove a -> a.worker();
            case Action.MoveTablet a -> a.worker();
            case Action.MergeSiblings a -> null;
        };
    }

    Json.Fields json(Proposal proposal) {
        Event.ProposalMade made = proposal.made();
        Migration migration = state.migration(proposal.migration());
        return Json.fields()
                .with("proposal", proposal.id())
                .with("policy", made.policy())
                .with("mode", made.mode())
                .with("status", status(proposal))
                .with("action", json(made.action()))
                .with("reason", made.reason())
                .with("figures", json(made.figures()))
                .with("bytes", made.bytes())
                .with("etaMillis", made.etaMillis())
                .with("imbalanceBefore", made.imbalanceBefore())
                .with("imbalanceAfter", made.imbalanceAfter())
                .with("madeMillis", proposal.madeMillis())
                .with("expiresMillis", made.expiresMillis())
                .with("migration", migration == null ? null : migration.id())
                .with("outcome", outcome(proposal));
    }

    EventText events() {
        return events;
    }
}
