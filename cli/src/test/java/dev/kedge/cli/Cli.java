package dev.kedge.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** Runs commands as a person or a script would. */
final class Cli {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<String> common;

    /** @param common options added to each command */
    Cli(String... common) {
        this.common = List.of(common);
    }

    record Result(List<String> args, int status, String out, String err) {
        /** The output as JSON; if it is of several lines, the last. */
        JsonNode json() {
            List<String> lines = out.strip().lines().toList();
            try {
                return MAPPER.readTree(lines.getLast());
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON came of " + this, e);
            }
        }
    }

    Result run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(common);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Kedge.run(new PrintWriter(out), new PrintWriter(err), all.toArray(new String[0]));
        return new Result(all, status, out.toString(), err.toString());
    }

    /** @param line a command as typed, its words separated by blanks */
    Result runLine(String line) {
        return run(line.split(" ", -1));
    }

    Result ok(String... args) {
        Result result = run(args);
        if (result.status() != 0) {
            throw new AssertionError("should have worked: " + result);
        }
        return result;
    }

    JsonNode json(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--output", "json"));
        return ok(all.toArray(new String[0])).json();
    }
}
