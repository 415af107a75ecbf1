package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.List;

/** A reply in RESP's terms; {@link RespWriter} knows how each looks in RESP2 and RESP3. */
sealed interface Answer {
    Simple OK = new Simple("OK");
    Nil NIL = new Nil();
    Many NONE = new Many(List.of());

    /** One line of text. */
    record Simple(String text) implements Answer {}

    /** Begins with a code in capitals, by which clients tell errors apart. */
    record Failure(String text) implements Answer {}

    record Int(long value) implements Answer {}

    record Bulk(Bytes value) implements Answer {}

    /** Text for people: a verbatim string in RESP3. */
    record Text(String text) implements Answer {}

    record Nil() implements Answer {}

    record Many(List<? extends Answer> items) implements Answer {}

    /** A set in RESP3, an array before. */
    record Distinct(List<? extends Answer> items) implements Answer {}

    /** Keys and values alternating: a map in RESP3, a flat array before. */
    record Pairs(List<? extends Answer> keysAndValues) implements Answer {
        public Pairs {
            if (keysAndValues.size() % 2 != 0) {
                throw new IllegalArgumentException("a key without a value: " + keysAndValues);
            }
        }
    }

    static Bulk bulk(String text) {
        return new Bulk(Bytes.utf8(text));
    }

    static Many bulks(List<Bytes> values) {
        return new Many(values.stream().map(Bulk::new).toList());
    }

    /** Keys are strings; values are answers, strings or whole numbers. */
    static Pairs pairs(Object... keysAndValues) {
        List<Answer> all = new ArrayList<>(keysAndValues.length);
        for (Object each : keysAndValues) {
            all.add(
                    switch (each) {
                        case Answer answer -> answer;
                        case String text -> bulk(text);
                        case Number number -> new Int(number.longValue());
                        default -> throw new IllegalArgumentException("no RESP form for " + each.getClass());
                    });
        }
        return new Pairs(all);
    }
}
