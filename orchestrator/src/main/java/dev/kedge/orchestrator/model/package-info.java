/** The state of the control plane and the events it is folded from. Pure. */
@NullMarked
package dev.kedge.orchestrator.model;

import org.jspecify.annotations.NullMarked;
