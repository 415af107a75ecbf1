package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.policy.Balance;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Movement;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.orchestrator.policy.Verdict;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the policies come to, in words and as JSON. */
final class PlanText {
    private final CellState state;
    private final Findings findings;
    private final Policies policies;
    private final @Nullable String keyspace;
    private final long nowMillis;
    private final ProposalText text;

    /** @param keyspace shows only what is about it, and about the cell; null = all */
    PlanText(CellState state, Findings findings, Policies policies, @Nullable String keyspace, long nowMillis) {
        this.state = state;
        this.findings = findings;
        this.policies = policies;
        this.keyspace = keyspace;
        this.nowMillis = nowMillis;
        this.text = new ProposalText(state);
    }

    List<Verdict.Wanted> wanted() {
        return findings.wanted().stream().filter(this::concerns).toList();
    }

    private List<Verdict.Wanted> later() {
        return findings.later().stream().filter(this::concerns).toList();
    }

    private List<Verdict.Refused> refused() {
        return findings.refused().stream()
                .filter(r ->
                        keyspace == null || r.keyspace() == null || r.keyspace().equals(keyspace))
                .toList();
    }

    private boolean concerns(Verdict.Wanted wanted) {
        return keyspace == null || wanted.action().keyspace().equals(keyspace);
    }

    private List<Proposal> open() {
        return state.steering().open().values().stream()
                .filter(p -> keyspace == null || p.action().keyspace().equals(keyspace))
                .toList();
    }

    List<String> lines(Palette palette) {
        List<String> lines = new ArrayList<>();
        lines.add("imbalance  " + imbalance());
        lines.add("limits     " + limits());
        if (findings.movement().moved() > 0 || findings.movement().joined() > 0) {
            lines.add("movement   " + movement());
        }
        lines.add("");
        if (wanted().isEmpty()) {
            lines.add(palette.good("nothing to do now"));
        } else {
            lines.add(palette.bold("to be done now"));
            wanted().forEach(w -> add(lines, w, consequence(w)));
        }
        if (!later().isEmpty()) {
            lines.add(palette.bold("after that, as things stand"));
            later().forEach(w -> add(lines, w, null));
        }
        if (!refused().isEmpty()) {
            lines.add(palette.bold("seen, and left alone"));
            for (Verdict.Refused r : refused()) {
                lines.add("  " + r.policy() + "  " + subject(r.event()) + "  " + r.code() + ": " + r.reason());
            }
        }
        if (!open().isEmpty()) {
            lines.add(palette.bold("proposed before"));
            for (Proposal p : open()) {
                lines.add("  " + p.id() + "  " + p.policy() + "  " + text.action(p.action()));
                lines.add("      "
                        + (findings.expired().containsKey(p.id())
                                ? "holds no more: " + findings.expired().get(p.id())
                                : text.outcome(p)));
            }
        }
        return lines;
    }

    private void add(List<String> lines, Verdict.Wanted w, @Nullable String consequence) {
        lines.add("  " + w.policy() + "  " + text.action(w.action()));
        lines.add("      " + w.reason());
        lines.add("      " + ProposalText.costs(w.bytes(), w.etaMillis()) + "; imbalance "
                + ProposalText.imbalance(w.before(), w.after()));
        if (consequence != null) {
            lines.add("      " + consequence);
        }
    }

    private String consequence(Verdict.Wanted w) {
        return switch (policies.of(w.action().keyspace()).mode()) {
            case AUTO -> "mode auto: begins by itself";
            case APPROVE -> "mode approve: will be proposed, and waits for kedge proposal approve";
            case ADVISE -> "mode advise: will be proposed, and that is all";
        };
    }

    private String imbalance() {
        Balance now = findings.balance();
        Balance then = findings.balanceAfter();
        String of = now.bySize()
                ? now.byLoad() ? "of size and load" : "of size"
                : now.byLoad() ? "of load" : "of numbers of tablets, there is too little data and load";
        double tolerance = policies.cell().imbalanceTolerance();
        return String.format(
                        Locale.ROOT,
                        "%s: shards %.2f, workers %.2f; with all that is to be done now %.2f and %.2f, in the end %.2f",
                        of,
                        now.shards(),
                        now.workers(),
                        then.shards(),
                        then.workers(),
                        findings.imbalanceAtLast())
                + (tolerance == 0
                        ? "; any is tolerated"
                        : String.format(Locale.ROOT, "; %.2f is tolerated", tolerance));
    }

    private String movement() {
        Movement m = findings.movement();
        String joined = m.joined() == 0 ? "" : "; " + shards(m.joined()) + " nothing yet";
        String leaving = m.leaving() == 0 ? "" : "; " + shards(m.leaving()) + " something left to give away";
        return String.format(
                        Locale.ROOT,
                        "%.1f %% of %s, to be exactly even would take %.1f %%",
                        100 * m.moved(),
                        m.byBytes() ? "all data" : "all tablets",
                        100 * m.ideal())
                + joined
                + leaving;
    }

    private static String shards(int count) {
        return count == 1 ? "1 shard has" : count + " shards have";
    }

    private long running() {
        return state.migrations().values().stream()
                .filter(m -> switch (m.phase()) {
                    case PLANNED, COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING, CUTOVER -> true;
                    case ROLLBACK_WINDOW, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> false;
                })
                .count();
    }

    private String limits() {
        Policy cell = policies.cell();
        long moved = state.steering().movedWithinAnHour(nowMillis);
        return running() + " migrations run in the cell, " + cell.maxMigrationsPerCell() + " may, "
                + cell.maxMigrationsPerWorker() + " of a worker, " + cell.maxMigrationsPerShard() + " of a shard; "
                + Amounts.bytes(moved) + " moved within the hour, "
                + (cell.churnBytesPerHour() == 0 ? "as much as is wanted" : Amounts.bytes(cell.churnBytesPerHour()))
                + " may be";
    }

    /** What a refusal is about. */
    private String subject(Event.PolicyRefused refused) {
        return refused.shard() != null
                ? "shard " + refused.shard()
                : refused.keyspace() == null
                        ? "the cell"
                        : "tablet at " + bound(refused.keyspace(), refused.start()) + " of " + refused.keyspace();
    }

    private String bound(@Nullable String in, @Nullable Bytes start) {
        Keyspace known = in == null ? null : state.keyspace(in);
        return RangeText.bound(
                known == null ? Placement.RANGE : known.placement(), start == null ? Bytes.EMPTY : start);
    }

    Json.Fields json() {
        Policy cell = policies.cell();
        return Json.fields()
                .with("balance", json(findings.balance()))
                .with("balanceAfter", json(findings.balanceAfter()))
                .with("imbalanceAtLast", findings.imbalanceAtLast())
                .with("tolerance", cell.imbalanceTolerance())
                .with(
                        "movement",
                        Json.fields()
                                .with("of", findings.movement().byBytes() ? "bytes" : "tablets")
                                .with("moved", findings.movement().moved())
                                .with("ideal", findings.movement().ideal())
                                .with("joinedShards", findings.movement().joined())
                                .with("leavingShards", findings.movement().leaving()))
                .with(
                        "limits",
                        Json.fields()
                                .with("migrationsRunning", running())
                                .with("maxMigrationsPerCell", cell.maxMigrationsPerCell())
                                .with("maxMigrationsPerWorker", cell.maxMigrationsPerWorker())
                                .with("maxMigrationsPerShard", cell.maxMigrationsPerShard())
                                .with("movedBytesWithinHour", state.steering().movedWithinAnHour(nowMillis))
                                .with("churnBytesPerHour", cell.churnBytesPerHour()))
                .with("wanted", wanted().stream().map(this::json).toList())
                .with("later", later().stream().map(this::json).toList())
                .with("refused", refused().stream().map(this::json).toList())
                .with("open", open().stream().map(text::json).toList())
                .with("expired", findings.expired());
    }

    private static Json.Fields json(Balance balance) {
        return Json.fields()
                .with("shards", balance.shards())
                .with("workers", balance.workers())
                .with("bySize", balance.bySize())
                .with("byLoad", balance.byLoad());
    }

    Json.Fields json(Verdict.Wanted w) {
        return Json.fields()
                .with("policy", w.policy())
                .with("mode", policies.of(w.action().keyspace()).mode())
                .with("action", text.json(w.action()))
                .with("reason", w.reason())
                .with("figures", ProposalText.json(w.figures()))
                .with("bytes", w.bytes())
                .with("etaMillis", w.etaMillis())
                .with("imbalanceBefore", w.before())
                .with("imbalanceAfter", w.after());
    }

    Json.Fields json(Verdict.Refused r) {
        return json(state, r.event());
    }

    /** A refusal, whoever came to it. */
    static Json.Fields json(CellState state, Event.PolicyRefused r) {
        Keyspace known = r.keyspace() == null ? null : state.keyspace(r.keyspace());
        Placement placement = known == null ? Placement.RANGE : known.placement();
        Bytes start = r.start();
        Bytes key = r.key();
        return Json.fields()
                .with("policy", r.policy())
                .with("code", r.code())
                .with("shard", r.shard())
                .with("keyspace", r.keyspace())
                .with("start", start == null ? null : RangeText.bound(placement, start))
                .with("key", key == null ? null : KeyText.format(placement.key(key)))
                .with("reason", r.reason())
                .with("figures", ProposalText.json(r.figures()));
    }
}
