/**
 * Histories of client operations and the check that they are linearizable: used by the simulator and by {@code kedge demo}.
 */
@NullMarked
package dev.kedge.simulation.history;

import org.jspecify.annotations.NullMarked;
