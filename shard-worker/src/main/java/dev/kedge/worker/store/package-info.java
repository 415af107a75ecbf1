/** The shard store on RocksDB. */
@NullMarked
package dev.kedge.worker.store;

import org.jspecify.annotations.NullMarked;
