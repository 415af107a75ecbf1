package dev.kedge.topics;

import java.util.regex.Pattern;

/** Names that become parts of topic names. */
public final class Names {
    /** Keeps every topic of a cell within Kafka's 249 characters. */
    public static final int MAX_LENGTH = 100;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]*");

    private Names() {}

    /**
     * Returns {@code name}.
     *
     * @param what what it is the name of, for the message
     * @throws IllegalArgumentException if it is no name
     */
    public static String require(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is no name for a " + what
                    + ": use lower-case letters, digits, '-' and '_', and begin with a letter or digit");
        }
        if (name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the name of a " + what + " may have " + MAX_LENGTH
                    + " characters; this has " + name.length() + ": " + name);
        }
        return name;
    }
}
