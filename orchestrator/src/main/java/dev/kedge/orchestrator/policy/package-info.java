/** From load to proposals: when to split, move and merge, as pure functions. See docs/policies.md. */
@NullMarked
package dev.kedge.orchestrator.policy;

import org.jspecify.annotations.NullMarked;
