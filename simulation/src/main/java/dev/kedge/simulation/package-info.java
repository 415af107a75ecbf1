/** Runs the real engine and decider on a simulated log, store, network and clock, from one seed. */
@NullMarked
package dev.kedge.simulation;

import org.jspecify.annotations.NullMarked;
