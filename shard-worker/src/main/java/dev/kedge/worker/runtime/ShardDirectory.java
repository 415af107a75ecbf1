package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.Request;
import java.util.List;
import java.util.Set;

/** What a frontend needs of its worker. Called from several threads at once; no method blocks. */
public interface ShardDirectory {

    /** The newest routing map this worker knows; {@link RoutingMap#EMPTY} before the first. */
    RoutingMap routing();

    /** The shards this worker runs, in whatever state their engines are. An immutable snapshot. */
    Set<String> hosted();

    /** The latest progress of each replication into a shard of this worker. An immutable snapshot. */
    default List<Report.ReplicaProgress> replications() {
        return List.of();
    }

    /**
     * Hands a request to a shard's loop. Requests submitted by one thread reach the engine in that order. A shard that is not here
     * is answered for, TRY_AGAIN; the reply may come before this method returns.
     *
     * @return false if the shard holds as many requests as it may: the request was not taken, submit it again a little later
     */
    boolean submit(String shard, Request request);
}
