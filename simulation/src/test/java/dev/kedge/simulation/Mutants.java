package dev.kedge.simulation;

import static net.bytebuddy.matcher.ElementMatchers.named;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Set;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.MethodList;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.StubMethod;
import net.bytebuddy.pool.TypePool;

/**
 * Loads all of Kedge afresh with some rules switched off: product and simulator alike, so that nothing outside is touched and mutants can run
 * side by side. What crosses the boundary must be a type of the JDK.
 *
 * @see RuleOff
 */
final class Mutants extends ClassLoader {
    private static final String OURS = "dev.kedge.";

    static {
        registerAsParallelCapable();
    }

    private final Set<RuleOff> off;

    private Mutants(Set<RuleOff> off) {
        super(Mutants.class.getClassLoader());
        this.off = off;
    }

    /** An instance of {@code type}, made with its no-argument constructor, in a world where {@code off} does not hold. */
    static <T> T with(Set<RuleOff> off, Class<T> crossing, String type) {
        Mutants loader = new Mutants(off);
        try {
            for (RuleOff rule : off) {
                for (RuleOff.Point point : rule.points) {
                    loader.loadClass(
                            point.className()); // one that no longer fits is noticed also where nothing uses it
                }
            }
            var constructor = loader.loadClass(type).getDeclaredConstructor();
            constructor.setAccessible(true);
            return crossing.cast(constructor.newInstance());
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " can't be made under " + off, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " can't be made under " + off, e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] code = code(name);
                loaded = defineClass(name, code, 0, code.length);
            }
            return loaded;
        }
    }

    private byte[] code(String name) throws ClassNotFoundException {
        List<RuleOff.Point> here = off.stream()
                .flatMap(rule -> rule.points.stream())
                .filter(point -> point.className().equals(name))
                .toList();
        if (!here.isEmpty()) {
            return mutated(name, here);
        }
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private byte[] mutated(String name, List<RuleOff.Point> points) throws ClassNotFoundException {
        ClassFileLocator classes = ClassFileLocator.ForClassLoader.of(getParent());
        TypePool.Resolution found = TypePool.Default.of(classes).describe(name);
        if (!found.isResolved()) {
            throw new ClassNotFoundException(name);
        }
        TypeDescription type = found.resolve();
        DynamicType.Builder<?> builder = new ByteBuddy().redefine(type, classes);
        for (RuleOff.Point point : points) {
            builder = builder.method(named(point.method())).intercept(instead(point, type));
        }
        try (DynamicType.Unloaded<?> made = builder.make()) {
            return made.getBytes();
        }
    }

    private static Implementation instead(RuleOff.Point point, TypeDescription type) {
        MethodList<?> methods = type.getDeclaredMethods().filter(named(point.method()));
        if (methods.size() != 1) {
            throw new IllegalStateException(
                    point + " does not fit: there should be one such method, there is " + methods);
        }
        MethodDescription method = methods.getOnly();
        TypeDescription returned = method.getReturnType().asErasure();
        boolean fits = switch (point.effect()) {
            case TRUE, FALSE -> returned.represents(boolean.class);
            case NULL -> !returned.isPrimitive();
            case NOTHING -> returned.represents(void.class);
            case FIRST_ARGUMENT ->
                !method.getParameters().isEmpty()
                        && returned.equals(
                                method.getParameters().get(0).getType().asErasure());
        };
        if (!fits) {
            throw new IllegalStateException(point + " does not fit: the method returns " + returned);
        }
        return switch (point.effect()) {
            case TRUE -> FixedValue.value(true);
            case FALSE -> FixedValue.value(false);
            case NULL -> FixedValue.nullValue();
            case NOTHING -> StubMethod.INSTANCE;
            case FIRST_ARGUMENT -> FixedValue.argument(0);
        };
    }
}
