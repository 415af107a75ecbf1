/**
 * The shard engine. Pure: inputs in, effects out; Kafka, RocksDB, Netty, threads and clocks are adapters
 * elsewhere.
 */
@NullMarked
package dev.kedge.worker.engine;

import org.jspecify.annotations.NullMarked;
