package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.nio.file.Path;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisClusterException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/** shard-3 follows shard-1's tablet and answers Redis clients' stale reads under writes, through a dead owner and a migration. */
@Timeout(180)
final class ReadReplicaIT {
    private static final int STALENESS_MILLIS = 3_000;
    /** Clocks of one machine agree; this is for a test thread that does not get its turn between two lines. */
    private static final long TURN_MILLIS = 2_000;

    private static final MigrationOptions OPTIONS =
            new MigrationOptions(1_000, 0, 0, 1_000, 200, 2_000, 2_000, 2, OnDivergence.ABORT);

    @TempDir
    static Path dir;

    private TestCell cell;
    private Writer writer;

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 3);
        writer = new Writer(cell, key());
    }

    @AfterEach
    void close() throws Exception {
        if (writer != null) {
            writer.end();
        }
        cell.close();
    }

    /** One of shard-1's keys. */
    private static String key() {
        int i = 0;
        while (Slots.of(Bytes.utf8("sequence-" + i)) >= Slots.COUNT / 3) {
            i++;
        }
        return "sequence-" + i;
    }

    /** Writes 1, 2, 3, ... into one key and knows when each was acknowledged. */
    private static final class Writer {
        private record Acknowledged(long number, long millis) {}

        private final String key;
        private final JedisKeys jedis;
        private final Deque<Acknowledged> acknowledged = new ConcurrentLinkedDeque<>();
        private final AtomicBoolean stop = new AtomicBoolean();
        private final Thread thread = new Thread(this::run, "writer");

        Writer(TestCell cell, String key) {
            this.key = key;
            this.jedis = new JedisKeys(cell);
            thread.start();
        }

        private void run() {
            for (long number = 1; !stop.get(); number++) {
                try {
                    jedis.set(key, Long.toString(number));
                    acknowledged.add(new Acknowledged(number, System.currentTimeMillis()));
                } catch (JedisException e) {
                    // The owner is dead for a while: this one may have been written or not, the next is greater.
                }
            }
        }

        /** The least number that an answer of this age may tell. */
        long leastAt(long millis) {
            long least = 0;
            for (Acknowledged each : acknowledged) {
                if (each.millis() > millis) {
                    break;
                }
                least = each.number();
            }
            return least;
        }

        long last() {
            return acknowledged.isEmpty() ? 0 : acknowledged.getLast().number();
        }

        void end() throws InterruptedException {
            stop.set(true);
            thread.join();
            jedis.close();
        }
    }

    /** A connection to shard-3's worker that takes stale answers, and what it was told last. */
    private final class ReplicaReads implements AutoCloseable {
        private @Nullable Jedis connected;
        private long told;

        private Jedis jedis() {
            if (connected == null) {
                connected = jedisOf("shard-3");
                connected.readonly();
            }
            return connected;
        }

        /** Null if the replica sends us to the owner, or is not there. */
        @Nullable
        Long read() {
            long asked = System.currentTimeMillis();
            try {
                String value = jedis().get(writer.key);
                long number = value == null ? 0 : Long.parseLong(value);
                assertThat(number)
                        .as("no older than was stated")
                        .isGreaterThanOrEqualTo(writer.leastAt(asked - STALENESS_MILLIS - TURN_MILLIS));
                assertThat(number).as("never back in time").isGreaterThanOrEqualTo(told);
                told = number;
                return number;
            } catch (JedisMovedDataException e) {
                return null;
            } catch (JedisConnectionException e) {
                close();
                return null;
            }
        }

        void awaitAnswer() {
            cell.await("an answer of the replica", () -> read() != null);
        }

        @Override
        public void close() {
            if (connected != null) {
                connected.close();
                connected = null;
            }
        }
    }

    /** To wherever the shard is now. */
    private Jedis jedisOf(String shard) {
        WorkerRoute worker = Objects.requireNonNull(cell.routing().map().endpoint(shard));
        return new Jedis(worker.host(), worker.port());
    }

    private ReadReplica replica() {
        return cell.state().readReplicas().values().getFirst();
    }

    private void follow() {
        cell.ask(new Command.AddReadReplica(TestCell.KEYSPACE, Bytes.EMPTY, "shard-3", STALENESS_MILLIS));
        cell.await("the replica follows", () -> replica().state() == ReadReplicaState.FOLLOWING);
    }

    @Test
    void it_serves_while_it_is_fresh_and_follows_its_tablet_wherever_that_goes() throws Exception {
        follow();
        try (ReplicaReads reads = new ReplicaReads()) {
            reads.awaitAnswer();
            long before = writer.last();
            cell.await("the replica has what was written", () -> {
                Long number = reads.read();
                return number != null && number >= before;
            });
            lettuceFindsIt();

            // The owner dies: answers age, and end when they would be too old.
            cell.worker("worker-1").kill();
            cell.await("the replica has nothing more to say", () -> reads.read() == null);
            cell.restartWorker("worker-1");
            reads.awaitAnswer();

            // The replica's worker dies: it goes on from where it was.
            int attempt = replica().attempt();
            cell.worker("worker-3").kill();
            cell.restartWorker("worker-3");
            reads.awaitAnswer();
            assertThat(replica().attempt()).isEqualTo(attempt);

            String migration = cell.migrate("shard-1", "shard-2", TestCell.slots(0, Slots.COUNT / 3), OPTIONS);
            while (cell.migration(migration).phase() != Phase.COMPLETED) {
                assertThat(cell.migration(migration).phase()).isNotEqualTo(Phase.ABORTED);
                reads.read();
                cell.pollEvents();
            }
            assertThat(replica().attempt()).isEqualTo(2);
            cell.await("it follows again", () -> replica().state() == ReadReplicaState.FOLLOWING);
            long moved = writer.last();
            cell.await("what the new owner has written is at the replica", () -> {
                Long number = reads.read();
                return number != null && number > moved;
            });
        }
        cell.ask(new Command.RemoveReadReplica(TestCell.KEYSPACE, Bytes.EMPTY, "shard-3"));
        cell.await("the replica is gone", () -> cell.state().readReplicas().isEmpty());
        try (Jedis jedis = jedisOf("shard-3")) {
            jedis.readonly();
            assertThatThrownBy(() -> jedis.get(writer.key)).isInstanceOf(JedisMovedDataException.class);
        }
        writer.end();
        String holder = Objects.requireNonNull(cell.state().shard("shard-3")).worker();
        assertThat(cell.worker(holder).stop()).isZero();
        assertThat(StoredRows.of(cell, holder, "shard-3", TestCell.slots(0, Slots.COUNT / 3))
                        .rows())
                .as("rows left behind")
                .isZero();
    }

    /** Worker-3 is asked by nobody else, so what it is asked is Lettuce's reads of shard-1's key. */
    private void lettuceFindsIt() {
        WorkerRoute seed = cell.endpoint(2);
        try (RedisClusterClient client = RedisClusterClient.create(RedisURI.create(seed.host(), seed.port()));
                StatefulRedisClusterConnection<String, String> connection = client.connect();
                Jedis worker3 =
                        new Jedis(cell.endpoint(3).host(), cell.endpoint(3).port())) {
            connection.setReadFrom(ReadFrom.REPLICA);
            long commands = processed(worker3);
            for (int i = 0; i < 200; i++) {
                long asked = System.currentTimeMillis();
                long number = Long.parseLong(connection.sync().get(writer.key));
                assertThat(number).isGreaterThanOrEqualTo(writer.leastAt(asked - STALENESS_MILLIS - TURN_MILLIS));
            }
            assertThat(processed(worker3) - commands).isGreaterThanOrEqualTo(200);
        }
    }

    private static long processed(Jedis jedis) {
        for (String line : jedis.info("stats").lines().toList()) {
            if (line.startsWith("total_commands_processed:")) {
                return Long.parseLong(line.substring(line.indexOf(':') + 1));
            }
        }
        throw new JedisClusterException("INFO tells of no commands");
    }
}
