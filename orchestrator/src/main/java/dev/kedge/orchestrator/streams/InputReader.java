package dev.kedge.orchestrator.streams;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.registry.UnknownSchemaException;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.topics.Cell;
import dev.kedge.topics.TopicCatalogue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns records into inputs. Anybody can write to the topics, so bytes that are no message are logged and passed over: they must not stop
 * the control plane. A registry that does not answer is another matter: the exception goes on, and the record is read again.
 */
final class InputReader {
    private static final Logger LOG = LoggerFactory.getLogger(InputReader.class);

    /** The events that answer a command repeat what it says; they must fit into a record, or the control plane could not go on. */
    private static final int MAX_COMMAND_BYTES = TopicCatalogue.MAX_MESSAGE_BYTES / 4;

    private final Cell topics;
    private final KedgeSerdes serdes;

    InputReader(Cell topics, KedgeSerdes serdes) {
        this.topics = topics;
        this.serdes = serdes;
    }

    /** The input a record stands for; null if it stands for none. */
    @Nullable
    Input read(String topic, long offset, byte @Nullable [] key, byte @Nullable [] value, long timeMillis) {
        try {
            if (topic.equals(topics.commands())) {
                return command(offset, value, timeMillis);
            }
            if (topic.equals(topics.reports())) {
                if (value == null) {
                    throw new DecodingException("it has no value");
                }
                Report report = serdes.reports().fromBytes(value);
                if (report instanceof Report.LogFailed failed) {
                    LOG.warn(
                            "the log {} of shard {} can't be made yet: {}",
                            failed.logTopic(),
                            failed.shard(),
                            failed.reason());
                }
                return new Input.ReportReceived(report, offset, timeMillis);
            }
            if (key == null) {
                throw new DecodingException("it has no key");
            }
            RoutingRecord record = value == null ? null : serdes.routing().fromBytes(value);
            return new Input.RoutingObserved(offset, RoutingKey.decode(Bytes.wrap(key)), record, timeMillis);
        } catch (DecodingException | UnknownSchemaException | IllegalArgumentException e) {
            LOG.error(
                    "skipped the record at offset {} of {}, it is not what belongs there: {}",
                    offset,
                    topic,
                    e.getMessage());
            return null;
        }
    }

    /** A command is always answered, also one that can't be read. */
    private Input command(long offset, byte @Nullable [] value, long timeMillis) {
        if (value == null) {
            return unreadable(offset, "it has no value", timeMillis);
        }
        if (value.length > MAX_COMMAND_BYTES) {
            return unreadable(offset, "it has " + value.length + " bytes, more than " + MAX_COMMAND_BYTES, timeMillis);
        }
        try {
            return new Input.CommandReceived(serdes.commands().fromBytes(value), offset, timeMillis);
        } catch (DecodingException | UnknownSchemaException | IllegalArgumentException e) {
            return unreadable(offset, String.valueOf(e.getMessage()), timeMillis);
        }
    }

    private Input unreadable(long offset, String why, long timeMillis) {
        LOG.error("rejected the record at offset {} of {}, it is no command: {}", offset, topics.commands(), why);
        return new Input.UnreadableCommand(why, offset, timeMillis);
    }
}
