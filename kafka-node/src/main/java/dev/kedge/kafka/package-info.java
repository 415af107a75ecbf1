/** A real Kafka node, or three, as child processes. */
@NullMarked
package dev.kedge.kafka;

import org.jspecify.annotations.NullMarked;
