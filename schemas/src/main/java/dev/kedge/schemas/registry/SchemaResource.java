package dev.kedge.schemas.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;

/** Schemas and their index on the class path. */
public final class SchemaResource {
    private SchemaResource() {}

    /** Parses a schema file; each stands by itself. */
    public static Schema parse(String resource) {
        return new Schema.Parser().parse(text(resource));
    }

    static String text(String resource) {
        try (InputStream in = SchemaResource.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource + " of this build", e);
        }
    }
}
