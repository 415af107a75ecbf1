package dev.kedge.schemas.registry;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a registry.
 *
 * @param url where its API begins, without user; Apicurio's is {@code http://host:port/apis/ccompat/v7}
 * @param userAndPassword {@code user:password} for basic authentication; null for none
 */
public record RegistrySettings(
        String url, @Nullable String userAndPassword, Duration connectTimeout, Duration requestTimeout) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    public RegistrySettings {
        url = url.replaceFirst("/+$", "");
    }

    /** The default timeouts, and the user and password the URL has in it, if any. */
    static RegistrySettings of(URI uri) {
        return new RegistrySettings(withoutUser(uri), uri.getUserInfo(), CONNECT_TIMEOUT, REQUEST_TIMEOUT);
    }

    /** What may be shown. */
    static String withoutUser(URI uri) {
        String user = uri.getRawUserInfo();
        return user == null ? uri.toString() : uri.toString().replace(user + "@", "");
    }

    /** Without the password. */
    @Override
    public String toString() {
        return url;
    }
}
