package dev.kedge.cli;

import java.util.ArrayList;
import java.util.List;

/** Why something is as it is: sentences under headings, and the same as JSON. */
final class Explanation {
    private record Part(String heading, List<String> lines) {}

    private final String title;
    private final Json.Fields json;
    private final List<Part> parts = new ArrayList<>();

    Explanation(String title, Json.Fields json) {
        this.title = title;
        this.json = json;
    }

    /** Leaves out a heading with nothing under it. */
    Explanation part(String heading, List<String> lines) {
        if (!lines.isEmpty()) {
            parts.add(new Part(heading, List.copyOf(lines)));
        }
        return this;
    }

    Explanation with(String field, Object value) {
        json.with(field, value);
        return this;
    }

    void print(OutputOptions output) {
        if (output.json()) {
            Json.Fields words = Json.fields();
            parts.forEach(part -> words.with(part.heading, part.lines));
            output.print(json.with("words", words));
            return;
        }
        output.print(output.palette().bold(title));
        for (Part part : parts) {
            output.print(output.palette().dim(part.heading));
            part.lines.forEach(line -> output.print("  " + line));
        }
    }
}
