/**
 * The messages' wire form: Avro binary under the schemas in {@code src/main/avro}, framed as Confluent's clients do. Java
 * records are mapped to the schemas by name; there are no generated classes.
 */
@NullMarked
package dev.kedge.schemas.avro;

import org.jspecify.annotations.NullMarked;
