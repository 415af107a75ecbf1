package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.ShardEngine;
import dev.kedge.worker.load.PositionSource;

/**
 * An engine with what it stands on.
 *
 * @param stored where its rows lie
 * @param resources closed, in the loop, when the engine has ended
 */
record OpenShard(ShardEngine engine, PositionSource stored, Runnable resources) {}
