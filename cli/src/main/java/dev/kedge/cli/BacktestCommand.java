package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge backtest}. */
@Command(
        name = "backtest",
        description = {
            "Show what another policy would have done, upon what the workers really reported. Touches nothing.",
            "What it proposes counts as carried out at once, with the load moved as foretold; how long migrations take, and the limits"
                    + " on how many run at once, are not replayed. Reports are kept for as long as their topic's retention."
        },
        mixinStandardHelpOptions = true)
final class BacktestCommand implements Callable<Integer> {
    @Option(
            names = "--policy",
            required = true,
            paramLabel = "FILE",
            description = "The policy, as kedge policy show --output json prints one; it acts as in mode auto.")
    Path file = Path.of("");

    @Option(
            names = "--from",
            required = true,
            paramLabel = "TIME",
            converter = Moments.Converter.class,
            description = "Since when: " + Moments.SYNTAX + ".")
    Moments from = new Moments(0);

    @Option(
            names = "--to",
            defaultValue = "now",
            paramLabel = "TIME",
            converter = Moments.Converter.class,
            description = "Until when (default: ${DEFAULT-VALUE}).")
    Moments to = new Moments(0);

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (from.epochMillis() >= to.epochMillis()) {
            throw new BadInput("--from " + Times.show(from.epochMillis()) + " is not before --to "
                    + Times.show(to.epochMillis()) + ": there is nothing between them");
        }
        Policy policy = PolicyFile.read(file);
        List<EventEnvelope> events = new ArrayList<>();
        try (CellSession session = CellSession.open(cell, output, events::add)) {
            Backtest backtest =
                    new Backtest(session.cell().name(), events, policy, from.epochMillis(), to.epochMillis());
            Backtest.Result result = output.during("reading reports", waiting -> {
                try (TopicFeed<Report> reports =
                        session.reportsSince(Backtest.firstReportMillis(policy, from.epochMillis()))) {
                    reports.readToEnd(entry -> backtest.see(entry.offset(), entry.timeMillis(), entry.value()));
                }
                return backtest.result();
            });
            if (output.json()) {
                output.print(json(result));
            } else {
                show(result);
            }
            return ExitStatus.OK;
        }
    }

    private void show(Backtest.Result result) {
        Palette palette = output.palette();
        output.print(palette.bold(file.toString()) + "  " + Times.show(from.epochMillis()) + " to "
                + Times.show(to.epochMillis()) + ": " + result.evaluations() + " evaluations of "
                + Amounts.count(result.reports()) + " reports");
        if (result.evaluations() == 0) {
            output.print("no load was reported in that time, so there is nothing to decide upon");
        }
        ProposalText text = new ProposalText(result.state());
        for (Backtest.Proposed p : result.proposed()) {
            output.print(Times.show(p.atMillis()) + "  " + p.wanted().policy() + "  "
                    + text.action(p.wanted().action()));
            output.print("    " + p.wanted().reason());
            output.print("    "
                    + ProposalText.costs(p.wanted().bytes(), p.wanted().etaMillis()) + "; imbalance "
                    + ProposalText.imbalance(p.wanted().before(), p.wanted().after()));
        }
        for (Backtest.Refused r : result.refused()) {
            output.print(Times.show(r.atMillis()) + "  " + r.refused().policy() + "  does nothing ("
                    + r.refused().code() + "): " + r.refused().reason());
        }
        output.print(String.format(
                Locale.ROOT,
                "it would have made %d proposals to move %s; those that were set made %d. Imbalance at most %.2f, %.2f in the end",
                result.proposed().size(),
                Amounts.bytes(result.bytes()),
                result.reallyProposed(),
                result.worstImbalance(),
                result.lastImbalance()));
    }

    private Json.Fields json(Backtest.Result result) {
        ProposalText text = new ProposalText(result.state());
        return Json.fields()
                .with("fromMillis", from.epochMillis())
                .with("toMillis", to.epochMillis())
                .with("evaluations", result.evaluations())
                .with("reports", result.reports())
                .with("bytes", result.bytes())
                .with("worstImbalance", result.worstImbalance())
                .with("lastImbalance", result.lastImbalance())
                .with("reallyProposed", result.reallyProposed())
                .with(
                        "proposed",
                        result.proposed().stream().map(p -> json(text, p)).toList())
                .with(
                        "refused",
                        result.refused().stream()
                                .map(r -> PlanText.json(
                                                result.state(), r.refused().event())
                                        .with("atMillis", r.atMillis()))
                                .toList());
    }

    private static Json.Fields json(ProposalText text, Backtest.Proposed p) {
        return Json.fields()
                .with("atMillis", p.atMillis())
                .with("policy", p.wanted().policy())
                .with("action", text.json(p.wanted().action()))
                .with("reason", p.wanted().reason())
                .with("figures", ProposalText.json(p.wanted().figures()))
                .with("bytes", p.wanted().bytes())
                .with("etaMillis", p.wanted().etaMillis())
                .with("imbalanceBefore", p.wanted().before())
                .with("imbalanceAfter", p.wanted().after());
    }
}
