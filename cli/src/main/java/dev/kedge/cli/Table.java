package dev.kedge.cli;

import java.util.ArrayList;
import java.util.List;

/** Text in columns. */
final class Table {
    private static final String GAP = "  ";

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... header) {
        this.header = List.of(header);
    }

    Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Lines without a line end behind the last; {@code palette} sets the header off. */
    String render(Palette palette) {
        int[] widths = new int[header.size()];
        measure(widths, header);
        rows.forEach(row -> measure(widths, row));
        StringBuilder out = new StringBuilder(palette.dim(line(widths, header)));
        rows.forEach(row -> out.append('\n').append(line(widths, row)));
        return out.toString();
    }

    private static void measure(int[] widths, List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], cells.get(i).length());
        }
    }

    private static String line(int[] widths, List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length()));
            line.append(GAP);
        }
        return line.toString().stripTrailing();
    }
}
