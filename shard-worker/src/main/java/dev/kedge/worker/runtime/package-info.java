/** Threads, clocks and life cycle around the engine: what turns shards into a worker process. */
@NullMarked
package dev.kedge.worker.runtime;

import org.jspecify.annotations.NullMarked;
