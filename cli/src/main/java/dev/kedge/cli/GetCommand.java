package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge get}. */
@Command(name = "get", description = "Print the value of a key.", mixinStandardHelpOptions = true)
final class GetCommand implements Callable<Integer> {
    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (RoutingClient routing = key.route(cell, output);
                KedgeClient client = client(routing, cell)) {
            key.keyspace(routing);
            @Nullable
            Bytes value = output.during(
                    "reading", waiting -> client.keyspace(key.keyspace).get(key.key()));
            if (output.json()) {
                output.print(Json.fields()
                        .with("key", KeyText.format(key.key()))
                        .with("value", value == null ? null : KeyText.format(value)));
            } else if (value == null) {
                output.remark("kedge: there is no key " + key.key + " in " + key.keyspace);
            } else {
                output.print(value.toUtf8());
            }
            return ExitStatus.OK;
        }
    }

    static KedgeClient client(RoutingClient routing, CellOptions cell) {
        return new KedgeClient(routing, ClientSettings.DEFAULTS.withDeadline(cell.timeout), OperationObserver.NONE);
    }
}
