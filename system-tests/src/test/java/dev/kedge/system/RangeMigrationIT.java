package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/** The upper keys of a RANGE keyspace, from a key in the middle of a tablet to the open end, on the move under traffic: there and back. */
@Timeout(180)
final class RangeMigrationIT {
    private static final String ORDERED = "ordered";

    /** The traffic's rows and some of its counters lie in it, its other counters do not. */
    private static final KeyRange MOVING = new KeyRange(Bytes.utf8("counter-5"), null);

    private static final int LOADED = 500;
    private static final MigrationOptions OPTIONS =
            new MigrationOptions(1_000, 600_000, 0, 1_000, 200, 2_000, 2_000, 2, OnDivergence.ABORT);

    @TempDir
    Path dir;

    private TestCell cell;

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 2);
        cell.ask(new Command.CreateKeyspace(
                ORDERED, Placement.RANGE, List.of(new InitialTablet(Bytes.EMPTY, "shard-1"))));
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void upper_keys_move_there_and_back_and_clients_notice_nothing() {
        try (KedgeKeys keys = new KedgeKeys(cell, ORDERED);
                Jedis source = connect(1);
                Jedis destination = connect(2)) {
            Map<String, String> staying = load(keys, "about-");
            Map<String, String> moving = load(keys, "xyz-");
            try (Traffic traffic = Traffic.start(keys)) {
                traffic.awaitAnswers(100);
                assertThat(source.get("xyz-7")).isEqualTo("value-7");
                assertMoved(destination, "xyz-7", 1);

                String migration = cell.migrate(ORDERED, "shard-1", "shard-2", MOVING, OPTIONS);
                cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
                assertOwners("shard-2");
                assertMoved(source, "xyz-7", 2);
                assertThat(destination.get("xyz-7")).isEqualTo("value-7");
                assertThat(destination.set("xyz-7", "written in the window")).isEqualTo("OK");
                moving.put("xyz-7", "written in the window");
                assertThat(source.get("about-7")).as("below the range").isEqualTo("value-7");
                assertMoved(destination, "about-7", 1);
                traffic.awaitAnswers(100);

                int mark = cell.mark();
                cell.ask(new Command.RollbackMigration(migration, "to see it go back"));
                cell.awaitPhase(migration, Phase.ROLLED_BACK, mark);
                assertOwners("shard-1");
                assertMoved(destination, "xyz-7", 1);
                traffic.awaitAnswers(100);

                assertThat(traffic.verdict().operations()).isGreaterThan(300);
                assertThat(traffic.errors()).isEmpty();
            }
            assertHolds(keys, staying);
            assertHolds(keys, moving);
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(cell.worker("worker-2").stop()).isZero();
        assertThat(StoredRows.of(cell, "worker-2", "shard-2", ORDERED, KeyRange.ALL)
                        .rows())
                .as("rows left behind on the destination")
                .isZero();
        assertThat(StoredRows.of(cell, "worker-1", "shard-1", ORDERED, MOVING).rows())
                .isGreaterThan(LOADED);
    }

    /** As any client that knows SELECT reaches a keyspace by name. */
    private Jedis connect(int worker) {
        Jedis jedis = new Jedis("127.0.0.1", cell.endpoint(worker).port());
        byte[] answer = (byte[]) jedis.sendCommand(Protocol.Command.SELECT, ORDERED);
        assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("OK");
        return jedis;
    }

    private void assertMoved(Jedis asked, String key, int owner) {
        assertThatThrownBy(() -> asked.get(key))
                .isInstanceOfSatisfying(
                        JedisMovedDataException.class,
                        moved -> assertThat(moved.getTargetNode().getPort())
                                .isEqualTo(cell.endpoint(owner).port()));
    }

    private static Map<String, String> load(KedgeKeys keys, String prefix) {
        Map<String, String> rows = new LinkedHashMap<>();
        for (int i = 0; i < LOADED; i++) {
            rows.put(prefix + i, "value-" + i);
        }
        rows.forEach(keys::set);
        return rows;
    }

    private static void assertHolds(KedgeKeys keys, Map<String, String> rows) {
        Map<String, String> found = new LinkedHashMap<>();
        rows.keySet().forEach(key -> found.put(key, String.valueOf(keys.get(key))));
        assertThat(found).isEqualTo(rows);
    }

    private void assertOwners(String ofMoving) {
        RoutingMap.Tablet upper = cell.routing().map().route(ORDERED, MOVING.start());
        assertThat(Objects.requireNonNull(upper).shard()).isEqualTo(ofMoving);
        assertThat(upper.range()).isEqualTo(MOVING);
        RoutingMap.Tablet lower = cell.routing().map().route(ORDERED, Bytes.EMPTY);
        assertThat(Objects.requireNonNull(lower).shard()).isEqualTo("shard-1");
        assertThat(lower.range().end()).isEqualTo(MOVING.start());
    }
}
