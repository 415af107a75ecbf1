package dev.kedge.router;

import dev.kedge.schemas.routing.RoutingRecord;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a routing client needs to know.
 *
 * @param bootstrap Kafka's bootstrap servers, {@code host:port,...}
 * @param topic the cell's routing topic, {@code <cell>.routing}
 * @param decoder turns a record's value into a routing record ({@code KedgeSerdes.routing()})
 * @param startTimeout how long {@link RoutingClient#start} may take
 * @param staleAfter time without confirmed progress after which the map may have missed a tombstone and is read afresh (R0); null
 *     takes half of the topic's {@code delete.retention.ms}
 * @param kafka further consumer settings, for example for security; may not change isolation or deserializers
 */
public record RoutingSettings(
        String bootstrap,
        String topic,
        Function<byte[], RoutingRecord> decoder,
        Duration startTimeout,
        @Nullable Duration staleAfter,
        Map<String, Object> kafka) {
    public RoutingSettings {
        kafka = Map.copyOf(kafka);
    }

    public RoutingSettings(String bootstrap, String topic, Function<byte[], RoutingRecord> decoder) {
        this(bootstrap, topic, decoder, Duration.ofSeconds(30), null, Map.of());
    }
}
