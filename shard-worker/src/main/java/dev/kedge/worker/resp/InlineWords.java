package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits an inline command into words by the rules of Redis' {@code sdssplitargs}: words are separated by blanks; in double
 * quotes {@code \xHH}, {@code \n}, {@code \r}, {@code \t}, {@code \b}, {@code \a} and {@code \<any>} are escapes; in single
 * quotes only {@code \'} is; a closing quote ends the word.
 */
final class InlineWords {
    private final byte[] line;
    private int at;

    private InlineWords(byte[] line) {
        this.line = line;
    }

    /** @return the words, none for a blank line; null if a quote is not closed or is followed by more of a word */
    static @Nullable List<Bytes> split(String text) {
        InlineWords words = new InlineWords(text.getBytes(StandardCharsets.UTF_8));
        List<Bytes> all = new ArrayList<>();
        while (words.skipBlanks()) {
            Bytes word = words.next();
            if (word == null) {
                return null;
            }
            all.add(word);
        }
        return all;
    }

    private boolean skipBlanks() {
        while (at < line.length && blank(line[at])) {
            at++;
        }
        return at < line.length;
    }

    private @Nullable Bytes next() {
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        while (at < line.length && !blank(line[at])) {
            byte b = line[at++];
            if (b == '"' || b == '\'') {
                boolean closed = b == '"' ? doubleQuoted(word) : singleQuoted(word);
                if (!closed || (at < line.length && !blank(line[at]))) {
                    return null;
                }
            } else {
                word.write(b);
            }
        }
        return Bytes.wrap(word.toByteArray());
    }

    private boolean doubleQuoted(ByteArrayOutputStream word) {
        while (at < line.length) {
            byte b = line[at++];
            if (b == '"') {
                return true;
            }
            if (b == '\\' && at < line.length) {
                escape(word);
            } else {
                word.write(b);
            }
        }
        return false;
    }

    private void escape(ByteArrayOutputStream word) {
        byte b = line[at++];
        if (b == 'x' && at + 1 < line.length && hex(line[at]) >= 0 && hex(line[at + 1]) >= 0) {
            word.write(hex(line[at]) << 4 | hex(line[at + 1]));
            at += 2;
            return;
        }
        word.write(
                switch (b) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'b' -> '\b';
                    case 'a' -> 7;
                    default -> b;
                });
    }

    private boolean singleQuoted(ByteArrayOutputStream word) {
        while (at < line.length) {
            byte b = line[at++];
            if (b == '\'') {
                return true;
            }
            if (b == '\\' && at < line.length && line[at] == '\'') {
                b = line[at++];
            }
            word.write(b);
        }
        return false;
    }

    private static int hex(byte b) {
        return Character.digit(b, 16);
    }

    private static boolean blank(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r') || b == 0;
    }
}
