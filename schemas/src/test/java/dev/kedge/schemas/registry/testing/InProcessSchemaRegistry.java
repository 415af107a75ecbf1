package dev.kedge.schemas.registry.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A schema registry in this process, over real HTTP on the loopback interface: the part of Confluent's REST API that clients
 * need to read and write messages. Holds every subject to BACKWARD compatibility; forgets everything when closed.
 */
public final class InProcessSchemaRegistry implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final @Nullable String authorization;
    private final SubjectVersions schemas = new SubjectVersions();

    private InProcessSchemaRegistry(HttpServer server, @Nullable String userAndPassword) {
        this.server = server;
        this.authorization = userAndPassword == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    /** On a free port, for anyone. */
    public static InProcessSchemaRegistry start() throws IOException {
        return start(0, null);
    }

    /**
     * @param port 0 for a free one
     * @param userAndPassword {@code user:password} every request must carry; null for anyone
     */
    public static InProcessSchemaRegistry start(int port, @Nullable String userAndPassword) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        InProcessSchemaRegistry registry = new InProcessSchemaRegistry(server, userAndPassword);
        server.createContext("/", registry::serve);
        server.start();
        return registry;
    }

    /** Without user. */
    public String url() {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** What is answered instead, with Confluent's error code, whose first three digits are the status. */
    private static final class Refusal extends Exception {
        private final int code;

        Refusal(int code, String message) {
            super(message);
            this.code = code;
        }

        int status() {
            return code < 1000 ? code : code / 100;
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        int status = 200;
        JsonNode body;
        try {
            if (authorization != null
                    && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                throw new Refusal(401, "Unauthorized");
            }
            body = answer(exchange);
        } catch (Refusal e) {
            status = e.status();
            body = JSON.createObjectNode().put("error_code", e.code).put("message", e.getMessage());
        }
        byte[] bytes = JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/vnd.schemaregistry.v1+json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private JsonNode answer(HttpExchange exchange) throws IOException, Refusal {
        List<String> path = Arrays.stream(
                        exchange.getRequestURI().getRawPath().substring(1).split("/", -1))
                .map(part -> URLDecoder.decode(part, StandardCharsets.UTF_8))
                .toList();
        String request = exchange.getRequestMethod() + " " + shape(path);
        return switch (request) {
            case "GET /subjects" -> strings(schemas.subjects());
            case "POST /subjects/*" -> lookUp(path.get(1), schema(exchange));
            case "GET /subjects/*/versions" -> versionNumbers(path.get(1));
            case "POST /subjects/*/versions" -> register(path.get(1), schema(exchange));
            case "GET /subjects/*/versions/*" -> describe(version(path.get(1), path.get(3)));
            case "GET /schemas/ids/*" -> byId(path.get(2));
            case "POST /compatibility/subjects/*/versions", "POST /compatibility/subjects/*/versions/*" -> {
                version(path.get(2), path.size() > 4 ? path.get(4) : "latest");
                yield compatibility(path.get(2), schema(exchange));
            }
            case "GET /config" -> JSON.createObjectNode().put("compatibilityLevel", "BACKWARD");
            default -> throw new Refusal(404, "HTTP 404 Not Found");
        };
    }

    /** The path with names and numbers replaced by stars. */
    private static String shape(List<String> path) {
        StringBuilder shape = new StringBuilder();
        for (String part : path) {
            boolean fixed = List.of("subjects", "versions", "schemas", "ids", "compatibility", "config")
                    .contains(part);
            shape.append('/').append(fixed ? part : "*");
        }
        return shape.toString();
    }

    private static Schema schema(HttpExchange exchange) throws IOException, Refusal {
        String text = JSON.readTree(exchange.getRequestBody().readAllBytes())
                .path("schema")
                .asText();
        try {
            return new Schema.Parser().parse(text);
        } catch (AvroRuntimeException e) {
            throw new Refusal(42201, "Invalid schema " + text + ": " + e.getMessage());
        }
    }

    private JsonNode register(String subject, Schema schema) throws Refusal {
        synchronized (schemas) {
            String obstacle = schemas.find(subject, schema) == null ? schemas.obstacle(subject, schema) : null;
            if (obstacle != null) {
                throw new Refusal(
                        409,
                        "Schema being registered is incompatible with an earlier schema for subject \"" + subject
                                + "\": " + obstacle);
            }
            return JSON.createObjectNode()
                    .put("id", schemas.add(subject, schema).id());
        }
    }

    private JsonNode lookUp(String subject, Schema schema) throws Refusal {
        requireSubject(subject);
        SubjectVersions.Version found = schemas.find(subject, schema);
        if (found == null) {
            throw new Refusal(40403, "Schema not found");
        }
        return describe(found);
    }

    private JsonNode versionNumbers(String subject) throws Refusal {
        ArrayNode numbers = JSON.createArrayNode();
        requireSubject(subject).forEach(version -> numbers.add(version.version()));
        return numbers;
    }

    private SubjectVersions.Version version(String subject, String number) throws Refusal {
        List<SubjectVersions.Version> versions = requireSubject(subject);
        if (number.equals("latest")) {
            return versions.get(versions.size() - 1);
        }
        for (SubjectVersions.Version version : versions) {
            if (number.equals(String.valueOf(version.version()))) {
                return version;
            }
        }
        throw new Refusal(40402, "Version " + number + " not found.");
    }

    private List<SubjectVersions.Version> requireSubject(String subject) throws Refusal {
        List<SubjectVersions.Version> versions = schemas.versions(subject);
        if (versions.isEmpty()) {
            throw new Refusal(40401, "Subject '" + subject + "' not found.");
        }
        return versions;
    }

    private JsonNode byId(String id) throws Refusal {
        Schema schema = id.matches("[0-9]{1,9}") ? schemas.byId(Integer.parseInt(id)) : null;
        if (schema == null) {
            throw new Refusal(40403, "Schema " + id + " not found");
        }
        return JSON.createObjectNode().put("schema", schema.toString());
    }

    private JsonNode compatibility(String subject, Schema schema) {
        return JSON.createObjectNode().put("is_compatible", schemas.obstacle(subject, schema) == null);
    }

    private static ObjectNode describe(SubjectVersions.Version version) {
        return JSON.createObjectNode()
                .put("subject", version.subject())
                .put("id", version.id())
                .put("version", version.version())
                .put("schema", version.schema().toString());
    }

    private static ArrayNode strings(List<String> items) {
        ArrayNode array = JSON.createArrayNode();
        items.forEach(array::add);
        return array;
    }
}
