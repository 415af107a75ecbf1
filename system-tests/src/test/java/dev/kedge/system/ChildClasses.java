package dev.kedge.system;

import dev.kedge.kafka.TreeDeletion;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * This process's class path for its children, with a jar in place of each directory: children are not disturbed by a build that goes on meanwhile, and
 * the JVM's class data sharing, which takes jars only, makes their starts faster.
 */
final class ChildClasses {
    private static final Path DIR = directory();
    private static final String CLASS_PATH = classPath();

    private ChildClasses() {}

    /** What a JVM is to be told so that it finds the classes; it keeps an archive for each main class, made at its first end in good order. */
    static List<String> jvmOptions(Class<?> main) {
        return List.of(
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + archive(main),
                "-Xlog:disable",
                "-Xlog:all=error,cds=off:stderr",
                "-cp",
                CLASS_PATH);
    }

    /** Whether starts are fast already; else a child should end in good order. */
    static boolean isArchived(Class<?> main) {
        return Files.exists(archive(main));
    }

    private static Path archive(Class<?> main) {
        return DIR.resolve(main.getSimpleName() + ".jsa");
    }

    private static Path directory() {
        try {
            Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
            Path dir = Files.createTempDirectory(target, "children-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(dir)));
            return dir;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path dir) {
        try {
            TreeDeletion.delete(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String classPath() {
        StringBuilder classPath = new StringBuilder();
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (entry.isEmpty()) {
                continue;
            }
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                path = jar(path, DIR.resolve("classes-" + ++number + ".jar"));
            }
            if (Files.exists(path)) {
                classPath.append(classPath.isEmpty() ? "" : File.pathSeparator).append(path);
            }
        }
        return classPath.toString();
    }

    private static Path jar(Path classes, Path jar) {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> tree = Files.walk(classes)) {
            for (Path path : tree.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(
                        new JarEntry(classes.relativize(path).toString().replace(File.separatorChar, '/')));
                Files.copy(path, out);
                out.closeEntry();
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
