package dev.kedge.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 2h}, {@code 1d}. */
final class Durations implements ITypeConverter<Duration> {
    static final String SYNTAX = "500ms, 30s, 10m, 2h or 1d";

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

    @Override
    public Duration convert(String value) {
        Matcher matcher = TEXT.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + value + "' is no duration: give a number with a unit, like " + SYNTAX);
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** Short, for people: {@code 12 ms}, {@code 3.4 s}, {@code 5 m 12 s}. */
    static String show(long millis) {
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        long minutes = millis / 60_000;
        return minutes < 60
                ? minutes + " m " + millis % 60_000 / 1000 + " s"
                : minutes / 60 + " h " + minutes % 60 + " m";
    }

    static String showMicros(long micros) {
        return micros < 10_000 ? String.format(Locale.ROOT, "%.1f ms", micros / 1000.0) : show(micros / 1000);
    }
}
