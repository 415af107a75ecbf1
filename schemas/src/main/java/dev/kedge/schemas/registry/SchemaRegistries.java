package dev.kedge.schemas.registry;

import java.net.URI;
import java.net.URISyntaxException;

/** Chooses a registry by its URL. */
public final class SchemaRegistries {
    /** The registry of a cell that names none: see {@link BundledSchemaRegistry}. */
    public static final String BUNDLED = "bundled:";

    private SchemaRegistries() {}

    /**
     * The registry at a URL: {@code bundled:}, or http(s) with a user and password in it where the server asks for them. Does
     * not connect yet.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static SchemaRegistry of(String url) {
        if (url.equals(BUNDLED)) {
            return new BundledSchemaRegistry();
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            // Neither the URL nor the cause, which quotes it: there may be a password in it.
            throw new IllegalArgumentException("the schema registry's URL is malformed near character " + e.getIndex()
                    + ": " + e.getReason() + ". " + EXPECTED);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "'" + RegistrySettings.withoutUser(uri) + "' is no schema registry. " + EXPECTED);
        }
        return new RestSchemaRegistry(RegistrySettings.of(uri));
    }

    private static final String EXPECTED =
            "Give '" + BUNDLED + "', or the http(s)://host:port URL of a registry with Confluent's REST API";
}
