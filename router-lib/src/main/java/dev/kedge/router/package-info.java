/**
 * The routing map, read from the routing topic, and the key-value client that follows it.
 *
 * <p>With this library:
 *
 * <pre>{@code
 * RoutingSettings settings = new RoutingSettings("localhost:9092", "prod.routing", decoder);
 * try (RoutingClient routing = new RoutingClient(settings).start();
 *         KedgeClient client = new KedgeClient(routing)) {
 *     routing.addListener((before, after) -> System.out.println("routing version " + after.version()));
 *     KeyspaceClient orders = client.keyspace("orders");
 *     orders.set(Bytes.utf8("42"), Bytes.utf8("paid"));
 * }
 * }</pre>
 *
 * <p>Without it, any Kafka consumer can follow the routing topic. What it must do, in the words of {@code docs/protocol.md}:
 *
 * <ol>
 *   <li>Assign partition 0 of {@code <cell>.routing}, without a group, with {@code isolation.level=read_committed} and
 *       {@code auto.offset.reset=none}; seek to the beginning. An uncommitted record may never have happened.
 *   <li>Ask for the end offset and use nothing before it is reached: a compacted prefix may lack a tablet's start, and then its
 *       predecessor seems to reach further than it does (R0, R8).
 *   <li>Read keys with {@link dev.kedge.schemas.routing.RoutingKey#decode}: {@code k/<keyspace>}, {@code w/<worker>},
 *       {@code s/<shard>}, {@code t/<keyspace>/<start>}. A null value removes what the key names. A tablet reaches to the next
 *       tablet's start.
 *   <li>The version is the offset of the last record applied: compare versions, never count them. Stay with one topic id.
 *   <li>After {@code delete.retention.ms}/2 without knowing to be at the end, start again from nothing: a removal may have been
 *       compacted away unseen.
 * </ol>
 */
@NullMarked
package dev.kedge.router;

import org.jspecify.annotations.NullMarked;
