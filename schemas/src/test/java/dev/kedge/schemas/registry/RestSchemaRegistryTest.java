package dev.kedge.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.avro.MessageSerde;
import dev.kedge.schemas.avro.Schemas;
import dev.kedge.schemas.registry.testing.InProcessSchemaRegistry;
import dev.kedge.schemas.report.Report;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RestSchemaRegistryTest {
    private static final Schema V1 =
            SchemaBuilder.record("R").fields().requiredString("a").endRecord();
    private static final Schema V2 = SchemaBuilder.record("R")
            .fields()
            .requiredString("a")
            .optionalInt("b")
            .endRecord();
    private static final Schema BROKEN =
            SchemaBuilder.record("R").fields().requiredInt("c").endRecord();

    @Test
    void schemas_get_ids_and_are_found_by_them() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start()) {
            SchemaRegistry registry = SchemaRegistries.of(server.url() + "/");

            int first = registry.register("dev.kedge.R", V1);
            int second = registry.register("dev.kedge.R", V2);

            assertThat(second).isNotEqualTo(first);
            assertThat(registry.register("dev.kedge.R", V1)).isEqualTo(first);
            assertThat(registry.register("of another/name ?", V1)).isEqualTo(first);
            assertThat(registry.byId(first)).isEqualTo(V1);
            assertThat(registry.byId(second)).isEqualTo(V2);
        }
    }

    @Test
    void an_incompatible_schema_is_refused_and_foreseen() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start()) {
            SchemaRegistry registry = SchemaRegistries.of(server.url());
            assertThat(registry.compatible("r", BROKEN)).isTrue();
            registry.register("r", V1);

            assertThat(registry.compatible("r", V2)).isTrue();
            assertThat(registry.compatible("r", BROKEN)).isFalse();
            assertThatThrownBy(() -> registry.register("r", BROKEN))
                    .isInstanceOf(IncompatibleSchemaException.class)
                    .hasMessageContaining("for r:")
                    .hasMessageContaining("READER_FIELD_MISSING_DEFAULT_VALUE");
        }
    }

    @Test
    void an_unknown_id_is_named() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start()) {
            assertThatThrownBy(() -> SchemaRegistries.of(server.url()).byId(42))
                    .isInstanceOf(UnknownSchemaException.class)
                    .hasMessageContaining("id 42")
                    .hasMessageContaining(server.url());
        }
    }

    @Test
    void messages_travel_under_the_servers_ids_and_a_second_process_reads_them() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start()) {
            SchemaRegistries.of(server.url()).register("something else", V1);
            Report message = new Report.Fenced("shard-1", "m-1", 1, 77, 1300);

            MessageSerde<Report> writer = new KedgeSerdes(SchemaRegistries.of(server.url())).reports();
            MessageSerde<Report> reader = new KedgeSerdes(SchemaRegistries.of(server.url())).reports();

            assertThat(writer.id()).isNotEqualTo(KedgeSerdes.bundled().reports().id());
            assertThat(reader.fromBytes(writer.toBytes(message))).isEqualTo(message);
        }
    }

    @Test
    void user_and_password_of_the_url_are_sent_and_never_shown() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start(0, "alice:s3cret")) {
            String address = server.url().substring("http://".length());

            assertThat(SchemaRegistries.of("http://alice:s3cret@" + address).register("r", V1))
                    .isEqualTo(1);
            assertThatThrownBy(() ->
                            SchemaRegistries.of("http://alice:wr0ng@" + address).register("r", V1))
                    .isInstanceOf(SchemaRegistryException.class)
                    .hasMessageContaining("answered 401")
                    .hasMessageContaining(server.url())
                    .hasMessageNotContaining("wr0ng");
        }
    }

    @Test
    void a_registry_that_is_not_there_is_unreachable_and_named() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        String url = "http://127.0.0.1:" + free;

        assertThatThrownBy(() -> new KedgeSerdes(SchemaRegistries.of(url)))
                .isInstanceOf(SchemaRegistryUnreachable.class)
                .hasMessageContaining(url)
                .hasMessageContaining("--schema-registry")
                .hasMessageContaining("register the schema of dev.kedge.avro.CommandEnvelope");
    }

    @Test
    void a_registry_that_does_not_answer_is_unreachable_in_bounded_time() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Duration timeout = Duration.ofMillis(200);
            RestSchemaRegistry registry = new RestSchemaRegistry(
                    new RegistrySettings("http://127.0.0.1:" + silent.getLocalPort(), null, timeout, timeout));

            assertThatThrownBy(() -> registry.byId(1))
                    .isInstanceOf(SchemaRegistryUnreachable.class)
                    .hasMessageContaining("timed out");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            503 | <html>busy</html> | SchemaRegistryUnreachable | answered 503
            429 | {"error_code":429,"message":"slow down"} | SchemaRegistryUnreachable | slow down
            500 | {"error_code":50001,"message":"store"} | SchemaRegistryUnreachable | store
            404 | <html>nothing here</html> | SchemaRegistryException | Is this where Confluent's REST API begins
            200 | <html>hello</html> | SchemaRegistryException | Is this where Confluent's REST API begins
            200 | {"schema":"{\\"type\\":\\"nonsense\\"}"} | SchemaRegistryException | is no Avro schema
            400 | {"error_code":400,"message":"what?"} | SchemaRegistryException | what?
            """)
    void other_answers_are_told_apart(int status, String body, String exception, String message) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            SchemaRegistry registry = SchemaRegistries.of(
                    "http://127.0.0.1:" + server.getAddress().getPort());
            assertThatThrownBy(() -> registry.byId(1))
                    .hasMessageContaining(message)
                    .extracting(e -> e.getClass().getSimpleName())
                    .isEqualTo(exception);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void an_invalid_schema_is_refused() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] bytes = "{\"error_code\":42201,\"message\":\"bad default\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(422, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            SchemaRegistry registry = SchemaRegistries.of(
                    "http://127.0.0.1:" + server.getAddress().getPort());
            assertThatThrownBy(() -> registry.register("r", V1))
                    .isInstanceOf(SchemaRegistryException.class)
                    .hasMessageContaining("as invalid: bad default");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void the_bundled_registry_is_chosen_by_name() {
        assertThat(SchemaRegistries.of("bundled:")).isInstanceOf(BundledSchemaRegistry.class);
        assertThat(SchemaRegistries.of("bundled:").byId(6)).isEqualTo(Schemas.COMMAND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "bundled", "localhost:8081", "ftp://host", "http://", "http:///x", "http://a b", "http:x"})
    void what_is_no_registry_is_refused(String url) {
        assertThatThrownBy(() -> SchemaRegistries.of(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Give 'bundled:', or the http(s)://host:port URL");
    }
}
