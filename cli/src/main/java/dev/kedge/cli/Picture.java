package dev.kedge.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines on a terminal that are drawn again and again in the same place. Lines are broken here, so that it is known how many rows of the
 * screen they take. Not thread-safe.
 */
final class Picture {
    private static final String ESCAPE = "\u001b[";
    private static final int INDENT = 12;

    private final int columns;
    private int drawnRows;

    /** @param columns of the terminal, at least 1 */
    Picture(int columns) {
        this.columns = columns;
    }

    /** What is to be written to replace what was drawn before by these lines. */
    String redraw(List<String> lines) {
        StringBuilder frame = new StringBuilder();
        if (drawnRows > 0) {
            frame.append(ESCAPE).append(drawnRows).append('A');
        }
        frame.append(ESCAPE).append('J');
        drawnRows = 0;
        for (String line : lines) {
            for (String row : rows(line)) {
                frame.append(row).append('\n');
                drawnRows++;
            }
        }
        return frame.toString();
    }

    /** Rows after the first are indented; a line that has to be broken loses its colours, which take no columns and could be cut apart. */
    List<String> rows(String line) {
        String plain = line.replaceAll("\u001b\\[[0-9;]*m", "");
        if (plain.length() <= columns) {
            return List.of(line);
        }
        List<String> rows = new ArrayList<>();
        int indent = columns > 2 * INDENT ? INDENT : 0;
        String rest = plain;
        while (rest.length() > columns) {
            int blank = rest.lastIndexOf(' ', columns);
            int cut = blank <= indent ? columns : blank;
            rows.add(rest.substring(0, cut));
            rest = " ".repeat(indent) + rest.substring(cut).stripLeading();
        }
        rows.add(rest);
        return rows;
    }
}
