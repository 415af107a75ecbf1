package dev.kedge.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.command.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.TypeConversionException;

/**
 * Policies in files: a JSON object with any of the fields of {@code kedge policy show --output json}, as numbers in the units their names
 * tell or as text like {@code "100g"}, {@code "10m"}, {@code "20%"}. What that command prints is such a file too. A field left out has its
 * default, so a file says the same wherever it is read.
 */
final class PolicyFile {
    private static final String WRAPPED = "policy.";

    private PolicyFile() {}

    /** @throws BadInput if it can't be read, or holds anything that is no field of a policy */
    static Policy read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "there is no file " + file + "; kedge policy show --output json > " + file + " makes one");
        } catch (IOException e) {
            throw new BadInput("can't read the policy in " + file + ": " + e);
        }
        try {
            return parse(text);
        } catch (BadInput e) {
            throw new BadInput("the policy in " + file + ": " + e.getMessage());
        }
    }

    static Policy parse(String text) {
        Map<String, String> given = scalars(text);
        // What policy show prints: the policy is a field of it, beside whose it is.
        boolean wrapped = given.keySet().stream().anyMatch(path -> path.startsWith(WRAPPED));
        Map<String, PolicyField> fields = new LinkedHashMap<>();
        PolicyField.ALL.forEach(field -> fields.put(field.path(), field));
        Map<String, Object> values = PolicyField.values(Policy.DEFAULTS);
        given.forEach((path, value) -> {
            if (wrapped && !path.startsWith(WRAPPED)) {
                return;
            }
            String name = wrapped ? path.substring(WRAPPED.length()) : path;
            PolicyField field = fields.get(name);
            if (field == null) {
                throw new BadInput("there is no field " + name + "; the fields are "
                        + String.join(", ", new TreeSet<>(fields.keySet())));
            }
            values.put(name, value(field, value));
        });
        return PolicyField.policy(values);
    }

    private static Object value(PolicyField field, String text) {
        try {
            // A bare number is in the unit that the field's name tells.
            boolean bareTime = field.isTime() && text.chars().allMatch(c -> c >= '0' && c <= '9');
            return field.parse(bareTime ? text + "ms" : text);
        } catch (TypeConversionException e) {
            throw new BadInput(field.path() + ": " + e.getMessage());
        }
    }

    /** The values by their paths: {@code a.b} for the field b of the object a. */
    private static Map<String, String> scalars(String text) {
        Map<String, String> scalars = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new BadInput(
                        "it is no JSON object; write for instance {\"maxBytes\": \"100g\", \"mode\": \"auto\"}");
            }
            object(parser, "", scalars);
            if (parser.nextToken() != null) {
                throw new BadInput("there is more behind the object");
            }
        } catch (JsonProcessingException e) {
            throw new BadInput("it is no JSON: " + e.getOriginalMessage() + " (line "
                    + e.getLocation().getLineNr() + ")");
        } catch (IOException e) {
            throw new IllegalStateException(e); // text in memory
        }
        return scalars;
    }

    private static void object(JsonParser parser, String prefix, Map<String, String> into) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String path = prefix + parser.currentName();
            JsonToken value = parser.nextToken();
            switch (value) {
                case START_OBJECT -> object(parser, path + ".", into);
                case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
                    into.put(path, parser.getText());
                default -> throw new BadInput(path + ": a list is no value of a policy");
            }
        }
    }
}
