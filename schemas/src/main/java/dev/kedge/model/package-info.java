/**
 * Domain values shared by every module: positions, ranges, tablets, shards. Pure: knows no Kafka, no clock, no
 * thread.
 */
@NullMarked
package dev.kedge.model;

import org.jspecify.annotations.NullMarked;
