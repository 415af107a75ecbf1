package dev.kedge.cli;

import dev.kedge.router.KedgeClient;
import dev.kedge.router.RoutingClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge del}. */
@Command(name = "del", description = "Delete a key.", mixinStandardHelpOptions = true)
final class DelCommand implements Callable<Integer> {
    @Mixin
    KeyOptions key = new KeyOptions();

    @Option(names = "--dry-run", description = "Say where the key is; change nothing.")
    boolean dryRun;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (dryRun) {
            return RouteCommand.of(key, cell, output).call();
        }
        try (RoutingClient routing = key.route(cell, output);
                KedgeClient client = GetCommand.client(routing, cell)) {
            key.keyspace(routing);
            boolean existed = output.during(
                    "deleting", waiting -> client.keyspace(key.keyspace).del(key.key()));
            if (output.json()) {
                output.print(
                        Json.fields().with("key", KeyText.format(key.key())).with("deleted", existed));
            } else {
                output.print(existed ? "deleted" : "there was no such key");
            }
            return ExitStatus.OK;
        }
    }
}
