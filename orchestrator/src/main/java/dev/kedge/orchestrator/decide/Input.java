package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import org.jspecify.annotations.Nullable;

/** What the control plane decides upon. Time and ids come in with it: deciding reads no clock and rolls no dice. */
public sealed interface Input {
    /** Wall clock of the control plane, capped by the record's time: a late record is old, a record from the future is now. */
    long timeMillis();

    /** Names the input in the events that follow from it. Topics are named by their role in the cell. */
    Cause cause();

    default String principal() {
        return "kedge";
    }

    /** @param offset in the commands topic; a migration's id is "m" + the offset of the command that opened it */
    record CommandReceived(CommandEnvelope envelope, long offset, long timeMillis) implements Input {
        @Override
        public Cause cause() {
            return new Cause(Evolution.COMMANDS, offset);
        }

        @Override
        public String principal() {
            return envelope.principal();
        }
    }

    /** Something stands in the commands topic that is no command. */
    record UnreadableCommand(String why, long offset, long timeMillis) implements Input {
        @Override
        public Cause cause() {
            return new Cause(Evolution.COMMANDS, offset);
        }
    }

    record ReportReceived(Report report, long offset, long timeMillis) implements Input {
        @Override
        public Cause cause() {
            return new Cause("reports", offset);
        }
    }

    /** The control plane's own routing record, come back with its version. */
    record RoutingObserved(
            long version, RoutingKey key, @Nullable RoutingRecord record, long timeMillis) implements Input {
        @Override
        public Cause cause() {
            return new Cause("routing", version);
        }
    }

    record TimePassed(long timeMillis) implements Input {
        @Override
        public Cause cause() {
            return new Cause("timer", timeMillis);
        }
    }
}
