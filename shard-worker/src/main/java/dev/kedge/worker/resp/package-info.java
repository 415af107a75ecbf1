/**
 * The RESP (Redis protocol) front of a worker, on Netty and its Redis codec.
 *
 * <p>A request's way: {@link dev.kedge.worker.resp.LineFeeds} (lets bare line feeds end inline commands), Netty's {@code
 * RedisDecoder}, {@link dev.kedge.worker.resp.RequestAssembler} (limits), {@link dev.kedge.worker.resp.Connection} (order,
 * back-pressure), {@link dev.kedge.worker.resp.CommandTable} (what is asked), {@link dev.kedge.worker.resp.Routes} (which
 * shard), {@link dev.kedge.worker.resp.Flights} (asking it), {@link dev.kedge.worker.resp.RespWriter} (the reply). Netty's
 * encoder knows no RESP3 and makes up to three buffers per reply, so replies are written here, many to a buffer.
 *
 * <p>What clients can rely on:
 *
 * <ul>
 *   <li>Replies of a connection come in the order of its requests. Requests for the same key are executed in that order too;
 *       those for different keys may overlap.
 *   <li>A key of a HASH keyspace that lives elsewhere is answered {@code -MOVED <slot> <host>:<port>}; one of a RANGE keyspace
 *       {@code -MOVED 0 <host>:<port>}, where the 0 says nothing.
 *   <li>Commands naming several keys need them on one shard, which is wider than Redis' one slot; {@code -CROSSSLOT} else.
 *   <li>{@code -TRYAGAIN} and {@code -CLUSTERDOWN}: nothing was done. {@code -INDETERMINATE}: the write may or may not have
 *       taken effect, and may still.
 *   <li>{@code SELECT 0} is the HASH keyspace named {@code default}, or the only one; any keyspace is selected by its name.
 *   <li>{@code READONLY} lets this worker answer reads from a former owner's rows during a rollback window: they can be stale.
 *   <li>SCAN returns every key that is there from beginning to end at least once, over what this worker owns. Cursors of HASH
 *       keyspaces outlive a restart; those of RANGE keyspaces may expire, with an error that says so.
 *   <li>A request over a limit is refused by an error naming the limit, and the connection goes on, unless the request breaks
 *       the protocol or is so large that reading past it would cost more than reconnecting.
 * </ul>
 */
@NullMarked
package dev.kedge.worker.resp;

import org.jspecify.annotations.NullMarked;
