package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Command.SetPolicy;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.PolicyKind;
import dev.kedge.schemas.report.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * A hot spot and what becomes of it: the policies see that one shard has most of the traffic, cut its tablet and move a part away; once the
 * traffic is gone they join what they cut. Waits for events and reports, never for times.
 */
final class HotspotDemo implements AutoCloseable {
    /** Of Zipf's law: the most popular of ten thousand rows has about a sixteenth of the requests, too little to be the load alone. */
    static final double EXPONENT = 0.9;

    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int REPORTS = 3;
    private static final int QUIET_RATE = 20;

    /** The bound as a part of what the hot shard serves: half of that is well below it. */
    private static final double BOUND_SHARE = 0.65;

    private final CellSession session;
    private final DemoScreen screen;
    private final DemoTraffic traffic;
    private final String hotShard;
    private final CompletableFuture<?> anyProcessEnds;
    private final TopicFeed<Report> reports;
    private final List<EventEnvelope> decided = new ArrayList<>();
    private final Map<String, Event.ProposalMade> made = new HashMap<>();
    private ShardLoads loads = new ShardLoads(Long.MAX_VALUE);
    private long heardMillis;

    /**
     * What came of it.
     *
     * @param before what shards served before anything was done
     * @param after and after the hot one was split
     * @param joined whether the parts were joined once the traffic was gone
     * @param events what the policies decided, and the migrations that carried it out
     */
    record Result(
            String hotShard,
            Policy policy,
            ShardLoads before,
            ShardLoads after,
            boolean joined,
            List<EventEnvelope> events) {
        Result {
            events = List.copyOf(events);
        }
    }

    HotspotDemo(
            CellSession session,
            DemoScreen screen,
            DemoTraffic traffic,
            String hotShard,
            CompletableFuture<?> anyProcessEnds) {
        this.session = session;
        this.screen = screen;
        this.traffic = traffic;
        this.hotShard = hotShard;
        this.anyProcessEnds = anyProcessEnds;
        this.reports = session.reports(0);
    }

    /** The traffic runs. */
    Result run() {
        ShardLoads before = measure("what shards are asked for");
        screen.step("seen: " + rates(before));
        Policy policy = policy(Math.round(before.perSecond(hotShard) * BOUND_SHARE));
        screen.step("policy set, mode auto: a shard that serves more than " + Amounts.count(policy.maxQps())
                + " requests/s is split, what was cut is joined below " + Amounts.count(policy.mergeQps()));
        session.send(
                new SetPolicy(null, policy),
                this::decided); // what it leads to may be decided before the answer is read
        Event.ProposalMade split = awaitProposal(PolicyKind.LOAD);
        awaitServed(split.proposal());
        ShardLoads after = measure("what shards are asked for now");
        screen.step("seen: " + rates(after));

        traffic.pace(QUIET_RATE);
        screen.step("the traffic goes");
        Event.ProposalMade merge = awaitProposal(PolicyKind.MERGE);
        await(
                "the parts to be joined",
                merge.proposal(),
                () -> session.proposal(merge.proposal()).isOver());
        boolean joined = session.proposal(merge.proposal()).status() instanceof Proposal.Done;
        return new Result(hotShard, policy, before, after, joined, decided);
    }

    /** Everything within seconds, and nothing but splits for load and merges. */
    private static Policy policy(long maxQps) {
        Policy d = Policy.DEFAULTS;
        MigrationOptions m = d.migration();
        Map<String, Object> values = PolicyField.values(d);
        values.put("mode", Policy.Mode.AUTO);
        values.put("maxQps", Math.max(10, maxQps));
        values.put("mergeQps", Math.max(5, maxQps / 4));
        values.put("imbalanceTolerance", 0.0);
        values.put("evaluationMillis", 500L);
        values.put("busyMillis", 100L);
        values.put("loadMillis", 2_000L);
        values.put("windowMillis", 4_000L);
        values.put("staleMillis", 20_000L);
        values.put("cooldownMillis", 3_000L);
        values.put("minSamples", 100);
        values.put("migration.rollbackWindowMillis", 1_000L);
        values.put("migration.maxStallMillis", Math.max(500, m.maxStallMillis()));
        return PolicyField.policy(values);
    }

    private static String rates(ShardLoads loads) {
        List<String> texts = new ArrayList<>();
        loads.perSecond()
                .forEach((shard, qps) -> texts.add(shard + " " + Amounts.count(Math.round(qps)) + " requests/s ("
                        + Math.round(100 * loads.share(shard)) + " %)"));
        return String.join(", ", texts);
    }

    /** From reports about the time from now on. */
    private ShardLoads measure(String what) {
        loads = new ShardLoads(Math.max(heardMillis, System.currentTimeMillis()));
        Set<String> shards = new HashSet<>();
        for (Shard shard : session.state().shards().values()) {
            shards.add(shard.name());
        }
        ShardLoads measured = loads;
        await(what, "", () -> measured.hasReports(shards, REPORTS));
        loads = new ShardLoads(Long.MAX_VALUE); // what is reported from here on belongs to another time
        return measured;
    }

    private Event.ProposalMade awaitProposal(PolicyKind kind) {
        Event.ProposalMade[] found = new Event.ProposalMade[1];
        await("the " + kind + " policy to act", "", () -> {
            made.values().stream().filter(p -> p.policy() == kind).forEach(p -> found[0] = p);
            return found[0] != null;
        });
        return found[0];
    }

    /** Until the destination serves and the rollback window is over, so that the cutover's own work is not part of what is measured. */
    private void awaitServed(String proposal) {
        await("the move", proposal, () -> session.proposal(proposal).isOver());
        if (!(session.proposal(proposal).status() instanceof Proposal.Done)) {
            throw new Failed(
                    "UNEXPECTED_END",
                    proposal + " was to be carried out: "
                            + new ProposalText(session.state()).outcome(session.proposal(proposal)));
        }
    }

    private void await(String what, String proposal, BooleanSupplier until) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!until.getAsBoolean()) {
            if (anyProcessEnds.isDone()) {
                throw new Failed("PROCESS_ENDED", "one of the demo's processes has ended by itself");
            }
            if (System.nanoTime() - deadline > 0) {
                throw new Failed("STUCK", "waited for " + what + " for " + PATIENCE.toSeconds() + " s in vain");
            }
            for (EventEnvelope envelope : session.poll(POLL)) {
                decided(envelope);
            }
            for (TopicFeed.Entry<Report> entry : reports.poll(POLL)) {
                heardMillis = Math.max(heardMillis, entry.timeMillis());
                loads.see(entry);
            }
            screen.status("waiting for " + what + phase(proposal) + ", " + traffic.errors() + " errors");
        }
    }

    private String phase(String proposal) {
        Migration migration = session.state().migration(proposal + "-1");
        return migration == null || migration.phase() == Phase.PLANNED
                ? ""
                : ": " + migration.id() + " " + MigrationText.phase(migration);
    }

    /** Tells what the policies decide, and why. */
    private void decided(EventEnvelope envelope) {
        ProposalText text = new ProposalText(session.state());
        switch (envelope.event()) {
            case Event.ProposalMade e -> {
                made.put(e.proposal(), e);
                screen.step(screen.palette().bold(e.proposal() + " " + e.policy() + ": ") + text.action(e.action()));
                screen.line("          because  " + e.reason());
                screen.line("          figures  " + ProposalText.figures(e.figures()));
            }
            case Event.OfProposal e -> screen.step(text.events().describe(e));
            case Event.PolicyRefused e -> screen.step(text.events().describe(e));
            case Event.CutoverCompleted e ->
                screen.step(e.migration() + ": " + text.events().describe(e));
            case Event.TabletSplit e -> screen.step(text.events().describe(e));
            case Event.TabletsMerged e -> screen.step(text.events().describe(e));
            default -> {
                return; // the rest is a migration like any other
            }
        }
        decided.add(envelope);
    }

    @Override
    public void close() {
        reports.close();
    }
}
