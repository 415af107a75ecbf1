/** The Kafka Streams shell around the decider. */
@NullMarked
package dev.kedge.orchestrator.streams;

import org.jspecify.annotations.NullMarked;
