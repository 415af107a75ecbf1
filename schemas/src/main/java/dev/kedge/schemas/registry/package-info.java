/** Where schemas get their ids from: a registry with Confluent's REST API, or the history bundled with this build. */
@NullMarked
package dev.kedge.schemas.registry;

import org.jspecify.annotations.NullMarked;
