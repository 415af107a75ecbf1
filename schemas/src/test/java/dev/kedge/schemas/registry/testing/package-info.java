/** A registry for tests and demonstrations. */
@NullMarked
package dev.kedge.schemas.registry.testing;

import org.jspecify.annotations.NullMarked;
