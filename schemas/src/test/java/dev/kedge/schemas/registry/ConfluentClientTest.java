package dev.kedge.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.schemas.avro.Schemas;
import dev.kedge.schemas.registry.testing.InProcessSchemaRegistry;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.junit.jupiter.api.Test;

/**
 * Confluent's own client, as Flink ships it, and ours mean the same by the same server. Holds the in-process server, which
 * our client is tested against, to what the real client expects of one.
 */
final class ConfluentClientTest {
    @Test
    void both_clients_agree_on_ids_schemas_and_compatibility() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start()) {
            SchemaRegistry ours = SchemaRegistries.of(server.url());
            CachedSchemaRegistryClient theirs = new CachedSchemaRegistryClient(server.url(), 100);
            String subject = Schemas.SHARD.getFullName();

            int id = ours.register(subject, Schemas.SHARD);

            assertThat(theirs.getSchemaById(id).canonicalString()).isEqualTo(Schemas.SHARD.toString());
            assertThat(theirs.register(subject, new AvroSchema(Schemas.SHARD.toString())))
                    .isEqualTo(id);
            assertThat(theirs.getId(subject, new AvroSchema(Schemas.SHARD.toString())))
                    .isEqualTo(id);
            assertThat(theirs.getAllSubjects()).containsExactly(subject);
            assertThat(theirs.getAllVersions(subject)).containsExactly(1);
            assertThat(theirs.getLatestSchemaMetadata(subject).getId()).isEqualTo(id);

            int other = theirs.register("other", new AvroSchema(Schemas.REPORT.toString()));
            assertThat(ours.byId(other)).isEqualTo(Schemas.REPORT);
            assertThat(ours.register("other", Schemas.REPORT)).isEqualTo(other);

            Schema broken = SchemaBuilder.record("ShardRecord")
                    .namespace("dev.kedge.avro")
                    .fields()
                    .requiredInt("x")
                    .endRecord();
            assertThat(theirs.testCompatibility(subject, new AvroSchema(broken.toString())))
                    .isEqualTo(ours.compatible(subject, broken))
                    .isFalse();
            assertThatThrownBy(() -> theirs.register(subject, new AvroSchema(broken.toString())))
                    .isInstanceOfSatisfying(
                            RestClientException.class,
                            e -> assertThat(e.getStatus()).isEqualTo(409));
            assertThatThrownBy(() -> theirs.getSchemaById(4711))
                    .isInstanceOfSatisfying(
                            RestClientException.class,
                            e -> assertThat(e.getErrorCode()).isEqualTo(40403));
        }
    }

    @Test
    void the_real_client_logs_in_as_ours_does() throws Exception {
        try (InProcessSchemaRegistry server = InProcessSchemaRegistry.start(0, "alice:s3cret")) {
            CachedSchemaRegistryClient theirs = new CachedSchemaRegistryClient(
                    List.of(server.url()),
                    10,
                    Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "alice:s3cret"));

            assertThat(theirs.register("r", new AvroSchema(Schemas.REPORT.toString())))
                    .isEqualTo(1);
        }
    }
}
