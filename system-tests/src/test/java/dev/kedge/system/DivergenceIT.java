package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.shard.ShardKeys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The destination's copy is damaged behind its back, in the files of its store: one value is changed, one row is gone, one too many is there.
 * Both shards are on one worker, so that it can be stopped without anybody taking its shards over.
 */
@Timeout(180)
final class DivergenceIT {
    private static final Map<String, String> LOADED = JedisKeys.rows(8_000);
    private static final KeyRange MOVING = TestCell.slots(0, 4096);
    private static final String DESTINATION = "shard-9";

    @TempDir
    Path dir;

    private TestCell cell;
    private String changed = "";
    private String gone = "";
    private String more = "";

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 1);
        cell.ask(new Command.AddShard(DESTINATION, "worker-1"));
        cell.await(DESTINATION + " is assigned", () -> cell.state().shard(DESTINATION) instanceof Shard.Assigned);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
        }
        cell.awaitServing(DESTINATION);
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void the_keys_are_named_and_the_migration_ends_if_that_is_asked_for() {
        String migration = migrateAndDamage(OnDivergence.ABORT);
        cell.awaitPhase(migration, Phase.ABORTED);

        assertNamed(migration);
        assertThat(cell.history(migration)).contains("after 1 copy").doesNotContain("RecopyStarted");
        assertNeverCutOver(migration);
        assertAllLoaded();
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(StoredRows.of(cell, "worker-1", DESTINATION, MOVING).rows())
                .as("nothing is left behind, not even what nobody imported")
                .isZero();
    }

    @Test
    void the_range_is_copied_again_if_that_is_asked_for() {
        String migration = migrateAndDamage(OnDivergence.RECOPY);
        cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);

        assertNamed(migration);
        List<String> story = cell.view().history(migration).stream()
                .map(EventEnvelope::event)
                .map(event -> event.getClass().getSimpleName())
                .toList();
        assertThat(story).containsSubsequence("DivergenceFound", "RecopyStarted", "Verified", "CutoverCommitted");
        assertThat(story.subList(0, story.indexOf("RecopyStarted"))).doesNotContain("Verified");
        assertAllLoaded();
        try (JedisKeys jedis = new JedisKeys(cell)) {
            assertThat(jedis.get(more)).as("what nobody wrote").isNull();
        }
    }

    private String migrateAndDamage(OnDivergence onDivergence) {
        MigrationOptions options = new MigrationOptions(1_000, 600_000, 200, 1_000, 200, 1_000, 2_000, 2, onDivergence);
        String migration = cell.migrate("shard-1", DESTINATION, MOVING, options);
        cell.awaitReport(
                "some rows are copied",
                report -> report instanceof Report.ReplicaProgress p
                        && p.migration().equals(migration)
                        && p.rows() > 600);
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(cell.phaseNow(migration)).isEqualTo(Phase.COPYING);
        // The first that were copied: a later one is copied once more, since the replica goes on from its last progress
        // record.
        List<String> copied = new ArrayList<>(LOADED.keySet());
        copied.retainAll(StoredRows.keys(cell, "worker-1", DESTINATION, MOVING));
        changed = copied.get(0);
        gone = copied.get(1);
        more = "{" + changed + "}more";
        StoredRows.damage(cell, "worker-1", DESTINATION, batch -> {
            batch.put(key(changed), new byte[] {1, 2, 3});
            batch.delete(key(gone));
            batch.put(key(more), new byte[] {4});
        });
        cell.restartWorker("worker-1");
        return migration;
    }

    private Bytes key(String key) {
        return ShardKeys.data(cell.keyspaceId(), Placement.HASH.position(Bytes.utf8(key)));
    }

    private void assertNamed(String migration) {
        Event.DivergenceFound named = cell.view().history(migration).stream()
                .map(EventEnvelope::event)
                .filter(Event.DivergenceFound.class::isInstance)
                .map(Event.DivergenceFound.class::cast)
                .filter(found -> !found.owner().isEmpty())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no keys are named in " + cell.history(migration)));
        assertThat(keys(named.owner())).containsExactlyInAnyOrder(changed, gone);
        assertThat(keys(named.replica())).containsExactlyInAnyOrder(changed, more);
        assertThat(digest(named.owner(), changed)).isNotEqualTo(digest(named.replica(), changed));
    }

    private static List<String> keys(List<KeyDigest> digests) {
        return digests.stream()
                .map(digest -> Placement.HASH.key(digest.position()).toUtf8())
                .toList();
    }

    private static long digest(List<KeyDigest> digests, String key) {
        return digests.stream()
                .filter(digest -> Placement.HASH.key(digest.position()).toUtf8().equals(key))
                .findFirst()
                .orElseThrow()
                .digest();
    }

    private void assertNeverCutOver(String migration) {
        assertThat(cell.view().history(migration).stream().map(EventEnvelope::event))
                .noneMatch(Event.CutoverCommitted.class::isInstance);
        Keyspace keyspace = Objects.requireNonNull(cell.state().keyspace(TestCell.KEYSPACE));
        assertThat(keyspace.tabletAt(Slots.bound(0)).tablet().shard()).isEqualTo("shard-1");
    }

    private void assertAllLoaded() {
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(LOADED);
        }
    }
}
