package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.ShardEngine;

/**
 * An engine with what it stands on.
 *
 * @param resources closed, in the loop, when the engine has ended
 */
record OpenShard(ShardEngine engine, Runnable resources) {}
