package dev.kedge.worker.log;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.Encoded;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Ports;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Appends fences to the logs of shards whose owner is gone or mute; one for all shards of a worker. A fence that arrives twice, or
 * late, does no harm: a fence of an old routing version is void (R2). Thread-safe.
 */
public final class FenceWriter implements AutoCloseable {
    private static final int WAITING = 256;
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final LogSettings settings;
    private final ShardRecordCodec codec;
    private final ThreadPoolExecutor thread;
    /** Of the thread. */
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    public FenceWriter(LogSettings settings, ShardRecordCodec codec) {
        this.settings = settings;
        this.codec = codec;
        this.thread = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                task -> Thread.ofPlatform().daemon().name("kedge-fences").unstarted(task));
    }

    /** @param failed told why, on another thread, if the fence is not known to be in the log */
    void append(String topic, Bytes key, ShardRecord.Fence fence, Consumer<String> failed) {
        try {
            thread.execute(() -> send(topic, key, fence, failed));
        } catch (RejectedExecutionException e) {
            failed.accept(WAITING + " fences are waiting already, or the worker closes");
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    private void send(String topic, Bytes key, ShardRecord.Fence fence, Consumer<String> failed) {
        try {
            Encoded encoded = codec.encode(fence);
            producer().send(new ProducerRecord<>(topic, 0, key.array(), encoded.value()), (metadata, error) -> {
                if (error != null) {
                    failed.accept(String.valueOf(error.getMessage()));
                }
            });
        } catch (KafkaException e) {
            failed.accept(String.valueOf(e.getMessage()));
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open == null) {
            open = LogClients.producer(settings, Ports.Lane.FOREGROUND, "kedge-fences");
            producer = open;
        }
        return open;
    }

    /** Gives the fences that wait a moment to go out. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        KafkaProducer<byte[], byte[]> open = producer; // the thread has ended: nobody else has it now
        if (open != null) {
            open.close(CLOSE);
        }
    }
}
