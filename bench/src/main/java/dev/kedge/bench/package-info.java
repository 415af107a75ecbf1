/** Benchmarks. */
@NullMarked
package dev.kedge.bench;

import org.jspecify.annotations.NullMarked;
