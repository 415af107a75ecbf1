package dev.kedge.orchestrator.decide;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Planner;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides. Pure: the same state, observations and input give the same decision, on the control plane, in the simulator, and in a dry run.
 * Thread-safe.
 */
public final class Decider {
    private final ControlPlaneSettings settings;
    private final CellCommands cellCommands;
    private final TabletCommands tabletCommands;
    private final StartCommand startCommand;
    private final ReadReplicaCommands readReplicaCommands;
    private final ReportDecider reports;
    private final Progression progression;
    private final PolicyCommands policyCommands;
    private final Undertakings undertakings;
    private final Evaluation evaluation;
    private final Failover failover;
    private final Drain drain;

    public Decider(ControlPlaneSettings settings) {
        this.settings = settings;
        progression = new Progression(settings);
        cellCommands = new CellCommands(settings);
        tabletCommands = new TabletCommands(settings);
        startCommand = new StartCommand(settings, tabletCommands);
        readReplicaCommands = new ReadReplicaCommands(settings);
        undertakings = new Undertakings(settings, startCommand, tabletCommands, progression);
        evaluation = new Evaluation(undertakings, readReplicaCommands);
        policyCommands = new PolicyCommands(settings, undertakings, evaluation);
        reports = new ReportDecider(settings, progression);
        Hosts hosts = new Hosts(settings);
        failover = new Failover(settings, hosts);
        drain = new Drain(settings, undertakings, progression);
    }

    public ControlPlaneSettings settings() {
        return settings;
    }

    /**
     * The events that follow from an input, or why a command is refused.
     *
     * @throws dev.kedge.orchestrator.model.ImpossibleHistoryException if the state contradicts itself: stop, don't go on
     */
    public Decision decide(CellState state, Observations observations, Input input) {
        Draft draft = new Draft(state, observations, input);
        try {
            switch (input) {
                case Input.CommandReceived c -> {
                    if (isNew(state, c.offset())) {
                        command(draft, c.envelope(), c.offset());
                    }
                }
                case Input.UnreadableCommand c -> {
                    if (isNew(state, c.offset())) {
                        throw new Refusal(
                                Rejection.UNREADABLE_COMMAND,
                                "the record at offset " + c.offset() + " of the commands topic is no command: "
                                        + c.why() + "; send commands with the schemas of this cell");
                    }
                }
                case Input.ReportReceived r -> reports.decide(draft, r.report(), r.timeMillis());
                case Input.RoutingObserved r -> progression.routingObserved(draft, r);
                case Input.TimePassed t -> {
                    failover.timePassed(draft);
                    progression.advanceAll(draft);
                    drain.timePassed(draft);
                    undertakings.advance(draft);
                    evaluation.timePassed(draft);
                }
            }
        } catch (Refusal refusal) {
            return new Decision.Rejected(refusal.code(), refusal.reason(), draft.seen());
        }
        return draft.accepted();
    }

    /**
     * What a command would do now, for {@code --dry-run}: its events, or why it is refused. Nothing is known of the workers, so a migration
     * stays planned.
     */
    public Decision preview(CellState state, CommandEnvelope command) {
        return preview(state, Observations.NONE, command);
    }

    /** The same, with what was observed: a reader of the reports topic gets that from {@link #decide}. */
    public Decision preview(CellState state, Observations observations, CommandEnvelope command) {
        long offset = state.lastCommand() + 1;
        return decide(state, observations, new Input.CommandReceived(command, offset, command.timeMillis()));
    }

    /** Why a planned migration does not begin to copy; null if nothing keeps it, or it is past that. */
    public @Nullable String whyWaiting(CellState state, Observations observations, String migration) {
        Migration m = state.migrations().get(migration);
        return m == null || m.phase() != Phase.PLANNED ? null : Admission.whyNot(state, observations, settings, m);
    }

    /** What the policies come to, as set, at the time last seen: for {@code kedge plan}. Decides nothing. */
    public Findings plan(CellState state, Observations observations) {
        return plan(state, observations, Policies.of(state.steering()));
    }

    /** What other policies would come to. */
    public Findings plan(CellState state, Observations observations, Policies policies) {
        return Planner.foresee(undertakings.situation(state, observations, policies));
    }

    /** A command read again (its consumer's offsets were lost) has been answered before. */
    private static boolean isNew(CellState state, long offset) {
        return offset > state.lastCommand();
    }

    private void command(Draft draft, CommandEnvelope envelope, long offset) {
        switch (envelope.command()) {
            case Command.CreateKeyspace c -> cellCommands.createKeyspace(draft, c);
            case Command.AddShard c -> cellCommands.addShard(draft, c);
            case Command.SplitTablet c -> tabletCommands.split(draft, c);
            case Command.MergeTablets c -> tabletCommands.merge(draft, c);
            case Command.AddReadReplica c -> readReplicaCommands.add(draft, c, "r" + offset);
            case Command.RemoveReadReplica c -> readReplicaCommands.remove(draft, c);
            case Command.StartMigration c -> {
                String migration = "m" + offset;
                startCommand.start(draft, c, migration);
                progression.advance(draft, List.of(migration));
            }
            case Command.SetPolicy c -> policyCommands.set(draft, c);
            case Command.Rebalance c -> policyCommands.rebalance(draft, c);
            case Command.ApproveProposal c -> policyCommands.approve(draft, c);
            case Command.RejectProposal c -> policyCommands.reject(draft, c);
            case Command.DrainWorker c -> drain.start(draft, c, "m" + offset);
            case Command.UndrainWorker c -> drain.end(draft, c);
            case Command.ToMigration c -> {
                MigrationCommands.decide(draft, c);
                progression.advance(draft, List.of(c.migration()));
            }
        }
    }
}
