package dev.kedge.cli;

import dev.kedge.schemas.command.Policy;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * One field of a policy: how it is called, written and shown. There is one for each component of {@link Policy} and of the migration options
 * in it, so a new one is an option, a field of policy files and a line of {@code policy show} without more ado.
 *
 * @param path name of the component, as JSON has it; {@code migration.NAME} for those of the migrations
 * @param option without the dashes
 * @param description empty if nobody wrote one
 */
record PolicyField(String path, String option, String description, Class<?> type) {
    private static final String MIGRATION = "migration";
    private static final Pattern BYTES = Pattern.compile("([0-9]{1,15})\\s?(|[kmgt]b?|b)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHARE = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,18})?(?:[eE]-?[0-9]{1,2})?)(%?)");

    static final List<PolicyField> ALL = of("", Policy.class);

    /** Fields by path, as numbers or enums. */
    static Map<String, Object> values(Policy policy) {
        Map<String, Object> values = new LinkedHashMap<>();
        read("", policy, values);
        return values;
    }

    /** @param values one for each field */
    static Policy policy(Map<String, Object> values) {
        return (Policy) write("", Policy.class, values);
    }

    boolean isTime() {
        return path.endsWith("Millis");
    }

    private boolean isBytes() {
        return path.contains("Bytes");
    }

    /** What its values look like in help. */
    String label() {
        return type.isEnum()
                ? "CHOICE"
                : isTime() ? "TIME" : isBytes() ? "BYTES" : type == double.class ? "SHARE" : "N";
    }

    /**
     * As people write it: {@code 100g}, {@code 10000}, {@code 0.2} or {@code 20%}, {@code 10m}, {@code auto}.
     *
     * @throws TypeConversionException if it is none; says what would be
     */
    Object parse(String text) {
        if (type.isEnum()) {
            return choice(text);
        }
        if (isTime()) {
            return inType(new Durations().convert(text).toMillis(), text);
        }
        if (isBytes()) {
            return inType(bytes(text), text);
        }
        if (type == double.class) {
            return share(text);
        }
        try {
            return inType(Long.parseLong(text), text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no whole number");
        }
    }

    private Object choice(String text) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            if (name.equalsIgnoreCase(text)) {
                return constant;
            }
            names.add(name.toLowerCase(Locale.ROOT));
        }
        throw new TypeConversionException("'" + text + "' is none of " + String.join(", ", names));
    }

    private Object inType(long value, String text) {
        if (type == long.class) {
            return value;
        }
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + text + "' is too much; give at most " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    /** Decimal units, as amounts of data are shown everywhere: 1g = 1 GB = 1,000,000,000. */
    private static long bytes(String text) {
        Matcher matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is no amount of data: give a number with a unit, like 500m, 100g or 2t");
        }
        String unit = matcher.group(2).toLowerCase(Locale.ROOT);
        int exponent = unit.isEmpty() ? 0 : 3 * " kmgt".indexOf(unit.charAt(0));
        try {
            return new BigDecimal(matcher.group(1))
                    .movePointRight(Math.max(0, exponent))
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is more than there can be");
        }
    }

    private static double share(String text) {
        Matcher matcher = SHARE.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is no share: give for instance 0.2 or 20%");
        }
        double number = Double.parseDouble(matcher.group(1));
        return matcher.group(2).isEmpty() ? number : number / 100;
    }

    /** As it can be given back. */
    String show(Object value) {
        if (value instanceof Enum<?> choice) {
            return choice.name().toLowerCase(Locale.ROOT);
        }
        if (isTime()) {
            return time(((Number) value).longValue());
        }
        if (isBytes()) {
            return amount(((Number) value).longValue());
        }
        return value instanceof Double share
                ? BigDecimal.valueOf(share).stripTrailingZeros().toPlainString()
                : String.valueOf(value);
    }

    private static String time(long millis) {
        Duration time = Duration.ofMillis(millis);
        if (millis == 0) {
            return "0s";
        }
        return millis % 86_400_000 == 0
                ? time.toDays() + "d"
                : millis % 3_600_000 == 0
                        ? time.toHours() + "h"
                        : millis % 60_000 == 0
                                ? time.toMinutes() + "m"
                                : millis % 1_000 == 0 ? time.toSeconds() + "s" : millis + "ms";
    }

    private static String amount(long bytes) {
        String units = "tgmk";
        long size = 1_000_000_000_000L;
        for (int i = 0; i < units.length(); i++, size /= 1_000) {
            if (bytes != 0 && bytes % size == 0) {
                return bytes / size + String.valueOf(units.charAt(i));
            }
        }
        return String.valueOf(bytes);
    }

    private static List<PolicyField> of(String prefix, Class<?> record) {
        List<PolicyField> fields = new ArrayList<>();
        for (RecordComponent component : record.getRecordComponents()) {
            String path = prefix + component.getName();
            if (component.getType().isRecord()) {
                fields.addAll(of(path + ".", component.getType()));
            } else {
                fields.add(new PolicyField(
                        path, PolicyWords.option(path), PolicyWords.description(path), component.getType()));
            }
        }
        return List.copyOf(fields);
    }

    private static void read(String prefix, Record record, Map<String, Object> into) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                Object value = component.getAccessor().invoke(record);
                if (value instanceof Record nested) {
                    read(prefix + component.getName() + ".", nested, into);
                } else {
                    into.put(prefix + component.getName(), value);
                }
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("can't read " + component, e);
            }
        }
    }

    private static Object write(String prefix, Class<?> record, Map<String, Object> values) {
        RecordComponent[] components = record.getRecordComponents();
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String path = prefix + components[i].getName();
            arguments[i] = components[i].getType().isRecord()
                    ? write(path + ".", components[i].getType(), values)
                    : values.get(path);
        }
        try {
            Constructor<?> constructor = record.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return constructor.newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("can't make a " + record, e);
        }
    }

    /** All fields as nested objects: what policy files hold. */
    static Json.Fields json(Policy policy) {
        Map<String, Object> values = values(policy);
        Json.Fields json = Json.fields();
        Json.Fields migration = Json.fields();
        for (PolicyField field : ALL) {
            if (field.path.startsWith(MIGRATION + ".")) {
                migration.with(field.path.substring(MIGRATION.length() + 1), values.get(field.path));
            } else {
                json.with(field.path, values.get(field.path));
            }
        }
        return json.with(MIGRATION, migration);
    }
}
