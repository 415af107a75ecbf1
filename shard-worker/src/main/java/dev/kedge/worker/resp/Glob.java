package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;

/**
 * Redis' glob patterns on bytes: {@code *}, {@code ?}, {@code [abc]}, {@code [^a]}, {@code [a-z]}, {@code \x}. Takes time
 * linear in pattern times text at worst: a star that fails falls back to the last star only, which is enough.
 */
final class Glob {
    private final byte[] pattern;

    Glob(Bytes pattern) {
        this.pattern = pattern.array();
    }

    boolean matches(Bytes text) {
        byte[] bytes = text.array();
        int p = 0;
        int t = 0;
        int star = -1;
        int starText = 0;
        while (t < bytes.length) {
            if (p < pattern.length && pattern[p] == '*') {
                star = p++;
                starText = t;
                continue;
            }
            int next = p < pattern.length ? matchOne(p, bytes[t]) : -1;
            if (next >= 0) {
                p = next;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++starText;
            } else {
                return false;
            }
        }
        while (p < pattern.length && pattern[p] == '*') {
            p++;
        }
        return p == pattern.length;
    }

    /** Where the pattern goes on if its element at {@code p}, which is no star, matches; -1 if it does not. */
    private int matchOne(int p, byte b) {
        return switch (pattern[p]) {
            case '?' -> p + 1;
            case '[' -> matchClass(p + 1, b & 0xff);
            case '\\' -> {
                int literal = p + 1 < pattern.length ? p + 1 : p;
                yield pattern[literal] == b ? literal + 1 : -1;
            }
            default -> pattern[p] == b ? p + 1 : -1;
        };
    }

    private int matchClass(int from, int b) {
        int p = from;
        boolean negated = p < pattern.length && pattern[p] == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length && pattern[p] != ']') {
            if (pattern[p] == '\\' && p + 1 < pattern.length) {
                p++;
                found |= (pattern[p] & 0xff) == b;
                p++;
            } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
                int low = Math.min(pattern[p] & 0xff, pattern[p + 2] & 0xff);
                int high = Math.max(pattern[p] & 0xff, pattern[p + 2] & 0xff);
                found |= low <= b && b <= high;
                p += 3;
            } else {
                found |= (pattern[p] & 0xff) == b;
                p++;
            }
        }
        if (found == negated) {
            return -1;
        }
        return Math.min(p + 1, pattern.length); // an unclosed class ends with the pattern, as in Redis
    }
}
