package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayList;
import java.util.List;

/** What a replica has appended that is still to be confirmed, beyond its present importer: whatever comes next waits for it. */
final class Draining {
    interface OnVerdict {
        void applied(Verdict verdict);
    }

    interface OnApplied {
        void applied(long offset, Verdict verdict);
    }

    private final List<Importer> importers = new ArrayList<>();
    private int appends;

    void add(Importer importer) {
        importers.add(importer);
    }

    boolean isBusy() {
        importers.removeIf(i -> !i.isBusy());
        return appends > 0 || !importers.isEmpty();
    }

    void append(Host host, Lane lane, Bytes key, ShardRecord record, OnVerdict then) {
        append(host, lane, key, record, (offset, verdict) -> then.applied(verdict));
    }

    void append(Host host, Lane lane, Bytes key, ShardRecord record, OnApplied then) {
        appends++;
        host.append(lane, key, record, new Pending.Outcome() {
            @Override
            public void applied(long offset, Verdict verdict) {
                appends--;
                then.applied(offset, verdict);
            }

            @Override
            public void lost() {
                // The opening is over, and the replica with it.
            }
        });
    }

    /** Removes rows an earlier attempt left in the tablet, a batch at a time; true when there are none. */
    boolean isEmptied(Host host, Duties.Duty duty, MigrationRoute route) {
        Span span = duty.span();
        host.commit();
        List<Ports.Row> left =
                host.store().scan(span.from(), span.to(), host.settings().evictBatchRows());
        for (Ports.Row row : left) {
            append(
                    host,
                    Lane.BULK,
                    row.key(),
                    new ShardRecord.EvictRow(
                            host.epoch(),
                            host.incarnation(),
                            duty.tablet().version(),
                            route.migration(),
                            route.attempt()),
                    verdict -> {});
        }
        return left.isEmpty();
    }
}
