package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.RoutingClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge put}. */
@Command(name = "put", description = "Set a key.", mixinStandardHelpOptions = true)
final class PutCommand implements Callable<Integer> {
    @Mixin
    KeyOptions key = new KeyOptions();

    @Parameters(index = "1", paramLabel = "VALUE", description = "As " + KeyText.SYNTAX + ".")
    String value = "";

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
            Bytes to = KeyText.parse(value);
            output.during("writing", waiting -> {
                client.keyspace(key.keyspace).set(key.key(), to);
                return to;
            });
            if (output.json()) {
                output.print(
                        Json.fields().with("key", KeyText.format(key.key())).with("set", true));
            } else {
                output.print("OK");
            }
            return ExitStatus.OK;
        }
    }
}
