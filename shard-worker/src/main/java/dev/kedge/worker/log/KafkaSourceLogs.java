package dev.kedge.worker.log;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Ports;
import java.util.HashMap;
import java.util.Map;

/**
 * The logs of other shards that this one replays: a thread with a consumer for each. All methods are for the shard's loop.
 *
 * <p>A source that failed delivers nothing more; close it and open another.
 */
public final class KafkaSourceLogs implements Ports.SourceLogs, AutoCloseable {
    private final String shard;
    private final LogSettings settings;
    private final LogDecoder decoder;
    private final FenceWriter fences;
    private final EngineInbox inbox;
    private final Map<Long, SourceReader> open = new HashMap<>();

    /** @param shard the one that reads */
    public KafkaSourceLogs(
            String shard, LogSettings settings, ShardRecordCodec codec, FenceWriter fences, EngineInbox inbox) {
        this.shard = shard;
        this.settings = settings;
        this.decoder = new LogDecoder(codec);
        this.fences = fences;
        this.inbox = inbox;
    }

    @Override
    public void open(long sourceId, String topic, long from) {
        SourceReader reader = new SourceReader(sourceId, shard, topic, from, settings, decoder, inbox);
        SourceReader before = open.putIfAbsent(sourceId, reader);
        if (before != null) {
            throw new IllegalStateException("source " + sourceId + " of shard " + shard + " is open already");
        }
        reader.start();
    }

    @Override
    public void pause(long sourceId, boolean paused) {
        SourceReader reader = open.get(sourceId);
        if (reader != null) {
            reader.pause(paused);
        }
    }

    @Override
    public void close(long sourceId) {
        SourceReader reader = open.remove(sourceId);
        if (reader != null) {
            reader.close();
        }
    }

    @Override
    public void appendFence(long sourceId, Bytes key, ShardRecord.Fence fence) {
        SourceReader reader = open.get(sourceId);
        if (reader == null) {
            throw new IllegalStateException("source " + sourceId + " of shard " + shard + " is not open");
        }
        fences.append(reader.topic(), key, fence, reason -> reader.fail("cannot append the fence: " + reason));
    }

    @Override
    public void close() {
        open.values().forEach(SourceReader::close);
        open.clear();
    }
}
