/** The shard log on Kafka. */
@NullMarked
package dev.kedge.worker.log;

import org.jspecify.annotations.NullMarked;
