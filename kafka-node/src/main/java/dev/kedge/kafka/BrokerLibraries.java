package dev.kedge.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * What the child process runs from: Kafka's libraries, as listed when this module was built, and a jar with the child's main class. A jar
 * of its own, because the JVM's class data sharing, which halves the start of a broker, takes jars only, and in the reactor this module is
 * a directory of classes.
 */
final class BrokerLibraries {
    private static final List<Class<?>> CHILD_CLASSES = List.of(KafkaNodeMain.class, TreeDeletion.class);

    /** The first JDK that makes and replaces a class archive by itself. */
    private static final int JDK_WITH_AUTOMATIC_ARCHIVE = 19;

    /** From here on the JVM warns about what Kafka does with Unsafe, unless told not to; older ones don't know the option. */
    private static final int JDK_WITH_UNSAFE_SWITCH = 23;

    private final String kafkaClassPath;
    private final Path childJar;
    private final Optional<Path> classArchive;

    private BrokerLibraries(String kafkaClassPath, Path childJar, Optional<Path> classArchive) {
        this.kafkaClassPath = kafkaClassPath;
        this.childJar = childJar;
        this.classArchive = classArchive;
    }

    /**
     * Finds the libraries and writes the child's jar where it is not yet: in the user's cache directory under a name made of all that it
     * depends on, so that every build and every checkout finds the same one; beside the data where there is no cache directory.
     */
    static BrokerLibraries prepare(Path dataDir) throws IOException {
        String kafkaClassPath = kafkaClassPath();
        byte[] jar = childJar();
        Optional<Path> cache = cacheDirectory(kafkaClassPath, jar);
        Path directory = cache.orElse(dataDir);
        Path childJar = directory.resolve("kafka-node-main.jar");
        if (!Files.exists(childJar) || Files.size(childJar) != jar.length) {
            // In one step: others may be starting from it.
            Path written = Files.createTempFile(directory, "kafka-node-main", ".tmp");
            Files.write(written, jar);
            Files.move(written, childJar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return new BrokerLibraries(
                kafkaClassPath,
                childJar,
                Runtime.version().feature() < JDK_WITH_AUTOMATIC_ARCHIVE
                        ? Optional.empty()
                        : cache.map(c -> c.resolve("classes.jsa")));
    }

    /** Those that a class archive depends on: it is worth little to a JVM that was given others. */
    static List<String> jvmOptions() {
        String nativeAccess = "--enable-native-access=ALL-UNNAMED";
        return Runtime.version().feature() < JDK_WITH_UNSAFE_SWITCH
                ? List.of(nativeAccess)
                : List.of(nativeAccess, "--sun-misc-unsafe-memory-access=allow");
    }

    String classPath() {
        return kafkaClassPath + File.pathSeparator + childJar;
    }

    /** Where the JVM keeps the class archive, which it makes at the first orderly end. */
    Optional<Path> classArchive() {
        return classArchive;
    }

    private static String kafkaClassPath() throws IOException {
        try (InputStream in = BrokerLibraries.class.getResourceAsStream("broker.classpath")) {
            if (in == null) {
                throw new IOException(
                        "broker.classpath is missing beside the classes of kafka-node: build the module with Maven");
            }
            String classPath = new String(in.readAllBytes(), UTF_8).strip();
            for (String entry : classPath.split(File.pathSeparator, -1)) {
                if (!Files.exists(Path.of(entry))) {
                    throw new IOException("Kafka's library " + entry
                            + " is gone from the local Maven repository: build kafka-node again with Maven");
                }
            }
            return classPath;
        }
    }

    /** The same bytes every time: entries carry no time. */
    private static byte[] childJar() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Class<?> c : CHILD_CLASSES) {
                String name = c.getName().replace('.', '/') + ".class";
                JarEntry entry = new JarEntry(name);
                entry.setTime(0);
                jar.putNextEntry(entry);
                try (InputStream in = BrokerLibraries.class.getResourceAsStream("/" + name)) {
                    if (in == null) {
                        throw new IOException(name + " is missing beside the classes of kafka-node");
                    }
                    in.transferTo(jar);
                }
                jar.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static Optional<Path> cacheDirectory(String kafkaClassPath, byte[] jar) {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path caches = configured == null || configured.isEmpty()
                ? Path.of(System.getProperty("user.home", ""), ".cache")
                : Path.of(configured);
        if (!caches.isAbsolute()) {
            return Optional.empty();
        }
        Path directory = caches.resolve("kedge").resolve("broker-" + digest(kafkaClassPath, jar));
        try {
            return Optional.of(Files.createDirectories(directory)).filter(Files::isWritable);
        } catch (IOException e) {
            // A home that cannot be written to is no reason not to start, only to start more slowly.
            return Optional.empty();
        }
    }

    private static String digest(String kafkaClassPath, byte[] jar) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(kafkaClassPath.getBytes(UTF_8));
            digest.update(String.join(" ", jvmOptions()).getBytes(UTF_8));
            digest.update(Runtime.version().toString().getBytes(UTF_8));
            digest.update(System.getProperty("java.home").getBytes(UTF_8));
            return HexFormat.of().formatHex(digest.digest(jar), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException("every JDK has SHA-256", e));
        }
    }
}
