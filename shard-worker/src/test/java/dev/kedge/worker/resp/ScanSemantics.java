package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Placement;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.worker.resp.RawClient.Err;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SCAN: whatever is there from beginning to end is returned at least once, whatever stores the rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ScanSemantics {
    static final KeyspaceRoute HASHED = new KeyspaceRoute("default", 1, Placement.HASH);
    static final KeyspaceRoute ORDERED = new KeyspaceRoute("ordered", 2, Placement.RANGE);

    private Serving worker;
    private RawClient client;

    /** Called once. */
    abstract Serving startWorker() throws Exception;

    @BeforeAll
    void start() throws Exception {
        worker = startWorker();
    }

    @BeforeEach
    void connect() {
        worker.clear();
        client = worker.connect();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @AfterAll
    void stop() {
        worker.close();
    }

    private List<String> scan(int count, Runnable between) {
        List<String> found = new ArrayList<>();
        String cursor = "0";
        int calls = 0;
        do {
            List<?> page = (List<?>) client.ask("SCAN", cursor, "COUNT", Integer.toString(count));
            cursor = (String) page.getFirst();
            ((List<?>) page.get(1)).forEach(key -> found.add((String) key));
            between.run();
            assertThat(calls++).as("calls").isLessThan(20_000);
            assertThat(Long.parseLong(cursor)).as("exact in JavaScript").isBetween(0L, 1L << 52);
        } while (!cursor.equals("0"));
        return found;
    }

    @ParameterizedTest
    @CsvSource({"1,true", "10,true", "1000,true", "1,false", "7,false", "1000,false"})
    void an_unchanging_keyspace_is_returned_exactly_once(int count, boolean hash) {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            keys.add((i % 3 == 0 ? "{tag}" : "") + (char) ('a' + i % 26) + "key:" + i);
        }
        worker.put(hash ? HASHED : ORDERED, keys);
        client.ask("SELECT", hash ? "0" : "ordered");
        assertThat(scan(count, () -> {})).containsExactlyInAnyOrderElementsOf(keys);
    }

    @ParameterizedTest
    @CsvSource({"1,true,1", "2,true,10", "3,true,100", "4,false,3", "5,false,50"})
    void what_stays_is_found_while_the_rest_changes(long seed, boolean hash, int count) {
        Random random = new Random(seed);
        Set<String> staying = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            staying.add((random.nextBoolean() ? "{t}" : "") + "stays" + random.nextInt(100_000));
        }
        KeyspaceRoute keyspace = hash ? HASHED : ORDERED;
        worker.put(keyspace, staying);
        client.ask("SELECT", hash ? "0" : "ordered");
        List<String> found = scan(count, () -> {
            for (int i = 0; i < 5; i++) {
                String key = (random.nextBoolean() ? "{t}" : "") + "comes" + random.nextInt(500);
                client.ask(random.nextBoolean() ? new String[] {"SET", key, ""} : new String[] {"DEL", key});
            }
        });
        assertThat(found).as("seed %d", seed).containsAll(staying);
    }

    @Test
    void a_scan_goes_on_when_its_place_is_forgotten() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            keys.add("{one slot}" + i);
            keys.add("others" + i);
        }
        worker.put(HASHED, keys);
        List<String> found = new ArrayList<>();
        String cursor = "0";
        for (int i = 0; i < 3; i++) {
            List<?> page = (List<?>) client.ask("SCAN", cursor, "COUNT", "300");
            cursor = (String) page.getFirst();
            ((List<?>) page.get(1)).forEach(key -> found.add((String) key));
        }
        long slot = Long.parseLong(cursor) >>> 38;
        String forgotten = Long.toString(slot << 38 | 12345); // a token of another life
        do {
            List<?> page = (List<?>) client.ask("SCAN", forgotten, "COUNT", "300");
            forgotten = (String) page.getFirst();
            ((List<?>) page.get(1)).forEach(key -> found.add((String) key));
        } while (!forgotten.equals("0"));
        assertThat(found).containsAll(keys);
    }

    @Test
    void a_cursor_of_a_range_keyspace_can_expire() {
        client.ask("SELECT", "ordered");
        assertThat(client.ask("SCAN", "12345"))
                .isEqualTo(new Err(
                        "ERR invalid cursor: it was given out long ago or before a restart, start again with 0"));
    }

    @Test
    void matching_leaves_pages_empty_but_goes_on() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            keys.add("key" + i);
        }
        worker.put(HASHED, keys);
        String cursor = "0";
        List<Object> found = new ArrayList<>();
        do {
            List<?> page = (List<?>) client.ask("SCAN", cursor, "MATCH", "key77?");
            cursor = (String) page.getFirst();
            found.addAll((List<?>) page.get(1));
        } while (!cursor.equals("0"));
        assertThat(found).hasSize(10);
    }
}
