package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command.AddShard;
import dev.kedge.schemas.command.Command.CreateKeyspace;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** Brings a cell to where it can be used: shards on workers, a keyspace on shards. What is there already stays as it is. */
final class CellSetup {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CellSession session;
    private final OutputOptions output;

    CellSetup(CellSession session, OutputOptions output) {
        this.session = session;
        this.output = output;
    }

    static String shard(int number) {
        return "shard-" + number;
    }

    /** {@code shard-1} on the first worker, and so on. */
    void addShards(List<String> workers) {
        for (String worker : workers) {
            await("waiting for " + worker + " to report", () -> session.state().worker(worker) != null);
        }
        for (int i = 1; i <= workers.size(); i++) {
            if (session.state().shard(shard(i)) == null) {
                session.send(new AddShard(shard(i), workers.get(i - 1)));
            }
        }
        for (int i = 1; i <= workers.size(); i++) {
            ShardAdd.awaitAssigned(session, shard(i), PATIENCE, output);
        }
    }

    void createKeyspace(String keyspace, List<InitialTablet> tablets) {
        if (session.state().keyspace(keyspace) == null) {
            session.send(new CreateKeyspace(keyspace, Placement.HASH, tablets));
        }
    }

    /** Returns when the workers report that they serve these shards. */
    void awaitServing(List<String> shards) {
        Set<String> missing = new TreeSet<>(shards);
        try (TopicFeed<Report> reports = session.reports(0)) {
            await("waiting for " + String.join(", ", shards) + " to serve", () -> {
                for (TopicFeed.Entry<Report> entry : reports.poll(POLL)) {
                    if (entry.value() instanceof Heartbeat heartbeat) {
                        for (ShardStatus status : heartbeat.shards()) {
                            if (status.state() == ShardState.SERVING) {
                                missing.remove(status.shard());
                            }
                        }
                    }
                }
                return missing.isEmpty();
            });
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        output.during(what, waiting -> {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Failed(
                            "NOT_READY",
                            what + " was in vain for " + PATIENCE.toSeconds()
                                    + " s; the logs of the processes say why");
                }
                session.poll(POLL);
            }
            return true;
        });
    }
}
