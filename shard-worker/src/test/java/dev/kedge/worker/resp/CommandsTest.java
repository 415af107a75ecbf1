package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every command, with maps for shards. A command of the table that no test here sends fails the class. */
class CommandsTest extends CommandSemantics {
    private final OneWorker worker = new OneWorker();

    @Override
    Serving startWorker() {
        return worker;
    }

    @BeforeEach
    void answerByShard() {
        worker.shards.override = operation -> null;
    }

    @AfterAll
    void everyCommandWasSent() {
        Set<String> all = new TreeSet<>();
        for (Command command : CommandTable.create().all()) {
            all.add(command.name());
            command.subcommands().forEach(each -> all.add(each.name()));
        }
        all.removeAll(sent);
        assertThat(all).as("commands no test sends").isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TRY_AGAIN|TRYAGAIN why",
                "CROSS_SLOT|CROSSSLOT Keys in request don't hash to the same slot",
                "UNOWNED|CLUSTERDOWN why",
                "NOT_AN_INTEGER|ERR value is not an integer or out of range",
                "OVERFLOW|ERR increment or decrement would overflow",
                "TOO_LARGE|ERR why",
                "INDETERMINATE|INDETERMINATE the write may or may not have taken effect: why"
            })
    void failures_have_their_codes(Reply.Failure failure, String text) {
        worker.shards.override = operation -> new Reply.Failed(failure, "why");
        for (String[] command : new String[][] {{"GET", "k"}, {"SETNX", "k", "v"}, {"DBSIZE"}, {"SCAN", "0"}}) {
            assertThat(ask(command)).as(String.join(" ", command)).isEqualTo(err(text));
        }
    }

    @Test
    void the_cluster_is_told_from_the_routing_map() {
        long port = worker.port;
        String id = "2927b4649cf4307f990009a16d33a38ceea4c866"; // SHA-1 of "w1"
        assertThat(ask("CLUSTER", "MYID")).isEqualTo(id);
        assertThat(ask("CLUSTER", "SLOTS"))
                .isEqualTo(List.of(List.of(0L, 16383L, List.of("127.0.0.1", port, id, List.of()))));
        assertThat(ask("CLUSTER", "NODES"))
                .isEqualTo(id + " 127.0.0.1:" + port + "@0 myself,master - 0 0 8 connected 0-16383\n");
        List<Object> shard = list(askList("CLUSTER", "SHARDS").getFirst());
        assertThat(shard.subList(0, 3)).isEqualTo(List.of("slots", List.of(0L, 16383L), "nodes"));
        assertThat((String) ask("CLUSTER", "INFO"))
                .contains(
                        "cluster_state:ok", "cluster_slots_assigned:16384", "cluster_size:1", "cluster_known_nodes:1");
        assertThat(askList("CLUSTER", "HELP")).contains("KEYSLOT");
        assertThat(ask("CLUSTER", "MEET", "127.0.0.1", "1"))
                .isEqualTo(err("ERR unknown subcommand 'MEET'. Try CLUSTER HELP."));
    }

    @Test
    void info_has_its_sections() {
        ask("SET", "k", "v");
        assertThat((String) ask("INFO"))
                .contains(
                        "# Server\r\nredis_version:",
                        "# Clients\r\nconnected_clients:1\r\n",
                        "# Memory\r\nused_memory:")
                .contains(
                        "# Stats\r\n",
                        "# Cluster\r\ncluster_enabled:1\r\n",
                        "# Keyspace\r\n",
                        "kedge_version:0.1.0-test")
                .contains("# Kedge\r\nworker:w1\r\n", "routing_version:8\r\nshards:s1,s2\r\ntablets_owned:4\r\n");
        assertThat((String) ask("INFO", "keyspace"))
                .isEqualTo(String.join(
                        "\r\n",
                        "# Keyspace",
                        "db0:keys=1,expires=0,avg_ttl=0,keyspace=default,placement=HASH",
                        "ordered:keys=0,expires=0,avg_ttl=0,keyspace=ordered,placement=RANGE",
                        ""));
        assertThat((String) ask("INFO", "clients", "CLUSTER"))
                .startsWith("# Clients")
                .contains("# Cluster");
        assertThat((String) ask("INFO", "bogus")).isEmpty();
        await().untilAsserted(() -> assertThat((String) ask("INFO")).contains("db0:keys=1,"));
    }

    @Test
    void a_shard_gets_the_operation_with_data_keys() {
        List<Operation> seen = new CopyOnWriteArrayList<>();
        worker.shards.override = operation -> {
            seen.add(operation);
            return null;
        };
        ask("GET", "foo");
        assertThat(seen).containsExactly(new Operation.Get(Bytes.hex("0100000001" + "2f96" + "666f6f")));
    }
}
