package dev.kedge.orchestrator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.policy.Homes.Tenant;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Where the tablets of a drained worker go. */
final class HomesTest {
    private static final long GB = 1_000_000_000;

    /** Workers with a shard each, and so many tablets on each, of random size. */
    private static ModelCell cell(int workers, int tabletsEach, Random random) {
        ModelCell cell = ModelCell.of(workers, 1);
        int tablets = workers * tabletsEach;
        Object[] owners = new Object[2 * tablets];
        for (int i = 0; i < tablets; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * Slots.COUNT / tablets);
            owners[2 * i + 1] = "s" + (1 + i % workers);
        }
        cell.keyspace("k", Placement.HASH, owners);
        for (int i = 0; i < tablets; i++) {
            Bytes key = Slots.bound(i * Slots.COUNT / tablets).concat(Bytes.utf8("x"));
            cell.key("k", key, 20 + random.nextInt(20), GB / 2 + random.nextInt(500_000_000));
        }
        return cell;
    }

    private static void drain(ModelCell cell, String worker) {
        cell.workers.remove(worker);
        cell.emit(new Event.WorkerDrainStarted(worker, "m1", MigrationOptions.DEFAULTS));
        cell.report(3);
    }

    /** What a worker gives back comes to all others alike: nothing is left to even out. */
    @Property(tries = 20)
    void aDrainedWorkerGivesItsTabletsBackEvenly(@ForAll long seed) {
        Random random = new Random(seed);
        ModelCell cell = cell(3 + random.nextInt(5), 20, random);
        drain(cell, "w1");
        Homes homes = Planner.homes(cell.situation());
        List<Tenant> tenants = homes.tenants("s1");
        assertThat(tenants).hasSize(20);
        for (Tenant tenant : tenants) {
            String to = homes.of(tenant).get(0);
            homes.give(tenant, to);
            cell.migrate(tenant.keyspace(), tenant.range(), "s1", to);
        }
        cell.report(100);
        assertThat(cell.plan().balance().shards()).isLessThan(cell.policy.imbalanceTolerance());
        assertThat(cell.plan().wanted()).isEmpty();
    }

    @Test
    void whoHasNoRoomOrWasLeftLatelyComesLast() {
        ModelCell cell = cell(3, 2, new Random(1));
        drain(cell, "w1");
        Tenant tenant = Planner.homes(cell.situation()).tenants("s1").get(0);
        assertThat(Planner.homes(cell.situation()).of(tenant)).containsExactlyInAnyOrder("s2", "s3");
        String best = Planner.homes(cell.situation()).of(tenant).get(0);
        cell.migrate("k", tenant.range(), "s1", best);
        cell.migrate("k", tenant.range(), best, "s1");
        cell.report(3);
        assertThat(Planner.homes(cell.situation()).of(tenant)).last().isEqualTo(best);
        cell.policy = Tuned.of(cell.policy).max(GB, 0).policy();
        assertThat(Planner.homes(cell.situation()).of(tenant))
                .as("a bound to split at is no wall")
                .hasSize(2);
        cell.workers.remove("w2");
        cell.workers.remove("w3");
        assertThat(Planner.homes(cell.situation()).of(tenant)).isEmpty();
    }
}
