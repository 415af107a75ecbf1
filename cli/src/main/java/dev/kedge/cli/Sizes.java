package dev.kedge.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of memory as the JVM takes them: {@code 512k}, {@code 256m}, {@code 2g}. */
record Sizes(long bytes) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,10})([kmgKMG]?)");

    static Sizes parse(String value) {
        Matcher matcher = TEXT.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + value + "' is no size: give a number with a unit, like 512k, 256m or 2g");
        }
        int shift = switch (matcher.group(2)) {
            case "k", "K" -> 10;
            case "m", "M" -> 20;
            case "g", "G" -> 30;
            default -> 0;
        };
        return new Sizes(Long.parseLong(matcher.group(1)) << shift);
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<Sizes> {
        @Override
        public Sizes convert(String value) {
            return parse(value);
        }
    }
}
