package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.resp.Command.KeyArgs;
import dev.kedge.worker.resp.RespSettings.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** INFO and CONFIG: what this server tells about itself. */
final class InfoCommands {
    /** The Redis whose behaviour clients that look at the version may expect. */
    static final String REDIS_VERSION = "7.2.0";

    private static final List<String> SECTIONS =
            List.of("server", "clients", "memory", "stats", "replication", "cluster", "keyspace", "kedge");
    private static final Set<String> ALL = Set.of("all", "default", "everything");

    private InfoCommands() {}

    static List<Command> all() {
        Command config = Command.of(
                "config|get",
                -3,
                KeyArgs.NONE,
                "admin noscript loading stale",
                "server",
                "2.0.0",
                "O(N): Returns the effective values of configuration parameters.",
                InfoCommands::configGet);
        return List.of(
                Command.of(
                        "info",
                        -1,
                        KeyArgs.NONE,
                        "loading stale",
                        "server",
                        "1.0.0",
                        "O(1): Returns information and statistics about the server.",
                        InfoCommands::info),
                Command.container(
                        "config",
                        "server",
                        "2.0.0",
                        "A container for server configuration commands.",
                        List.of(config)));
    }

    /** Counts rows exactly only where {@code keyspace} is asked for by name. */
    private static Outcome info(Call call) {
        Set<String> asked = new LinkedHashSet<>();
        for (int i = 1; i < call.count(); i++) {
            asked.add(call.word(i));
        }
        boolean everything = asked.isEmpty() || asked.stream().anyMatch(ALL::contains);
        List<String> sections = SECTIONS.stream()
                .filter(each -> everything || asked.contains(each))
                .toList();
        if (!asked.contains("keyspace")) {
            Map<String, Long> rows = sections.contains("keyspace")
                    ? call.front().rowCounts().recent(call.front().shards(), call.routing())
                    : Map.of();
            return Outcome.done(text(call, sections, rows));
        }
        List<KeyspaceRoute> keyspaces = call.routing().keyspaces();
        List<Operation.Count> counts =
                keyspaces.stream().map(KeyspaceCommands::count).toList();
        return new Outcome.AskAll(counts, replies -> text(call, sections, rows(keyspaces, replies)));
    }

    private static Map<String, Long> rows(List<KeyspaceRoute> keyspaces, List<List<Reply>> replies) {
        Map<String, Long> rows = new HashMap<>();
        for (int i = 0; i < keyspaces.size(); i++) {
            rows.put(keyspaces.get(i).keyspace(), Replies.sum(replies.get(i)));
        }
        return rows;
    }

    private static Answer text(Call call, List<String> sections, Map<String, Long> rows) {
        StringBuilder text = new StringBuilder();
        for (String section : sections) {
            text.append(text.isEmpty() ? "" : "\r\n");
            text.append("# ").append(Character.toUpperCase(section.charAt(0))).append(section, 1, section.length());
            text.append("\r\n");
            Map<String, Object> fields = switch (section) {
                case "server" -> server(call.front());
                case "clients" -> clients(call.front());
                case "memory" -> memory();
                case "stats" -> stats(call.front().stats());
                case "replication" -> fields("role", "master", "connected_slaves", 0);
                case "cluster" -> fields("cluster_enabled", 1);
                case "keyspace" -> keyspaces(call.routing(), rows);
                case "kedge" -> kedge(call);
                default -> throw new IllegalStateException("no section " + section);
            };
            fields.forEach(
                    (name, value) -> text.append(name).append(':').append(value).append("\r\n"));
        }
        return new Answer.Text(text.toString());
    }

    private static Map<String, Object> server(Front front) {
        long upSeconds = (System.nanoTime() - front.stats().startedNanos) / 1_000_000_000L;
        return fields(
                "redis_version",
                REDIS_VERSION,
                "server_name",
                "kedge",
                "kedge_version",
                front.settings().version(),
                "redis_mode",
                "cluster",
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                "java_version",
                Runtime.version(),
                "multiplexing_api",
                front.transport(),
                "process_id",
                ProcessHandle.current().pid(),
                "tcp_port",
                front.port(),
                "io_threads",
                front.settings().ioThreads(),
                "uptime_in_seconds",
                upSeconds,
                "uptime_in_days",
                upSeconds / 86_400);
    }

    private static Map<String, Object> clients(Front front) {
        return fields(
                "connected_clients",
                front.stats().connections,
                "maxclients",
                front.settings().maxConnections());
    }

    private static Map<String, Object> memory() {
        Runtime runtime = Runtime.getRuntime();
        long used = runtime.totalMemory() - runtime.freeMemory();
        return fields(
                "used_memory",
                used,
                "used_memory_human",
                (used >> 20) + "M",
                "heap_committed",
                runtime.totalMemory(),
                "maxmemory",
                runtime.maxMemory(),
                "maxmemory_policy",
                "noeviction");
    }

    private static Map<String, Object> stats(ServerStats stats) {
        return fields(
                "total_connections_received",
                stats.connectionsReceived,
                "total_commands_processed",
                stats.commands,
                "total_net_input_bytes",
                stats.bytesIn,
                "total_net_output_bytes",
                stats.bytesOut,
                "rejected_connections",
                stats.connectionsRejected,
                "total_error_replies",
                stats.errors,
                "moved_replies",
                stats.moved,
                "unknown_commands",
                stats.unknownCommands,
                "protocol_errors",
                stats.protocolErrors,
                "handed_on_requests",
                stats.handedOn,
                "admission_waits",
                stats.admissionWaits);
    }

    /** {@code db0} is the default keyspace; the others stand under their names. */
    private static Map<String, Object> keyspaces(RoutingMap map, Map<String, Long> rows) {
        KeyspaceRoute standard = Keyspaces.standard(map);
        Map<String, Object> fields = new TreeMap<>();
        for (KeyspaceRoute keyspace : map.keyspaces()) {
            Long count = rows.get(keyspace.keyspace());
            if (count != null) {
                fields.put(
                        keyspace.equals(standard) ? "db0" : keyspace.keyspace(),
                        "keys=" + count + ",expires=0,avg_ttl=0,keyspace=" + keyspace.keyspace() + ",placement="
                                + keyspace.placement());
            }
        }
        return fields;
    }

    private static Map<String, Object> kedge(Call call) {
        Front front = call.front();
        Set<String> hosted = new TreeSet<>(front.shards().hosted());
        int tablets = 0;
        int migrating = 0;
        for (KeyspaceRoute keyspace : call.routing().keyspaces()) {
            for (RoutingMap.Tablet tablet : call.routing().tablets(keyspace.keyspace())) {
                var migration = tablet.route().migration();
                boolean owned = hosted.contains(tablet.shard());
                tablets += owned ? 1 : 0;
                migrating += migration != null && (owned || hosted.contains(migration.replica())) ? 1 : 0;
            }
        }
        Map<String, Object> fields = fields(
                "worker",
                front.settings().workerId(),
                "node_id",
                front.nodeId(),
                "routing_version",
                call.routing().version(),
                "shards",
                String.join(",", hosted),
                "tablets_owned",
                tablets,
                "tablets_migrating",
                migrating);
        front.shards().replications().stream()
                .sorted(Comparator.comparing(Report.ReplicaProgress::migration))
                .forEach(progress -> fields.put("replication_" + progress.migration(), replication(progress)));
        return fields;
    }

    /** The age is at most this: the progress itself may be a second old. */
    private static String replication(Report.ReplicaProgress progress) {
        long age = System.currentTimeMillis() - progress.appliedMillis();
        return "shard=" + progress.shard() + ",attempt=" + progress.attempt() + ",position=" + progress.position()
                + ",lag=" + Math.max(0, progress.sourceEnd() - progress.position()) + ",rows=" + progress.rows()
                + ",staleness_ms=" + (progress.appliedMillis() < 0 ? -1 : Math.max(0, age)) + ",rows_per_second_limit="
                + progress.rowsPerSecondLimit() + ",source_p99_us=" + progress.sourceP99Micros() + ",own_p99_us="
                + progress.ownP99Micros();
    }

    /** The parameters Redis tools ask for, with their truth here: nothing is saved in snapshots, all is in the log. */
    private static Outcome configGet(Call call) {
        Limits limits = call.front().settings().limits();
        Map<String, String> known = new TreeMap<>(Map.of(
                "save", "",
                "appendonly", "yes",
                "databases", "1",
                "port", Integer.toString(call.front().port()),
                "maxclients", Integer.toString(call.front().settings().maxConnections()),
                "proto-max-bulk-len", Integer.toString(limits.maxArgBytes()),
                "max-key-bytes", Integer.toString(limits.maxKeyBytes()),
                "max-value-bytes", Integer.toString(limits.maxValueBytes()),
                "max-request-bytes", Integer.toString(limits.maxRequestBytes()),
                "max-args", Integer.toString(limits.maxArgs())));
        List<Glob> wanted = new ArrayList<>();
        for (int i = 2; i < call.count(); i++) {
            wanted.add(new Glob(Bytes.utf8(call.word(i))));
        }
        Predicate<String> matches = name -> wanted.stream().anyMatch(glob -> glob.matches(Bytes.utf8(name)));
        List<Answer> found = new ArrayList<>();
        known.forEach((name, value) -> {
            if (matches.test(name)) {
                found.add(Answer.bulk(name));
                found.add(Answer.bulk(value));
            }
        });
        return Outcome.done(new Answer.Pairs(found));
    }

    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i].toString(), namesAndValues[i + 1]);
        }
        return fields;
    }
}
