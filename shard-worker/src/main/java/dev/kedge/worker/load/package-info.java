/** What is asked of a shard and where its rows lie, in bounded memory: what automatic splits and moves are decided from. */
@NullMarked
package dev.kedge.worker.load;

import org.jspecify.annotations.NullMarked;
