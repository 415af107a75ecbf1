/** Histories of what clients did and were answered, and the check that they are linearizable. It knows nothing of how Kedge works. */
@NullMarked
package dev.kedge.history;

import org.jspecify.annotations.NullMarked;
