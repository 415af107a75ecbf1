package dev.kedge.cli;

import dev.kedge.schemas.command.Command.Rebalance;
import dev.kedge.schemas.event.Event;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge rebalance}. */
@Command(
        name = "rebalance",
        description = "Even out the load now, whatever the mode: the moves begin as soon as the limits allow.",
        mixinStandardHelpOptions = true)
final class RebalanceCommand implements Callable<Integer> {
    @Option(names = "--keyspace", paramLabel = "NAME", description = "Move only tablets of this keyspace.")
    @Nullable
    String keyspace;

    @Option(
            names = "--wait",
            description = "Wait until all destinations serve; exit with 1 if a move is not carried out.")
    boolean wait;

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            if (keyspace != null) {
                session.keyspace(keyspace);
            }
            Optional<Answer> answer = submission.submit(
                    session,
                    output,
                    new Rebalance(keyspace),
                    null,
                    () -> Observed.now(session).seen());
            if (answer.isPresent() && wait) {
                new ProposalWatcher(session, output).watch(made(answer.get()));
            }
            return ExitStatus.OK;
        }
    }

    private static List<String> made(Answer answer) {
        return answer.events().stream()
                .map(envelope -> envelope.event())
                .filter(Event.ProposalMade.class::isInstance)
                .map(event -> ((Event.ProposalMade) event).proposal())
                .toList();
    }
}
