package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers the verdicts of one evaluation. */
final class Outcome {
    private final Layout layout;
    private final Limits limits;
    private final List<Verdict.Wanted> wanted = new ArrayList<>();
    private final List<ReplicaOffer> replicas = new ArrayList<>();
    private final Map<String, String> retired = new LinkedHashMap<>();
    private final Map<Subject, Verdict.Refused> refused = new LinkedHashMap<>();
    private final Set<Subject> needs = new HashSet<>();

    Outcome(Layout layout) {
        this.layout = layout;
        limits =
                new Limits(layout.situation.state(), layout.situation.policies().cell(), layout.situation.nowMillis());
    }

    List<Verdict.Wanted> wanted() {
        return wanted;
    }

    List<Verdict.Refused> refused() {
        return List.copyOf(refused.values());
    }

    void want(Verdict.Wanted verdict) {
        wanted.add(verdict);
    }

    List<ReplicaOffer> replicas() {
        return replicas;
    }

    void offer(ReplicaOffer replica) {
        replicas.add(replica);
    }

    /** A read replica that a policy added is of no more use. */
    void retire(String replica, String why) {
        retired.put(replica, why);
    }

    Map<String, String> retired() {
        return retired;
    }

    /** The first reason found for a subject stands. */
    void refuse(Verdict.Refused verdict) {
        refused.putIfAbsent(verdict.subject(), verdict);
        needs.add(verdict.subject());
    }

    /** There is something to do about it, whether it is done now or not; within the hysteresis that is still so. */
    void need(Subject subject) {
        needs.add(subject);
    }

    Set<Subject> needs() {
        return needs;
    }

    /** In mode AUTO only what may begin at once is wanted: what is left is found again when something is done. */
    Limits.@Nullable Reached begin(Action action, long bytes) {
        Policy policy = layout.situation.policies().of(action.keyspace());
        return policy.mode() == Policy.Mode.AUTO ? limits.begin(action, bytes) : null;
    }

    /** Why nothing more can begin in mode AUTO; null if something may, or the cell has another mode. */
    Limits.@Nullable Reached full() {
        return isAuto() ? limits.full() : null;
    }

    /** Whether a shard can take part in nothing more that begins at once. */
    boolean isBusy(Seat seat) {
        return isAuto() && limits.isBusy(seat.shard, seat.worker);
    }

    private boolean isAuto() {
        return layout.situation.policies().cell().mode() == Policy.Mode.AUTO;
    }

    Verdict.Wanted wanted(
            PolicyKind kind,
            Action action,
            String reason,
            List<Figure> figures,
            Piece moved,
            double before,
            double after) {
        return new Verdict.Wanted(kind, action, reason, figures, moved.bytes(), eta(moved), before, after);
    }

    /** A guess: the copy at the rate the policy takes for granted, and the time a lag has to be small for. */
    private long eta(Piece moved) {
        Policy policy = layout.situation.policies().of(moved.keyspace);
        long copy = moved.bytes() * 1000 / policy.copyBytesPerSecond();
        int rate = policy.migration().rowsPerSecond();
        long limited = rate == 0 ? 0 : moved.rows() * 1000 / rate;
        return Math.max(copy, limited) + policy.migration().dualWriteStableMillis();
    }
}
