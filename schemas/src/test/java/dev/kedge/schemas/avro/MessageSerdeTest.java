package dev.kedge.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.registry.BundledSchemaRegistry;
import dev.kedge.schemas.registry.SchemaRegistry;
import dev.kedge.schemas.registry.UnknownSchemaException;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.shard.ShardRecord;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

final class MessageSerdeTest {
    private final KedgeSerdes serdes = KedgeSerdes.bundled();

    /** Logs hold these bytes too. */
    @Test
    void what_was_written_with_an_earlier_schema_is_read_the_same() {
        assertThat(serdes.commands().fromBytes(HexFormat.of().parseHex("00000000010a616c69636580a0abfef9620e066d2d31")))
                .isEqualTo(new CommandEnvelope("alice", 1_700_000_000_000L, new Command.PauseMigration("m-1")));
        assertThat(serdes.events()
                        .fromBytes(
                                HexFormat.of()
                                        .parseHex(
                                                "00000000020e80a0abfef9621863656c6c2e7265706f727473d8040a6b6564676534066d2d3100a01f"))
                        .event())
                .isEqualTo(new Event.CutoverCommitted("m-1", false, 2_000));
    }

    /** Logs hold these bytes. A change here is a change of format, not of a test. */
    @Test
    void the_bytes_on_the_wire_stay_what_they_are() {
        assertThat(hex(serdes.commands()
                        .toBytes(new CommandEnvelope("alice", 1_700_000_000_000L, new Command.PauseMigration("m-1")))))
                .isEqualTo("00000000060a616c69636580a0abfef9620e066d2d31");
        assertThat(hex(serdes.events()
                        .toBytes(new EventEnvelope(
                                7,
                                1_700_000_000_000L,
                                new EventEnvelope.Cause("cell.reports", 300),
                                "kedge",
                                new Event.CutoverCommitted("m-1", false, 2_000)))))
                .isEqualTo("00000000070e80a0abfef9621863656c6c2e7265706f727473d8040a6b6564676534066d2d3100a01f");
        assertThat(hex(serdes.reports().toBytes(new Report.Fenced("shard-1", "m-1", 1, 77, 1300))))
                .isEqualTo("0000000003080e73686172642d31066d2d31029a01a814");
        assertThat(hex(serdes.routing()
                        .toBytes(new RoutingRecord.TabletRoute(
                                "accounts",
                                Bytes.hex("1000"),
                                "shard-1",
                                new RoutingRecord.MigrationRoute(
                                        "m-1",
                                        1,
                                        Phase.CUTOVER,
                                        false,
                                        "shard-2",
                                        ImportBase.FRESH,
                                        10,
                                        1,
                                        List.of(),
                                        false,
                                        0,
                                        1_000,
                                        2_000)))))
                .isEqualTo(
                        "000000000406106163636f756e74730410000e73686172642d3102066d2d31020a000e73686172642d32001402000000d00fa01f0000");
        assertThat(hex(serdes.routing().toBytes(new RoutingRecord.KeyspaceRoute("accounts", 1, Placement.HASH))))
                .isEqualTo("000000000400106163636f756e74730200");
        assertThat(hex(shard(new ShardRecord.Change(1, 2, new byte[] {(byte) 0xca, (byte) 0xfe}))))
                .isEqualTo("00000000050002040204cafe");
        assertThat(hex(shard(new ShardRecord.Import(1, 2, "m-1", 1, 300, new byte[] {1}))))
                .isEqualTo("0000000005020204066d2d3102d804020201");
        assertThat(hex(serdes.shardRecords()
                        .encode(new ShardRecord.EvictRow(1, 2, 30, "m-1", 1))
                        .headers()
                        .get(0)
                        .value()))
                .isEqualTo("00000000050402043c066d2d3102");
    }

    private byte[] shard(ShardRecord record) {
        return serdes.shardRecords().encode(record).value();
    }

    @Test
    void what_is_not_in_wire_format_is_refused() {
        assertThatThrownBy(() -> serdes.commands().fromBytes(new byte[] {0, 0, 0, 0}))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("wire format")
                .hasMessageContaining("this has 4");
        assertThatThrownBy(() ->
                        serdes.commands().fromBytes(Bytes.utf8("{\"json\":1}").array()))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("first byte is 0; this one's is 123");
    }

    @Test
    void an_id_the_registry_does_not_have_is_named() {
        assertThatThrownBy(() -> serdes.commands().fromBytes(new byte[] {0, 0, 1, 0, 0, 0}))
                .isInstanceOf(UnknownSchemaException.class)
                .hasMessageContaining("id 65536")
                .hasMessageContaining("upgrade");
    }

    @Test
    void a_message_of_another_kind_is_refused() {
        byte[] report = serdes.reports().toBytes(new Report.Fenced("shard-1", "m-1", 1, 77, 1300));

        assertThatThrownBy(() -> serdes.commands().fromBytes(report))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("CommandEnvelope")
                .hasMessageContaining("dev.kedge.avro.Report");
    }

    @Test
    void the_registry_is_asked_once_per_id() {
        List<Integer> asked = new ArrayList<>();
        SchemaRegistry bundled = new BundledSchemaRegistry();
        SchemaRegistry counting = new SchemaRegistry() {
            @Override
            public int register(String subject, Schema schema) {
                return bundled.register(subject, schema);
            }

            @Override
            public Schema byId(int id) {
                asked.add(id);
                return bundled.byId(id);
            }

            @Override
            public boolean compatible(String subject, Schema schema) {
                return bundled.compatible(subject, schema);
            }
        };
        MessageSerde<Report> reports = new KedgeSerdes(counting).reports();
        byte[] bytes = reports.toBytes(new Report.Fenced("shard-1", "m-1", 1, 77, 1300));

        for (int i = 0; i < 10; i++) {
            assertThat(reports.fromBytes(bytes)).isInstanceOf(Report.Fenced.class);
        }

        assertThat(asked).containsExactly(reports.id());
    }

    private static String hex(byte[] bytes) {
        return Bytes.wrap(bytes).toHex();
    }
}
