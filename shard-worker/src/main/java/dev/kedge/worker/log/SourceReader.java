package dev.kedge.worker.log;

import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Logged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows one source's log on a thread of its own and hands what it reads to the loop, as fast as the loop takes it. */
final class SourceReader {
    private static final Logger LOG = LoggerFactory.getLogger(SourceReader.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    /** How often a source that is paused is asked where it ends. */
    private static final Duration END_INTERVAL = Duration.ofMillis(500);

    private static final Duration UNREACHABLE = Duration.ofSeconds(60);
    /** A fetch is answered as soon as there is a record; this is only how often an idle one is asked again. */
    private static final int FETCH_WAIT_MILLIS = 500;

    private static final int MAX_CHUNKS = 16;
    private static final long MAX_CHUNK_BYTES = 8 << 20;

    private final long id;
    private final TopicPartition partition;
    private final long from;
    private final LogDecoder decoder;
    private final EngineInbox inbox;
    private final ChunkCredits credits = new ChunkCredits(MAX_CHUNKS, MAX_CHUNK_BYTES);
    private final LogSettings settings;
    private final String clientId;
    private final Thread thread;
    private volatile boolean closed;
    /** Made on the thread: it takes too long for the loop. */
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;

    /** Guarded by this. */
    private boolean paused;

    private long toldNext = -1;
    private long toldEnd = -1;

    SourceReader(
            long id,
            String shard,
            String topic,
            long from,
            LogSettings settings,
            LogDecoder decoder,
            EngineInbox inbox) {
        this.id = id;
        this.partition = new TopicPartition(topic, 0);
        this.from = from;
        this.decoder = decoder;
        this.inbox = inbox;
        this.settings = settings;
        this.clientId = shard + ".replays." + topic;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("kedge-replay-" + shard + "-of-" + topic)
                .unstarted(this::run);
    }

    String topic() {
        return partition.topic();
    }

    void start() {
        thread.start();
    }

    synchronized void pause(boolean pause) {
        paused = pause;
        notifyAll();
    }

    /** In the loop: nothing of this source comes after this. */
    void close() {
        closed = true;
        KafkaConsumer<byte[], byte[]> polling = consumer;
        if (polling != null) {
            polling.wakeup();
        }
        synchronized (this) {
            notifyAll();
        }
    }

    /** Any thread. The source delivers nothing more. */
    void fail(String reason) {
        String message = "source " + partition.topic() + ": " + reason;
        post(() -> {}, engine -> {
            close();
            engine.sourceFailed(id, message);
        });
    }

    private void run() {
        try (KafkaConsumer<byte[], byte[]> reading = LogClients.consumer(settings, clientId, FETCH_WAIT_MILLIS)) {
            consumer = reading;
            reading.assign(List.of(partition));
            reading.seek(partition, from);
            if (tellEnd(reading)) {
                while (!closed) {
                    if (isFlowing()) {
                        deliver(reading, reading.poll(POLL));
                    } else {
                        tellNewEnd(reading);
                    }
                }
            }
        } catch (WakeupException e) {
            if (!closed) {
                fail("woken for no reason");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail("interrupted");
        } catch (RuntimeException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    /** Tells the loop at once where the log ends: with nothing to read, a fetch would wait. */
    private boolean tellEnd(KafkaConsumer<byte[], byte[]> reading) throws InterruptedException {
        long begun = System.nanoTime();
        while (!closed) {
            try {
                Long end = reading.endOffsets(List.of(partition)).get(partition);
                if (end == null || from > end) {
                    throw new LogException("it ends at " + end + ", before offset " + from
                            + " where the replay was to start: it is not the log that was read before");
                }
                return credits.acquire(0, () -> closed) && tell(List.of(), 0, from, end);
            } catch (TimeoutException e) {
                if (System.nanoTime() - begun > UNREACHABLE.toNanos()) {
                    throw new LogException("it cannot be reached: " + e.getMessage(), e);
                }
            }
        }
        return false;
    }

    /** Waits for a while if it is not. */
    private synchronized boolean isFlowing() throws InterruptedException {
        long until = System.nanoTime() + END_INTERVAL.toNanos();
        for (long left = END_INTERVAL.toNanos(); paused && !closed && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !paused;
    }

    /** The loop has enough to do with what it has, but is to know how far behind that leaves it. */
    private void tellNewEnd(KafkaConsumer<byte[], byte[]> reading) throws InterruptedException {
        try {
            Long end = reading.endOffsets(List.of(partition), END_INTERVAL).get(partition);
            if (end != null && end > toldEnd && credits.acquire(0, () -> closed)) {
                tell(List.of(), 0, toldNext, end);
            }
        } catch (TimeoutException e) {
            LOG.debug("The end of {} is not known at the moment", partition, e);
        }
    }

    private void deliver(KafkaConsumer<byte[], byte[]> reading, ConsumerRecords<byte[], byte[]> polled)
            throws InterruptedException {
        long next = reading.position(partition);
        long end = next + reading.currentLag(partition).orElse(0);
        if (polled.isEmpty() && next == toldNext && end <= toldEnd) {
            return;
        }
        List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
        List<Logged> chunk = new ArrayList<>(records.size());
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            chunk.add(decoder.decode(record));
            bytes += LogDecoder.size(record);
        }
        if (credits.acquire(bytes, () -> closed)) {
            tell(chunk, bytes, next, Math.max(end, toldEnd));
        }
    }

    private boolean tell(List<Logged> chunk, long bytes, long next, long end) {
        toldNext = next;
        toldEnd = end;
        post(() -> credits.release(bytes), engine -> engine.sourceRecords(id, chunk, next, end));
        return true;
    }

    private void post(Runnable always, EngineInbox.Input input) {
        inbox.postBulk(engine -> {
            always.run();
            if (!closed) {
                input.run(engine);
            }
        });
    }
}
