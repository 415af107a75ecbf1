/** A registry for tests. */
@NullMarked
package dev.kedge.schemas.registry.testing;

import org.jspecify.annotations.NullMarked;
