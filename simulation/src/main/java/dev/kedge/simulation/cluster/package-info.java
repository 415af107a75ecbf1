/**
 * A cell of any size at the level of reports and decisions: the real control plane and its policies, shards that are numbers. One thread, one
 * seed, no clock.
 */
@NullMarked
package dev.kedge.simulation.cluster;

import org.jspecify.annotations.NullMarked;
