package dev.kedge.cli;

import dev.kedge.model.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON. Takes maps, collections, text, numbers, truth values, enums and nulls; a library for that would double the time a short
 * command takes to start.
 */
final class Json {
    private Json() {}

    /** An object in the making: fields in the order in which they were put. */
    static final class Fields extends LinkedHashMap<String, @Nullable Object> {
        Fields with(String name, @Nullable Object value) {
            put(name, value);
            return this;
        }
    }

    static Fields fields() {
        return new Fields();
    }

    static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        append(out, value);
        return out.toString();
    }

    private static void append(StringBuilder out, @Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case String text -> quote(out, text);
            case Boolean b -> out.append(b);
            case Double d -> out.append(Double.isFinite(d) ? String.valueOf(d) : "null");
            case Number n -> out.append(n);
            case Enum<?> e -> quote(out, e.name());
            case Bytes bytes -> quote(out, KeyText.format(bytes));
            case Map<?, ?> map -> appendMap(out, map);
            case List<?> list -> appendList(out, list);
            default -> throw new IllegalArgumentException("can't write " + value.getClass() + " as JSON");
        }
    }

    private static void appendMap(StringBuilder out, Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            quote(out, String.valueOf(entry.getKey()));
            out.append(':');
            append(out, entry.getValue());
            separator = ",";
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private static void appendList(StringBuilder out, List<?> list) {
        String separator = "[";
        for (Object element : list) {
            out.append(separator);
            append(out, element);
            separator = ",";
        }
        out.append(list.isEmpty() ? "[]" : "]");
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
