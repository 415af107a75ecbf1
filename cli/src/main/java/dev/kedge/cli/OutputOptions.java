package dev.kedge.cli;

import java.io.PrintWriter;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command shows what it has to say. */
final class OutputOptions {
    static final String OUTPUT = "--output";

    enum Format {
        text,
        json
    }

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec spec;

    @Option(
            names = OUTPUT,
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json for scripts: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.text;

    @Option(
            names = "--no-color",
            description = "No colours. There are none either if NO_COLOR is set or without a terminal.")
    boolean noColor;

    boolean json() {
        return format == Format.json;
    }

    PrintWriter out() {
        return commandSpec().commandLine().getOut();
    }

    PrintWriter err() {
        return commandSpec().commandLine().getErr();
    }

    Palette palette() {
        return new Palette(mayColour() && Terminal.isOutput());
    }

    Palette errorPalette() {
        return new Palette(mayColour() && Terminal.isError());
    }

    private boolean mayColour() {
        String wish = System.getenv("NO_COLOR");
        return !noColor && !json() && (wish == null || wish.isEmpty());
    }

    void print(String text) {
        out().println(text);
        out().flush();
    }

    void print(Json.Fields json) {
        print(Json.write(json));
    }

    /** Remarks that are no part of the result. */
    void remark(String text) {
        err().println(text);
        err().flush();
    }

    /** Does something that may take its time, and says so once it does. */
    <T> T during(String what, Function<Waiting, T> action) {
        try (Waiting waiting = new Waiting(err(), Terminal.isError(), what)) {
            return action.apply(waiting);
        }
    }

    private CommandSpec commandSpec() {
        if (spec == null) {
            throw new IllegalStateException("used before the command line was parsed");
        }
        return spec;
    }
}
