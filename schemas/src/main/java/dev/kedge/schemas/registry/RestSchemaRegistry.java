package dev.kedge.schemas.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * A registry server with Confluent's REST API: Confluent's own, Apicurio, Karapace, Redpanda. Whether it holds subjects to
 * BACKWARD compatibility is its operator's choice (Apicurio's default is NONE); this build's own schemas are checked
 * against their history anyway. Thread-safe.
 */
public final class RestSchemaRegistry implements SchemaRegistry {
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistrySettings settings;
    private final HttpClient http;

    /** Does not connect yet. */
    public RestSchemaRegistry(RegistrySettings settings) {
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(settings.connectTimeout())
                .build();
    }

    private record Answer(int status, JsonNode body) {
        boolean isOk() {
            return status >= 200 && status < 300;
        }

        /** Confluent's finer code: absent, then 0, where what answers is no registry. */
        int errorCode() {
            return body.path("error_code").asInt();
        }

        String message() {
            return body.path("message").asText("without saying why");
        }
    }

    @Override
    public int register(String subject, Schema schema) {
        String asked = "register the schema of " + subject;
        Answer answer = post("/subjects/" + encode(subject) + "/versions", schema, asked);
        if (answer.status == 409) {
            throw new IncompatibleSchemaException(subject, answer.message());
        }
        if (answer.status == 422) {
            throw new SchemaRegistryException(
                    "the schema registry at " + settings + " refused to " + asked + " as invalid: " + answer.message());
        }
        JsonNode id = requireOk(answer, asked).path("id");
        if (!id.isInt()) {
            throw unexpected(asked, "no id");
        }
        return id.intValue();
    }

    @Override
    public Schema byId(int id) {
        String asked = "give the schema with id " + id;
        Answer answer = send(request("/schemas/ids/" + id).GET().build(), asked);
        if (answer.status == 404 && answer.errorCode() != 0) {
            throw new UnknownSchemaException(
                    id,
                    "the schema registry at " + settings,
                    "Is it the registry of this cell? The message was written through another one, or the schema was deleted"
                            + " there.");
        }
        JsonNode schema = requireOk(answer, asked).path("schema");
        if (!schema.isTextual()) {
            throw unexpected(asked, "no schema");
        }
        try {
            return new Schema.Parser().parse(schema.textValue());
        } catch (SchemaParseException e) {
            throw new SchemaRegistryException(
                    "the schema with id " + id + " in " + settings + " is no Avro schema: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean compatible(String subject, Schema schema) {
        String asked = "compare the schema of " + subject + " with the latest one";
        Answer answer = post("/compatibility/subjects/" + encode(subject) + "/versions/latest", schema, asked);
        if (answer.status == 404 && answer.errorCode() != 0) {
            return true;
        }
        JsonNode compatible = requireOk(answer, asked).path("is_compatible");
        if (!compatible.isBoolean()) {
            throw unexpected(asked, "no verdict");
        }
        return compatible.booleanValue();
    }

    private Answer post(String path, Schema schema, String asked) {
        String body = JSON.createObjectNode().put("schema", schema.toString()).toString();
        HttpRequest request = request(path)
                .header("Content-Type", CONTENT_TYPE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return send(request, asked);
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(settings.url() + path))
                .timeout(settings.requestTimeout())
                .header("Accept", CONTENT_TYPE + ", application/json");
        String user = settings.userAndPassword();
        if (user != null) {
            byte[] credentials = user.getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
        }
        return request;
    }

    private Answer send(HttpRequest request, String asked) {
        HttpResponse<String> response;
        try {
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new SchemaRegistryUnreachable(
                    "the schema registry at " + settings + " cannot be reached to " + asked + ": " + reason
                            + ". Check that it runs and that --schema-registry names its URL; a cell can do without one"
                            + " ('" + SchemaRegistries.BUNDLED + "').",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchemaRegistryException("interrupted while waiting for the schema registry to " + asked, e);
        }
        return new Answer(response.statusCode(), parse(response.body()));
    }

    /** Proxies answer with pages; the status then has to say enough. */
    private static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private JsonNode requireOk(Answer answer, String asked) {
        if (answer.isOk()) {
            return answer.body;
        }
        String what = "the schema registry at " + settings + " answered " + answer.status + " when asked to " + asked
                + ": " + answer.message();
        if (answer.status >= 500 || answer.status == 429) {
            throw new SchemaRegistryUnreachable(what + ". It may be able to later.");
        }
        if (answer.status == 401 || answer.status == 403) {
            throw new SchemaRegistryException(
                    what + ". Give a user it lets in: --schema-registry http://user:password@host:port");
        }
        if (answer.status == 404 && answer.errorCode() == 0) {
            throw new SchemaRegistryException(
                    what + ". Is this where Confluent's REST API begins? (Apicurio: http://host:port/apis/ccompat/v7)");
        }
        throw new SchemaRegistryException(what);
    }

    private SchemaRegistryException unexpected(String asked, String lacking) {
        return new SchemaRegistryException("the schema registry at " + settings + ", asked to " + asked
                + ", answered with " + lacking + ". Is this where Confluent's REST API begins?");
    }

    private static String encode(String subject) {
        return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
