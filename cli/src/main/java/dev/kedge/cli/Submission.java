package dev.kedge.cli;

import dev.kedge.cli.CommandException.Rejected;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Decision;
import dev.kedge.orchestrator.decide.Observations;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Asks something of the control plane, or, in a dry run, of the same decider here. */
final class Submission {
    @Option(
            names = "--dry-run",
            description = "Say what would happen, decided here upon the cell's events; send nothing.")
    boolean dryRun;

    /**
     * Sends the command and prints what came of it; in a dry run, decides it here and prints what would.
     *
     * @param note said with a dry run, null for nothing more
     * @return the answer; empty for a dry run
     * @throws Rejected if it is refused, there or here
     */
    Optional<Answer> submit(CellSession session, OutputOptions output, Command command, @Nullable String note) {
        return submit(session, output, command, note, () -> Observations.NONE);
    }

    /** @param seen what a dry run is to know of the workers; asked only then */
    Optional<Answer> submit(
            CellSession session,
            OutputOptions output,
            Command command,
            @Nullable String note,
            Supplier<Observations> seen) {
        if (dryRun) {
            preview(session, output, command, note, seen.get());
            return Optional.empty();
        }
        Answer answer = session.send(command);
        EventText text = new EventText(session.state());
        if (output.json()) {
            Json.Fields fields = Json.fields().with("dryRun", false).with("command", answer.offset());
            answer.planned().ifPresent(planned -> fields.with("migration", planned.migration()));
            output.print(fields.with(
                    "events", answer.events().stream().map(text::json).toList()));
        } else {
            for (EventEnvelope envelope : answer.events()) {
                output.print(text.describe(envelope.event()));
            }
        }
        return Optional.of(answer);
    }

    private static void preview(
            CellSession session, OutputOptions output, Command command, @Nullable String note, Observations seen) {
        CellState state = session.state();
        Decider decider =
                new Decider(ControlPlaneSettings.defaults(session.cell().name()));
        List<Event> events = switch (decider.preview(state, seen, session.envelope(command))) {
            case Decision.Accepted accepted -> accepted.events();
            case Decision.Rejected rejected ->
                throw new Rejected(rejected.code().name(), rejected.reason());
        };
        EventText text = new EventText(state);
        if (output.json()) {
            output.print(Json.fields()
                    .with("dryRun", true)
                    .with("events", events.stream().map(text::json).toList()));
            return;
        }
        output.print("dry run, nothing was sent. It would lead to:");
        events.forEach(event -> output.print("  " + text.describe(event)));
        if (note != null) {
            output.print(note);
        }
    }
}
