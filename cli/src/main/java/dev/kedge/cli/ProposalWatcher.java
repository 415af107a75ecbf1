package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Waits until proposals are carried out, and tells each event of theirs on the way. */
final class ProposalWatcher {
    private static final Duration POLL = Duration.ofMillis(100);

    private final CellSession session;
    private final OutputOptions output;

    ProposalWatcher(CellSession session, OutputOptions output) {
        this.session = session;
        this.output = output;
    }

    /**
     * Returns when all of them are done, or at least their destinations serve and the rollback windows are open.
     *
     * @throws Failed if one of them was not carried out
     */
    void watch(List<String> ids) {
        while (!ids.stream().allMatch(this::isSettled)) {
            for (EventEnvelope envelope : session.poll(POLL)) {
                if (isAbout(envelope.event(), ids)) {
                    tell(envelope);
                }
            }
        }
        ProposalText text = new ProposalText(session.state());
        List<String> failed = new ArrayList<>();
        for (String id : ids) {
            Proposal proposal = session.proposal(id);
            if (proposal.isOver() && !(proposal.status() instanceof Proposal.Done)) {
                failed.add(id + " " + text.outcome(proposal));
            }
        }
        if (!failed.isEmpty()) {
            throw new Failed("PROPOSAL_NOT_CARRIED_OUT", String.join("; ", failed));
        }
    }

    private boolean isSettled(String id) {
        Proposal proposal = session.proposal(id);
        Migration migration = session.state().migration(proposal.migration());
        return proposal.isOver() || (migration != null && migration.phase() == Phase.ROLLBACK_WINDOW);
    }

    private static boolean isAbout(Event event, List<String> ids) {
        return switch (event) {
            case Event.OfProposal e -> ids.contains(e.proposal());
            case Event.OfMigration e -> {
                String proposal = Proposal.ofMigration(e.migration());
                yield proposal != null && ids.contains(proposal);
            }
            default -> false; // no other names a proposal
        };
    }

    private void tell(EventEnvelope envelope) {
        EventText words = new EventText(session.state());
        if (output.json()) {
            output.print(Json.fields().with("event", words.json(envelope)));
            return;
        }
        String whose = envelope.event() instanceof Event.OfMigration e ? e.migration() + " " : "";
        output.print(Times.show(envelope.timeMillis()) + "  " + whose + words.describe(envelope.event()));
    }
}
