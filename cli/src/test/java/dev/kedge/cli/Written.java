package dev.kedge.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The output options of a command, and what was written by them. */
final class Written {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Any command = new Any();

    @CommandLine.Command
    private static final class Any {
        @CommandLine.Mixin
        OutputOptions output = new OutputOptions();
    }

    Written(String... args) {
        new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .parseArgs(args);
    }

    OutputOptions options() {
        return command.output;
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    /** Each line of the output as JSON. */
    List<JsonNode> jsonLines() {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out().lines().toList()) {
            try {
                lines.add(MAPPER.readTree(line));
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON: " + line, e);
            }
        }
        return lines;
    }
}
