/** The decider: commands and reports in, events or a refusal out. Pure. */
@NullMarked
package dev.kedge.orchestrator.decide;

import org.jspecify.annotations.NullMarked;
