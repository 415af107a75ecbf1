package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.orchestrator.policy.TabletLoad;
import dev.kedge.orchestrator.policy.Verdict;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tells why the policies do something, or nothing, about a shard or a tablet. */
final class Explainer {
    private static final int PAST = 20;

    private final CellState state;
    private final Observed observed;
    private final Happenings past;
    private final Policies policies;
    private final Findings findings;
    private final PlanText plan;
    private final ProposalText text;

    Explainer(CellSession session, Observed observed, Happenings past) {
        this.state = session.state();
        this.observed = observed;
        this.past = past;
        this.policies = observed.policies();
        this.findings = observed.plan();
        this.plan = new PlanText(state, findings, policies, null, observed.nowMillis());
        this.text = new ProposalText(state);
    }

    /** A tablet with its load; null if that is not known. */
    private record Piece(
            Keyspace keyspace,
            KeyRange range,
            Tablet tablet,
            @Nullable TabletLoad load) {
        String name() {
            return RangeText.format(keyspace.placement(), range) + " of " + keyspace.name();
        }
    }

    private List<Piece> pieces(Predicate<Tablet> wanted) {
        List<Piece> pieces = new ArrayList<>();
        for (Keyspace keyspace : state.keyspaces().values()) {
            for (Keyspace.Placed placed : keyspace.tabletsIn(KeyRange.ALL)) {
                if (wanted.test(placed.tablet())) {
                    pieces.add(piece(keyspace, placed));
                }
            }
        }
        return pieces;
    }

    private Piece piece(Keyspace keyspace, Keyspace.Placed placed) {
        Bytes start = placed.range().start();
        return new Piece(
                keyspace, placed.range(), placed.tablet(), observed.load().of(keyspace.name(), start));
    }

    Explanation shard(Shard shard) {
        List<Piece> pieces = pieces(tablet -> tablet.shard().equals(shard.name()));
        double qps = 0;
        long bytes = 0;
        for (Piece piece : pieces) {
            qps += piece.load == null ? 0 : piece.load.qps();
            bytes += piece.load == null ? 0 : piece.load.bytes();
        }
        Piece heaviest = heaviest(pieces);
        Policy policy = policies.of(heaviest == null ? null : heaviest.keyspace.name());
        Predicate<Action> about = action -> Happenings.concerns(action, shard.name());
        Predicate<Event.PolicyRefused> refused = r -> shard.name().equals(r.shard());
        Explanation explanation = new Explanation(
                "shard " + shard.name() + " on " + shard.worker(),
                Json.fields()
                        .with("shard", shard.name())
                        .with("worker", shard.worker())
                        .with("requestsPerSecond", qps)
                        .with("bytes", bytes)
                        .with("maxQps", policy.maxQps())
                        .with("maxBytes", policy.maxBytes()));
        explanation.part("load", shardLoad(shard.name(), pieces, qps, bytes, policy));
        explanation.part("tablets", pieces.stream().map(this::line).toList());
        explain(explanation, about, refused, policy);
        return past(explanation, past.ofShard(shard.name(), PAST));
    }

    private static @Nullable Piece heaviest(List<Piece> pieces) {
        Piece heaviest = null;
        for (Piece piece : pieces) {
            if (heaviest == null || qps(piece) > qps(heaviest)) {
                heaviest = piece;
            }
        }
        return heaviest;
    }

    private static double qps(Piece piece) {
        return piece.load == null ? 0 : piece.load.qps();
    }

    private List<String> shardLoad(String shard, List<Piece> pieces, double qps, long bytes, Policy policy) {
        List<String> lines = new ArrayList<>();
        var seen = observed.load().shards().get(shard);
        lines.add(
                seen == null
                        ? "its worker did not report its load lately: the policies leave it alone until it does"
                        : heard(seen.atMillis()) + ", p99 " + Durations.showMicros(seen.p99Micros()));
        long unknown = pieces.stream().filter(p -> p.load == null).count();
        if (unknown > 0) {
            lines.add(unknown + " of " + EventText.tablets(pieces.size()) + " have not been reported yet");
        }
        lines.add("serves "
                + against(
                        Math.round(qps),
                        Amounts.count(Math.round(qps)) + " requests/s",
                        policy.maxQps(),
                        Amounts.count(policy.maxQps())));
        lines.add("holds " + against(bytes, Amounts.bytes(bytes), policy.maxBytes(), Amounts.bytes(policy.maxBytes())));
        return lines;
    }

    private String heard(long atMillis) {
        return "heard " + Durations.show(Math.max(0, observed.nowMillis() - atMillis)) + " ago";
    }

    /** Like {@code 1.2 GB, 1 % of the 100 GB from which it is split}. */
    private static String against(long now, String shown, long bound, String boundShown) {
        return bound == 0
                ? shown + "; no policy bounds that"
                : shown + ", " + Math.round(100.0 * now / bound) + " % of the " + boundShown
                        + " beyond which it is split";
    }

    private String line(Piece piece) {
        return piece.name() + ": "
                + (piece.load == null
                        ? "load not known"
                        : Amounts.count(Math.round(piece.load.qps())) + " requests/s, "
                                + Amounts.bytes(piece.load.bytes()) + (piece.load.estimated() ? " (estimated)" : ""))
                + rest(piece);
    }

    /** What keeps a tablet from being touched. */
    private String rest(Piece piece) {
        if (piece.tablet.migration() != null) {
            return "; in migration " + piece.tablet.migration() + ", so its bounds stand still";
        }
        long changed = piece.tablet.changedMillis();
        long left = changed + policies.of(piece.keyspace.name()).cooldownMillis() - observed.nowMillis();
        return changed == 0 || left <= 0
                ? ""
                : "; changed " + Durations.show(observed.nowMillis() - changed) + " ago, rests for another "
                        + Durations.show(left);
    }

    Explanation tablet(Keyspace keyspace, Bytes position) {
        Keyspace.Placed placed = keyspace.tabletAt(position);
        Piece piece = piece(keyspace, placed);
        TabletLoad load = piece.load;
        Policy policy = policies.of(keyspace.name());
        Predicate<Action> about = action -> Happenings.concerns(action, keyspace.name(), placed.range());
        Predicate<Event.PolicyRefused> refused = r -> keyspace.name().equals(r.keyspace())
                && Objects.equals(r.start(), placed.range().start());
        Explanation explanation = new Explanation(
                "tablet " + piece.name() + " on " + placed.tablet().shard(),
                Json.fields()
                        .with("keyspace", keyspace.name())
                        .with("range", RangeText.format(keyspace.placement(), placed.range()))
                        .with("shard", placed.tablet().shard())
                        .with("cutBy", placed.tablet().cutBy())
                        .with(
                                "departures",
                                placed.tablet().departures().stream()
                                        .map(d -> Json.fields()
                                                .with("shard", d.shard())
                                                .with("millis", d.atMillis()))
                                        .toList())
                        .with("changedMillis", placed.tablet().changedMillis())
                        .with("requestsPerSecond", load == null ? null : load.qps())
                        .with("highestRequestsPerSecond", load == null ? null : load.highestQps())
                        .with("bytes", load == null ? null : load.bytes())
                        .with("maxQps", policy.maxQps())
                        .with("maxBytes", policy.maxBytes()));
        explanation.part("load", tabletLoad(piece, policy));
        explanation.part("bounds and owner", layout(piece, policy));
        explain(explanation, about, refused, policy);
        return past(explanation, past.ofRange(keyspace.name(), placed.range(), PAST));
    }

    private List<String> tabletLoad(Piece piece, Policy policy) {
        TabletLoad load = piece.load;
        if (load == null) {
            return List.of("not reported lately: the policies leave it alone until it is");
        }
        List<String> lines = new ArrayList<>();
        lines.add(heard(load.atMillis()) + ", p99 " + Durations.showMicros(load.p99Micros()));
        lines.add("serves " + Amounts.count(Math.round(load.qps())) + " requests/s, at most "
                + Amounts.count(Math.round(load.highestQps())) + " within " + Durations.show(policy.windowMillis())
                + "; a shard is split beyond " + (policy.maxQps() == 0 ? "no load" : Amounts.count(policy.maxQps()))
                + ", and cut tablets are joined below " + Amounts.count(policy.mergeQps()));
        lines.add("holds " + Amounts.bytes(load.bytes()) + " in " + Amounts.count(load.rows())
                + " rows; a shard is split beyond "
                + (policy.maxBytes() == 0 ? "no size" : Amounts.bytes(policy.maxBytes()))
                + ", and cut tablets are joined below " + Amounts.bytes(policy.mergeBytes()));
        load.hotKeys().stream()
                .limit(3)
                .forEach(hot -> lines.add("key "
                        + KeyText.format(piece.keyspace.placement().key(hot.position())) + " has "
                        + Math.round(100.0 * hot.requests() / Math.max(1, load.latestRequests()))
                        + " % of its requests"));
        return lines;
    }

    private List<String> layout(Piece piece, Policy policy) {
        Tablet tablet = piece.tablet;
        List<String> lines = new ArrayList<>();
        boolean first = piece.range.start().length() == 0;
        lines.add(
                tablet.cutBy() != null
                        ? "cut off from the tablet before it by proposal " + tablet.cutBy()
                                + ": joined with it again when both are small"
                        : first
                                ? "the keyspace's first tablet: there is none before it to be joined with"
                                : "its start was given at creation or by a command, so no policy removes it");
        if (!tablet.departures().isEmpty()) {
            lines.add(tablet.departures().stream()
                    .map(d -> d.shard() + " (" + Durations.show(Math.max(0, observed.nowMillis() - d.atMillis()))
                            + " ago)")
                    .collect(Collectors.joining(", ", "it, or some of it, left ", "")));
        }
        if (!tablet.readReplicas().isEmpty()) {
            lines.add(
                    "has read replicas " + String.join(", ", tablet.readReplicas()) + ", which hold its bounds still");
        }
        String rest = rest(piece);
        if (!rest.isEmpty()) {
            lines.add(rest.substring(2));
        }
        if (policy.mode() != Policy.Mode.AUTO) {
            lines.add("mode " + policy.mode().name().toLowerCase(Locale.ROOT) + ": nothing is done by itself");
        }
        return lines;
    }

    /** What the policies would do about it now, what they see and leave alone, and what was said of it before. */
    private void explain(
            Explanation explanation, Predicate<Action> about, Predicate<Event.PolicyRefused> refused, Policy policy) {
        List<Verdict.Wanted> wanted =
                findings.wanted().stream().filter(w -> about.test(w.action())).toList();
        List<Event.PolicyRefused> now = findings.refused().stream()
                .map(Verdict.Refused::event)
                .filter(refused)
                .toList();
        List<Proposal> open = state.steering().open().values().stream()
                .filter(p -> about.test(p.action()))
                .toList();
        List<String> lines = new ArrayList<>();
        open.forEach(p -> lines.add(p.id() + " (" + p.policy() + "): " + text.action(p.action()) + ". "
                + p.made().reason() + " [" + ProposalText.figures(p.made().figures()) + "]; " + text.outcome(p)));
        wanted.forEach(w -> lines.add(w.policy() + ": " + text.action(w.action()) + ". " + w.reason() + " ["
                + ProposalText.figures(w.figures()) + "]; "
                + (policy.mode() == Policy.Mode.AUTO ? "begins at the next evaluation" : "will be proposed")));
        now.forEach(r -> lines.add(refusal(r)));
        if (lines.isEmpty()) {
            lines.add("no policy wants anything done about it"
                    + String.format(
                            Locale.ROOT,
                            "; the cell's imbalance is %.2f, %.2f is tolerated",
                            findings.balance().shards(),
                            policies.cell().imbalanceTolerance()));
        }
        explanation.part("what the policies come to now", lines);
        List<String> standing = new ArrayList<>();
        for (Steering.Refused r : state.steering().refusals().values()) {
            if (refused.test(r.event())) {
                standing.add("since " + Times.show(r.atMillis()) + "  " + refusal(r.event()));
            }
        }
        explanation.part("refusals that stand", standing);
        explanation
                .with("wanted", wanted.stream().map(plan::json).toList())
                .with("refused", now.stream().map(r -> PlanText.json(state, r)).toList())
                .with("open", open.stream().map(text::json).toList());
    }

    private static String refusal(Event.PolicyRefused r) {
        return r.policy() + " does nothing (" + r.code() + "): " + r.reason()
                + (r.figures().isEmpty() ? "" : " [" + ProposalText.figures(r.figures()) + "]");
    }

    private Explanation past(Explanation explanation, List<EventEnvelope> events) {
        List<String> lines = new ArrayList<>();
        for (EventEnvelope e : events) {
            String whose = e.event() instanceof Event.OfMigration m ? m.migration() + ": " : "";
            lines.add(Times.show(e.timeMillis()) + "  " + whose + text.events().describe(e.event()) + "  (by "
                    + e.principal() + ")");
        }
        return explanation
                .part("what was decided before", lines)
                .with("events", events.stream().map(text.events()::json).toList());
    }
}
