/** Avro schemas, their wire format and the schema registry client. */
@NullMarked
package dev.kedge.schemas;

import org.jspecify.annotations.NullMarked;
