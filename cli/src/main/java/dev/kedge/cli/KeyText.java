package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Keys as people write them: UTF-8 text, with {@code \xHH} for a byte and {@code \\} for a backslash. What is shown can be given back as
 * input.
 */
final class KeyText {
    static final String SYNTAX = "text, with \\xHH for a byte and \\\\ for a backslash";

    private KeyText() {}

    /** @throws BadInput if there is a backslash that begins nothing */
    static Bytes parse(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            int escape = text.indexOf('\\', at);
            int plainEnd = escape < 0 ? text.length() : escape;
            bytes.writeBytes(text.substring(at, plainEnd).getBytes(StandardCharsets.UTF_8));
            at = escape < 0 ? plainEnd : unescape(text, escape, bytes);
        }
        return Bytes.wrap(bytes.toByteArray());
    }

    /** Appends what the backslash at {@code escape} stands for; returns where to go on. */
    private static int unescape(String text, int escape, ByteArrayOutputStream bytes) {
        char kind = escape + 1 < text.length() ? text.charAt(escape + 1) : 0;
        if (kind == '\\' || kind == '-') {
            bytes.write(kind);
            return escape + 2;
        }
        if (kind == 'x' && escape + 4 <= text.length()) {
            int high = Character.digit(text.charAt(escape + 2), 16);
            int low = Character.digit(text.charAt(escape + 3), 16);
            if (high >= 0 && low >= 0) {
                bytes.write(high << 4 | low);
                return escape + 4;
            }
        }
        throw new BadInput("the backslash at character " + (escape + 1) + " of '" + text
                + "' begins nothing: a key is written as " + SYNTAX);
    }

    /** Printable ASCII as it is, everything else escaped. */
    static String format(Bytes bytes) {
        StringBuilder text = new StringBuilder(bytes.length());
        for (byte b : bytes.array()) {
            if (b == '\\') {
                text.append("\\\\");
            } else if (b >= 0x20 && b <= 0x7e) {
                text.append((char) b);
            } else {
                text.append(String.format("\\x%02x", b & 0xff));
            }
        }
        return text.toString();
    }
}
