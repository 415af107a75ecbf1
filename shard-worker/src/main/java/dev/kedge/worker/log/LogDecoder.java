package dev.kedge.worker.log;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.worker.engine.Logged;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Reads shard records out of Kafka records. Thread-safe. */
final class LogDecoder {
    private final ShardRecordCodec codec;

    LogDecoder(ShardRecordCodec codec) {
        this.codec = codec;
    }

    /** @throws LogException if it is no shard record; the same record fails again */
    Logged decode(ConsumerRecord<byte[], byte[]> record) {
        byte[] key = record.key();
        if (key == null) {
            throw unreadable(record, "it has no key", null);
        }
        try {
            Headers headers = record.headers();
            return new Logged(
                    record.offset(),
                    record.timestamp(),
                    Bytes.wrap(key),
                    codec.decode(record.value(), name -> last(headers, name)));
        } catch (DecodingException e) {
            throw unreadable(record, e.getMessage(), e);
        }
    }

    private static byte @Nullable [] last(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : header.value();
    }

    /** Bytes of key and value, for limits. */
    static int size(ConsumerRecord<byte[], byte[]> record) {
        return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    private static LogException unreadable(
            ConsumerRecord<byte[], byte[]> record, @Nullable String why, @Nullable DecodingException cause) {
        String message = "offset " + record.offset() + " of " + record.topic() + " holds no shard record: " + why;
        return cause == null ? new LogException(message) : new LogException(message, cause);
    }
}
