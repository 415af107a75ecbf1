/** Checks that what stands in a cell's topics is the fold of its events (I8). */
@NullMarked
package dev.kedge.orchestrator.audit;

import org.jspecify.annotations.NullMarked;
