package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.worker.engine.Ports;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes reports on and keeps the latest progress of each replication here, for whoever asks this worker. Thread-safe. */
final class LatestProgress implements Ports.Reports {
    private final Ports.Reports next;
    private final Map<String, Report.ReplicaProgress> latest = new ConcurrentHashMap<>();

    LatestProgress(Ports.Reports next) {
        this.next = next;
    }

    @Override
    public void send(Report report) {
        if (report instanceof Report.ReplicaProgress progress) {
            latest.put(progress.migration(), progress);
        }
        next.send(report);
    }

    /** Forgets what the map names no more. */
    void routing(RoutingMap map) {
        Set<String> known = new HashSet<>();
        for (var keyspace : map.keyspaces()) {
            for (RoutingMap.Tablet tablet : map.tablets(keyspace.keyspace())) {
                TabletRoute route = tablet.route();
                if (route.migration() != null) {
                    known.add(route.migration().migration());
                }
                route.readReplicas().forEach(replica -> known.add(replica.replica()));
            }
        }
        latest.keySet().retainAll(known);
    }

    List<Report.ReplicaProgress> all() {
        return List.copyOf(latest.values());
    }
}
