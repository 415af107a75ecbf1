package dev.kedge.worker.log;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.Encoded;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.ShardEngine;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * One lane's producer from one reset to the next. It connects on a helper thread, since that takes a while; what is appended before
 * waits here. The loop's, but for {@link #connect}.
 *
 * <p>What the foreground lane appends is encoded and handed to the producer at once, by the loop: clients wait for it. The bulk lane has a thread
 * for that, since it costs more than all else the loop does for an imported row. Either way each lane keeps its order.
 */
final class LaneProducer {
    /** A lane that connects for longer than this has failed. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);

    private static final int DRAINED_AT_ONCE = 500;
    private static final List<Header> NO_HEADERS = List.of();

    private final LogTopic topic;
    private final LogSettings settings;
    private final ShardRecordCodec codec;
    private final Ports.Lane lane;
    private final Executor sender;
    private final Runnable endSender;
    private final AckBuffer acks;
    private final EngineInbox inbox;

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private boolean ready;
    private @Nullable String failure;

    /** Both guarded by this: whoever comes second, the connecting thread or the one who gives up, closes the producer. */
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    private boolean givenUp;

    private record Waiting(long token, Bytes key, ShardRecord record) {}

    LaneProducer(
            LogTopic topic,
            LogSettings settings,
            ShardRecordCodec codec,
            Ports.Lane lane,
            AckBuffer acks,
            EngineInbox inbox) {
        this.topic = topic;
        this.settings = settings;
        this.codec = codec;
        this.lane = lane;
        this.acks = acks;
        this.inbox = inbox;
        if (lane == Ports.Lane.FOREGROUND) {
            sender = Runnable::run;
            endSender = () -> {};
        } else {
            // Its queue is bounded by the engine, which has only so many imports and evictions in flight.
            ExecutorService thread = Executors.newSingleThreadExecutor(task -> Thread.ofPlatform()
                    .daemon()
                    .name("kedge-bulk-" + topic.name())
                    .unstarted(task));
            sender = thread;
            endSender = thread::shutdownNow;
        }
    }

    /** On the helper thread. */
    void connect() {
        KafkaProducer<byte[], byte[]> connected = null;
        try {
            String clientId = topic.name() + (lane == Ports.Lane.BULK ? ".bulk" : ".writes");
            connected = LogClients.producer(settings, lane, clientId);
            awaitTopic(connected);
            if (keep(connected)) {
                inbox.post(engine -> begin());
            }
        } catch (KafkaException e) {
            if (connected != null) {
                connected.close(Duration.ZERO);
            }
            inbox.post(engine -> fail("cannot append to " + topic.name() + ": " + e.getMessage()));
        }
    }

    private void awaitTopic(KafkaProducer<byte[], byte[]> connected) {
        long deadline = System.nanoTime() + CONNECT_TIMEOUT.toNanos();
        while (!isGivenUp()) {
            try {
                connected.partitionsFor(topic.name());
                return;
            } catch (TimeoutException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    private synchronized boolean isGivenUp() {
        return givenUp;
    }

    private boolean keep(KafkaProducer<byte[], byte[]> connected) {
        synchronized (this) {
            if (!givenUp) {
                producer = connected;
                return true;
            }
        }
        connected.close(Duration.ZERO);
        return false;
    }

    void send(long token, Bytes key, ShardRecord record) {
        if (ready) {
            sender.execute(() -> sendNow(token, key, record));
        } else if (failure != null) {
            answer(token, failure);
        } else {
            waiting.add(new Waiting(token, key, record));
        }
    }

    /** No more appends. What is in flight may still arrive in the log, but nobody hears of it. */
    void giveUp() {
        ready = false;
        failure = "the log was reset";
        waiting.clear();
        endSender.run();
        KafkaProducer<byte[], byte[]> last;
        synchronized (this) {
            givenUp = true;
            last = producer;
            producer = null;
        }
        if (last != null) {
            last.close(Duration.ZERO);
        }
    }

    private void begin() {
        if (isGivenUp()) {
            return;
        }
        ready = true;
        while (!waiting.isEmpty()) {
            Waiting next = waiting.remove();
            send(next.token, next.key, next.record);
        }
    }

    private void fail(String reason) {
        if (isGivenUp()) {
            return;
        }
        failure = reason;
        while (!waiting.isEmpty()) {
            answer(waiting.remove().token, reason);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    private void sendNow(long token, Bytes key, ShardRecord record) {
        KafkaProducer<byte[], byte[]> to;
        synchronized (this) {
            to = producer;
        }
        if (to == null) {
            return;
        }
        try {
            to.send(encode(key, record), (metadata, error) -> acknowledged(token, metadata, error));
        } catch (KafkaException | IllegalStateException | IllegalArgumentException e) {
            answer(token, String.valueOf(e.getMessage()));
        }
    }

    private ProducerRecord<byte[], byte[]> encode(Bytes key, ShardRecord record) {
        Encoded encoded = codec.encode(record);
        List<Header> headers = NO_HEADERS;
        if (!encoded.headers().isEmpty()) {
            headers = new ArrayList<>(encoded.headers().size());
            for (Encoded.Header header : encoded.headers()) {
                headers.add(new RecordHeader(header.name(), header.value()));
            }
        }
        return new ProducerRecord<>(topic.name(), 0, key.array(), encoded.value(), headers);
    }

    /** On the producer's thread. */
    private void acknowledged(long token, @Nullable RecordMetadata metadata, @Nullable Exception error) {
        boolean first;
        if (error != null) {
            first = acks.add(token, -1, -1, String.valueOf(error.getMessage()));
        } else if (metadata != null && metadata.hasOffset()) {
            first = acks.add(token, metadata.offset(), metadata.timestamp(), null);
        } else {
            first = acks.add(token, -1, -1, null);
        }
        if (first) {
            inbox.post(this::drain);
        }
    }

    private void answer(long token, String reason) {
        if (acks.add(token, -1, -1, reason)) {
            inbox.post(this::drain);
        }
    }

    /** By the slice: between two slices of a burst the loop gets to what else there is. */
    private void drain(ShardEngine engine) {
        if (acks.drain(engine, DRAINED_AT_ONCE)) {
            inbox.post(this::drain);
        }
    }
}
