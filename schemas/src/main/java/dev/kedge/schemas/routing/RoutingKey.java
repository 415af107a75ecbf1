package dev.kedge.schemas.routing;

import dev.kedge.model.Bytes;

/**
 * The keys of the routing topic, plain bytes: {@code k/<keyspace>}, {@code w/<worker>}, {@code s/<shard>},
 * {@code t/<keyspace>/<start>} where start is the raw position. Names hold no slash, so a key reads back unambiguously.
 */
public sealed interface RoutingKey {
    Bytes encode();

    record KeyspaceKey(String keyspace) implements RoutingKey {
        @Override
        public Bytes encode() {
            return Bytes.utf8("k/" + keyspace);
        }
    }

    record WorkerKey(String worker) implements RoutingKey {
        @Override
        public Bytes encode() {
            return Bytes.utf8("w/" + worker);
        }
    }

    record ShardKey(String shard) implements RoutingKey {
        @Override
        public Bytes encode() {
            return Bytes.utf8("s/" + shard);
        }
    }

    record TabletKey(String keyspace, Bytes start) implements RoutingKey {
        @Override
        public Bytes encode() {
            return Bytes.utf8("t/" + keyspace + "/").concat(start);
        }
    }

    /** @throws IllegalArgumentException if the bytes are no routing key */
    static RoutingKey decode(Bytes encoded) {
        if (encoded.length() > 2 && encoded.at(1) == '/') {
            Bytes rest = encoded.slice(2, encoded.length());
            switch (encoded.at(0)) {
                case 'k' -> {
                    return new KeyspaceKey(rest.toUtf8());
                }
                case 'w' -> {
                    return new WorkerKey(rest.toUtf8());
                }
                case 's' -> {
                    return new ShardKey(rest.toUtf8());
                }
                case 't' -> {
                    for (int i = 0; i < rest.length(); i++) {
                        if (rest.at(i) == '/') {
                            return new TabletKey(rest.slice(0, i).toUtf8(), rest.slice(i + 1, rest.length()));
                        }
                    }
                }
                default -> {}
            }
        }
        throw new IllegalArgumentException("not a routing key: " + encoded);
    }
}
