package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.orchestrator.audit.Finding;
import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge audit verify}. */
@Command(
        name = "verify",
        description = {
            "Fold all events anew and compare the result, record by record, with the routing topic and with what the control plane"
                    + " restores its own state from.",
            "May run at any time; changes nothing. Exits with 0 if all agree, else says what differs and exits with 1."
        },
        mixinStandardHelpOptions = true)
final class AuditVerify implements Callable<Integer> {
    private static final int SHOWN = 20;

    /** So many timeouts long it waits for a pause in which a difference can't be under way. */
    private static final int PATIENCE = 3;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        CellAudit.Result result = verify();
        if (!result.agrees() && !result.settled()) {
            throw new Failed(
                    "NOT_SETTLED",
                    "the cell is written to without a pause, so its "
                            + result.findings().size()
                            + " differences may have been under way: try again, or give a longer --timeout");
        }
        if (output.json()) {
            output.print(Json.fields()
                    .with("agrees", result.agrees())
                    .with("events", result.events())
                    .with("routes", result.routes())
                    .with(
                            "findings",
                            result.findings().stream().map(AuditVerify::json).toList()));
        } else {
            show(result);
        }
        return result.agrees() ? ExitStatus.OK : ExitStatus.FAILURE;
    }

    private CellAudit.Result verify() {
        Cell of = cell.cell();
        KafkaClients kafka = cell.kafka("cli");
        KedgeSerdes serdes = cell.serdes();
        return output.during("reading the events of " + of.name(), waiting -> {
            try (CellAudit audit = new CellAudit(kafka, of, serdes)) {
                return audit.verify(kafka.timeout().multipliedBy(PATIENCE));
            } catch (DecodingException e) {
                throw new Failed("UNREADABLE", "a record can't be read: " + e.getMessage(), e);
            } catch (IllegalStateException e) {
                throw new Failed("TOPIC_MISSING", String.valueOf(e.getMessage()), e);
            }
        });
    }

    private void show(CellAudit.Result result) {
        Palette palette = output.palette();
        String what = Amounts.count(result.events()) + " events, " + Amounts.count(result.routes())
                + " routing records, and the control plane's state";
        if (result.agrees()) {
            output.print(palette.good("agree: ") + what);
            return;
        }
        result.findings().stream()
                .limit(SHOWN)
                .forEach(finding -> output.print(palette.bad("differs: ") + finding.describe()));
        if (result.findings().size() > SHOWN) {
            output.print("... and " + (result.findings().size() - SHOWN) + " more; --output json shows all");
        }
        output.print(palette.bad(result.findings().size() + " differences") + " in " + what);
    }

    private static Json.Fields json(Finding finding) {
        return Json.fields()
                .with("kind", finding.kind())
                .with("subject", finding.subject())
                .with("expected", finding.expected())
                .with("found", finding.found());
    }
}
