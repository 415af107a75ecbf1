package dev.kedge.worker.log;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Ports;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard's own log on Kafka: a producer per lane, and a consumer that stays assigned, so that reading a gap is one round trip.
 *
 * <p>All methods are for the shard's loop. Producers connect, and records are read, on a helper thread.
 */
public final class KafkaLog implements Ports.Log, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaLog.class);
    private static final int CLOSE_SECONDS = 10;

    private final LogTopic topic;
    private final LogSettings settings;
    private final ShardRecordCodec codec;
    private final EngineInbox inbox;
    private final ExecutorService helper;
    private final LogReader reader;

    private AckBuffer acks = new AckBuffer();
    private LaneProducer foreground;
    private @Nullable LaneProducer bulk;

    /** The topic must have been checked: {@link LogTopic#check}. */
    public KafkaLog(LogTopic topic, LogSettings settings, ShardRecordCodec codec, EngineInbox inbox) {
        this.topic = topic;
        this.settings = settings;
        this.codec = codec;
        this.inbox = inbox;
        this.helper = Executors.newSingleThreadExecutor(task ->
                Thread.ofPlatform().daemon().name("kedge-log-" + topic.name()).unstarted(task));
        this.reader = new LogReader(topic, settings, new LogDecoder(codec), inbox);
        this.foreground = connect(Ports.Lane.FOREGROUND);
        helper.execute(reader::warm);
    }

    @Override
    public void append(long token, Ports.Lane lane, Bytes key, ShardRecord record) {
        switch (lane) {
            case FOREGROUND -> foreground.send(token, key, record);
            case BULK -> {
                LaneProducer to = bulk;
                if (to == null) {
                    to = connect(Ports.Lane.BULK);
                    bulk = to;
                }
                to.send(token, key, record);
            }
        }
    }

    @Override
    public void read(long readId, long from, long to) {
        LogReader.Read read = reader.begin(readId, from, to);
        helper.execute(() -> reader.run(read));
    }

    @Override
    public void reset() {
        giveUp();
        acks = new AckBuffer();
        foreground = connect(Ports.Lane.FOREGROUND);
        bulk = null;
    }

    /** Gives up what is in flight. The engine hears nothing any more. */
    @Override
    public void close() {
        reader.giveUp();
        giveUp();
        helper.execute(reader::close);
        helper.shutdown();
        try {
            if (!helper.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The reader of {} did not end within {} s", topic.name(), CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveUp() {
        acks.giveUp();
        reader.cancelAll();
        foreground.giveUp();
        if (bulk != null) {
            bulk.giveUp();
        }
    }

    private LaneProducer connect(Ports.Lane lane) {
        LaneProducer producer = new LaneProducer(topic, settings, codec, lane, acks, inbox);
        helper.execute(producer::connect);
        return producer;
    }
}
