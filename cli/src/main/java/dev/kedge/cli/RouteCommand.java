package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge route}. */
@Command(name = "route", description = "Say where a key is.", mixinStandardHelpOptions = true)
final class RouteCommand implements Callable<Integer> {
    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    /** For dry runs of what changes a key. */
    static RouteCommand of(KeyOptions key, CellOptions cell, OutputOptions output) {
        RouteCommand route = new RouteCommand();
        route.key = key;
        route.cell = cell;
        route.output = output;
        return route;
    }

    @Override
    public Integer call() {
        try (RoutingClient routing = key.route(cell, output)) {
            KeyspaceRoute keyspace = key.keyspace(routing);
            Placement placement = keyspace.placement();
            RoutingMap.Tablet tablet = routing.map().route(key.keyspace, placement.position(key.key()));
            if (tablet == null) {
                throw new Failed("NOT_ROUTED", "the routing map has no tablet for the key; its topic is damaged");
            }
            WorkerRoute worker = routing.map().endpoint(tablet.shard());
            MigrationRoute migration = tablet.route().migration();
            String range = RangeText.format(placement, tablet.range());
            if (output.json()) {
                output.print(Json.fields()
                        .with("keyspace", key.keyspace)
                        .with("key", KeyText.format(key.key()))
                        .with("slot", placement == Placement.HASH ? Slots.of(key.key()) : null)
                        .with("range", range)
                        .with("shard", tablet.shard())
                        .with("worker", worker == null ? null : worker.worker())
                        .with("endpoint", worker == null ? null : worker.host() + ":" + worker.port())
                        .with("tabletVersion", tablet.version())
                        .with("mapVersion", routing.map().version())
                        .with("migration", migration == null ? null : migration.migration())
                        .with(
                                "readReplicas",
                                tablet.route().readReplicas().stream()
                                        .map(RouteCommand::json)
                                        .toList()));
            } else {
                String slot = placement == Placement.HASH
                        ? String.format(Locale.ROOT, "slot 0x%04x, ", Slots.of(key.key()))
                        : "";
                output.print(slot + "tablet " + range + " of " + key.keyspace + " on " + tablet.shard() + ", "
                        + (worker == null
                                ? "whose worker is not known"
                                : worker.worker() + " at " + worker.host() + ":" + worker.port())
                        + " (since routing version " + tablet.version() + ", now "
                        + routing.map().version() + ")"
                        + (migration == null ? "" : ", in migration " + migration.migration())
                        + tablet.route().readReplicas().stream()
                                .map(replica -> ", followed by " + replica.shard() + " (" + replica.state() + ")")
                                .collect(Collectors.joining()));
            }
            return ExitStatus.OK;
        }
    }

    private static Json.Fields json(ReadReplicaRoute replica) {
        return Json.fields()
                .with("replica", replica.replica())
                .with("shard", replica.shard())
                .with("state", replica.state())
                .with("maxStalenessMillis", replica.maxStalenessMillis());
    }
}
