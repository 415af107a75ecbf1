package dev.kedge.bench;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.avro.Encoded;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What every row or request pays: encoding, judging, routing. Rows of 16-byte keys and 100-byte values. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HotPathBench {
    private static final int KEYS = 4_096;

    /** Tablets of the keyspace. */
    @Param({"16", "4096"})
    public int tablets;

    private final Bytes[] keys = new Bytes[KEYS];
    private final Bytes[] dataKeys = new Bytes[KEYS];
    private final Bytes[] positions = new Bytes[KEYS];
    private final ShardRecord.Import row = new ShardRecord.Import(3, 77, "m12", 1, 123_456_789L, new byte[100]);
    private final ShardRecordCodec codec = KedgeSerdes.bundled().shardRecords();
    private Encoded encoded = codec.encode(row);
    private Judge judge = new Judge();
    private RoutingMap map = RoutingMap.EMPTY;
    private int at;
    private long offset;

    @Setup
    public void prepare() {
        for (int i = 0; i < KEYS; i++) {
            keys[i] = Bytes.wrap(String.format("key:%012d", i * 7_919L).getBytes(StandardCharsets.US_ASCII));
            positions[i] = Placement.HASH.position(keys[i]);
            dataKeys[i] = ShardKeys.data(1, positions[i]);
        }
        judge.judge(0, Bytes.EMPTY, new ShardRecord.Opened(3, 77, 2_000, "w"));
        RoutingMap.Builder builder = RoutingMap.EMPTY.builder();
        KeyspaceRoute keyspace = new KeyspaceRoute("default", 1, Placement.HASH);
        builder.apply(0, keyspace.key(), keyspace);
        int width = Slots.COUNT / tablets;
        for (int i = 0; i < tablets; i++) {
            Bytes start = i == 0 ? Bytes.EMPTY : Slots.bound(i * width);
            Bytes end = i == tablets - 1 ? null : Slots.bound((i + 1) * width);
            RoutingRecord route = new TabletRoute("default", start, "shard-" + i % 8, null);
            builder.apply(i + 1L, route.key(), route);
            judge.judge(i + 1L, Bytes.EMPTY, new ShardRecord.Created(3, 77, 1, new KeyRange(start, end), i + 1L));
        }
        map = builder.build();
        offset = tablets + 1L;
        encoded = codec.encode(row);
    }

    private int next() {
        at = (at + 1) & (KEYS - 1);
        return at;
    }

    @Benchmark
    public Encoded encodeImport() {
        return codec.encode(row);
    }

    @Benchmark
    public ShardRecord decodeImport() {
        return codec.decode(encoded.value(), name -> null);
    }

    @Benchmark
    public Judge.Verdict judgeChange() {
        return judge.judge(offset++, dataKeys[next()], new ShardRecord.Change(3, 77, row.value()));
    }

    @Benchmark
    public RoutingMap.@Nullable Tablet routeLookup() {
        return map.route("default", positions[next()]);
    }

    @Benchmark
    public Bytes hashPosition() {
        return Placement.HASH.position(keys[next()]);
    }
}
