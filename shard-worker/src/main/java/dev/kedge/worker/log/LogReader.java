package dev.kedge.worker.log;

import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Logged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Reads stretches of a shard's own log, on the log's helper thread, one after the other. */
final class LogReader {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    /** A read that gets nothing for so long has failed. The end of a read always is in the log when it begins. */
    private static final Duration STALLED = Duration.ofSeconds(30);
    /** Between reads nobody polls, and a fetch left waiting at the broker would hold up the next read. */
    private static final int FETCH_WAIT_MILLIS = 20;

    private static final int MAX_CHUNKS = 8;
    private static final long MAX_CHUNK_BYTES = 8 << 20;

    private final LogTopic topic;
    private final LogSettings settings;
    private final LogDecoder decoder;
    private final EngineInbox inbox;
    private final Set<Read> reads = ConcurrentHashMap.newKeySet();
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean closing;

    LogReader(LogTopic topic, LogSettings settings, LogDecoder decoder, EngineInbox inbox) {
        this.topic = topic;
        this.settings = settings;
        this.decoder = decoder;
        this.inbox = inbox;
    }

    static final class Read {
        private final long id;
        private final long from;
        private final long to;
        private final ChunkCredits credits = new ChunkCredits(MAX_CHUNKS, MAX_CHUNK_BYTES);
        private volatile boolean cancelled;

        private Read(long id, long from, long to) {
            this.id = id;
            this.from = from;
            this.to = to;
        }

        private boolean isCancelled() {
            return cancelled;
        }
    }

    /** In the loop. */
    Read begin(long id, long from, long to) {
        Read read = new Read(id, from, to);
        reads.add(read);
        return read;
    }

    /** In the loop: no answer to any read begun before comes after this. */
    void cancelAll() {
        for (Read read : reads) {
            read.cancelled = true;
        }
        reads.clear();
        KafkaConsumer<byte[], byte[]> polling = consumer;
        if (polling != null) {
            polling.wakeup();
        }
    }

    /** In the loop: as {@link #cancelAll}, and for good. {@link #close} must follow on the helper thread. */
    void giveUp() {
        closing = true;
        cancelAll();
    }

    /** Connects ahead of the first read. */
    void warm() {
        try {
            if (!closing) {
                consumer();
            }
        } catch (KafkaException e) {
            closeConsumer(); // the first read tries again, and reports it
        }
    }

    void run(Read read) {
        try {
            readAll(read);
            post(read, () -> {}, engine -> {
                reads.remove(read);
                engine.logReadDone(read.id);
            });
        } catch (WakeupException e) {
            fail(read, "cancelled");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(read, "interrupted");
        } catch (RuntimeException e) {
            closeConsumer();
            fail(read, String.valueOf(e.getMessage()));
        }
    }

    private void fail(Read read, String reason) {
        String message = "cannot read " + topic.name() + " from " + read.from + " to " + read.to + ": " + reason;
        post(read, () -> {}, engine -> {
            reads.remove(read);
            engine.logReadFailed(read.id, message);
        });
    }

    private void readAll(Read read) throws InterruptedException {
        if (read.cancelled || read.from >= read.to) {
            return;
        }
        KafkaConsumer<byte[], byte[]> from = consumer();
        from.seek(topic.partition(), read.from);
        long position = read.from;
        long progressNanos = System.nanoTime();
        while (position < read.to && !read.cancelled) {
            ConsumerRecords<byte[], byte[]> polled = poll(from, read);
            long next = from.position(topic.partition());
            if (!polled.isEmpty()) {
                deliver(read, polled.records(topic.partition()));
            }
            if (next > position) {
                position = next;
                progressNanos = System.nanoTime();
            } else if (System.nanoTime() - progressNanos > STALLED.toNanos()) {
                throw new LogException("nothing came for " + STALLED.toSeconds() + " s, it stands at " + position
                        + ": check that Kafka can be reached and holds these offsets");
            }
        }
    }

    /** A wakeup may have been meant for an earlier read. */
    private static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> from, Read read) {
        try {
            return from.poll(POLL);
        } catch (WakeupException e) {
            if (read.cancelled) {
                throw e;
            }
            return ConsumerRecords.empty();
        }
    }

    private void deliver(Read read, List<ConsumerRecord<byte[], byte[]>> records) throws InterruptedException {
        List<Logged> chunk = new ArrayList<>(records.size());
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.offset() >= read.to) {
                break;
            }
            chunk.add(decoder.decode(record));
            bytes += LogDecoder.size(record);
        }
        if (!chunk.isEmpty() && read.credits.acquire(bytes, read::isCancelled)) {
            long size = bytes;
            post(read, () -> read.credits.release(size), engine -> engine.logRecords(read.id, chunk));
        }
    }

    private void post(Read read, Runnable always, EngineInbox.Input input) {
        inbox.post(engine -> {
            always.run();
            if (!read.cancelled) {
                input.run(engine);
            }
        });
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        if (open == null) {
            open = LogClients.consumer(settings, topic.name() + ".reader", FETCH_WAIT_MILLIS);
            consumer = open;
            if (closing) {
                open.wakeup();
            }
            open.assign(List.of(topic.partition()));
            open.endOffsets(List.of(topic.partition()));
        }
        return open;
    }

    void close() {
        closeConsumer();
    }

    private void closeConsumer() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        consumer = null;
        if (open != null) {
            open.close(CloseOptions.timeout(CLOSE));
        }
    }
}
