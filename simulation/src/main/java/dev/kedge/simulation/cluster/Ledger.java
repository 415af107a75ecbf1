package dev.kedge.simulation.cluster;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.simulation.cluster.Fleet.Tablet;
import dev.kedge.simulation.cluster.Result.Sample;
import dev.kedge.simulation.cluster.Result.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps count of what the control plane does. */
final class Ledger {
    /** Measured load is as noisy as this. */
    private static final double NOISE = 0.02;

    private final Scenario scenario;
    private final Policy policy;
    private final Fleet fleet;
    private final Demand demand;
    private final long reportMillis;
    private final LimitCheck limits;
    private final Oscillations oscillations;
    private final List<Sample> samples = new ArrayList<>();
    private final List<Stretch> stretches = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Integer> refusals = new TreeMap<>();
    private int moves;
    private int splits;
    private int merges;
    private int failed;
    private double movedBytes;
    private int stretchMinute;
    private int balancedMinute = -1;
    private int lastActionMinute = -1;
    private double leastBytes;

    /** @param reportMillis how long it takes until all load has been reported */
    Ledger(
            Scenario scenario,
            Policy policy,
            ControlPlaneSettings settings,
            Fleet fleet,
            Demand demand,
            long reportMillis) {
        this.scenario = scenario;
        this.policy = policy;
        this.fleet = fleet;
        this.demand = demand;
        this.reportMillis = reportMillis;
        limits = new LimitCheck(policy, settings);
        long window = scenario.drifts() ? 6 * policy.cooldownMillis() : Long.MAX_VALUE / 2;
        long mergeWindow = scenario.drifts() ? policy.windowMillis() : window;
        oscillations = new Oscillations(window, mergeWindow);
    }

    /** To be told of each event once {@code state} has it and before the fleet has. */
    void note(Event event, CellState state, long nowMillis, int minute) {
        String violation = limits.violation(event, state, nowMillis);
        if (violation != null) {
            violations.add("minute " + minute + ": " + violation);
        }
        switch (event) {
            case Event.CutoverCommitted e -> {
                Migration m = Fleet.migration(state, e.migration());
                Tablet tablet =
                        fleet.tablet(m.plan().keyspace(), m.plan().range().start());
                moves++;
                movedBytes += demand.terrain(tablet.keyspace).bytes(tablet.from, tablet.to);
                oscillations.moved(tablet, m.plan().from(), m.plan().to(), nowMillis);
                lastActionMinute = minute;
            }
            case Event.TabletSplit e -> {
                splits++;
                oscillations.split(fleet.tablet(e.keyspace(), e.start()), e.at(), nowMillis);
                lastActionMinute = minute;
            }
            case Event.TabletsMerged e -> {
                merges++;
                oscillations.merged(
                        fleet.tablet(e.keyspace(), e.start()), fleet.tablet(e.keyspace(), e.at()), nowMillis);
                lastActionMinute = minute;
            }
            case Event.PolicyRefused e -> refusals.merge(e.policy() + " " + e.code(), 1, Integer::sum);
            case Event.ProposalFailed e -> failed++;
            default -> {} // not a step of balancing
        }
    }

    void loadChanged(long nowMillis, int minute) {
        endStretch(minute);
        oscillations.loadChanged(nowMillis + reportMillis);
        stretchMinute = minute;
        balancedMinute = -1;
        lastActionMinute = -1;
        leastBytes = new Truth(fleet, demand).leastBytesToMove(policy.imbalanceTolerance() * (1 - policy.hysteresis()));
    }

    void sample(int minute) {
        double imbalance = new Truth(fleet, demand).imbalance();
        samples.add(new Sample(minute, imbalance));
        if (balancedMinute < 0 && imbalance <= policy.imbalanceTolerance()) {
            balancedMinute = minute;
        } else if (imbalance > policy.imbalanceTolerance() + NOISE) {
            balancedMinute = -1;
        }
    }

    void check(CellState state, int minute) {
        String difference = fleet.differenceFrom(state);
        if (difference != null) {
            violations.add("minute " + minute + ": " + difference);
        }
    }

    private void endStretch(int minute) {
        if (minute > stretchMinute) {
            stretches.add(new Stretch(stretchMinute, minute, balancedMinute, lastActionMinute, leastBytes));
        }
    }

    double imbalance() {
        return samples.isEmpty() ? 0 : samples.get(samples.size() - 1).imbalance();
    }

    /** The shard that is farthest off now, in words. */
    String worst() {
        return new Truth(fleet, demand).worst();
    }

    int moves() {
        return moves;
    }

    Result result(ClusterSize size, long seed, int minute, int evaluations, long nanos, long worstNanos) {
        endStretch(minute);
        Double least = scenario.drifts()
                ? null
                : (Double) stretches.stream().mapToDouble(Stretch::leastBytes).sum();
        return new Result(
                scenario,
                size,
                seed,
                policy.imbalanceTolerance(),
                stretches,
                samples,
                moves,
                splits,
                merges,
                movedBytes,
                least,
                oscillations.found(),
                violations,
                refusals,
                failed,
                limits.mostInCell(),
                evaluations,
                nanos,
                worstNanos);
    }
}
