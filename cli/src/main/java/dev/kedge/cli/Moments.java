package dev.kedge.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Moments as people write them: {@code 2026-01-31T10:00:00Z}, {@code 2026-01-31T11:00} in their own time zone, {@code 2h} ago, {@code now}. */
record Moments(long epochMillis) {
    static final String SYNTAX = "2026-01-31T10:00:00Z, 2026-01-31T11:00 (local time), 2h (ago) or now";

    static Moments parse(String text, long nowMillis) {
        if (text.equalsIgnoreCase("now")) {
            return new Moments(nowMillis);
        }
        try {
            return text.contains("T")
                    ? new Moments(instant(text).toEpochMilli())
                    : new Moments(nowMillis - new Durations().convert(text).toMillis());
        } catch (DateTimeException | ArithmeticException | TypeConversionException e) {
            throw new TypeConversionException("'" + text + "' is no moment: give one like " + SYNTAX);
        }
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
        }
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<Moments> {
        @Override
        public Moments convert(String value) {
            return parse(value, System.currentTimeMillis());
        }
    }
}
