/** The catalogue of topics and their settings, and what plans, applies and checks it against a cluster. */
@NullMarked
package dev.kedge.topics;

import org.jspecify.annotations.NullMarked;
