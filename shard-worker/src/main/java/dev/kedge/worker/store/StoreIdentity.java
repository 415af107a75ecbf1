package dev.kedge.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Whose rows a store directory holds. Written into the directory before anything else, and compared at every opening: rows
 * of another shard, or of another log that happens to bear the same name, must never be served.
 *
 * @param logTopicId Kafka's id of the log topic the rows were built from
 */
public record StoreIdentity(String cell, String shard, String logTopicId) {
    static final String FILE = "KEDGE-STORE";
    private static final String FORMAT = "1";

    /** Checks the directory's marker, or writes it if the directory is new. */
    void claim(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            Files.createDirectories(directory);
            if (Files.exists(file)) {
                check(directory, file);
            } else {
                requireEmpty(directory);
                write(directory, file);
            }
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.IO, "cannot read or write " + file + ": " + e.getMessage(), e);
        }
    }

    private void check(Path directory, Path file) throws IOException {
        Properties found = new Properties();
        found.load(new StringReader(Files.readString(file)));
        String format = found.getProperty("format", "");
        if (!format.equals(FORMAT)) {
            throw new StoreMismatch(directory + " has the store format '" + format + "', this version reads " + FORMAT
                    + ": delete the directory, the shard's log rebuilds it");
        }
        compare(directory, "cell", cell, found.getProperty("cell"));
        compare(directory, "shard", shard, found.getProperty("shard"));
        if (!logTopicId.equals(found.getProperty("log.topic.id"))) {
            throw new StoreMismatch(directory + " was built from the log topic with id "
                    + found.getProperty("log.topic.id") + ", shard " + shard + " now logs to " + logTopicId
                    + ": the topic was created anew or this is another Kafka cluster; use another data directory, or"
                    + " delete this one if its rows are no longer wanted");
        }
    }

    private void compare(Path directory, String what, String wanted, String found) {
        if (!wanted.equals(found)) {
            throw new StoreMismatch(directory + " is the store of " + what + " " + found + ", not of " + what + " "
                    + wanted + ": check the worker's data directory");
        }
    }

    private static void requireEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            if (files.anyMatch(f -> !f.getFileName().toString().startsWith(FILE))) {
                throw new StoreMismatch(
                        directory + " holds files but no " + FILE + ": it is not a store, use another data directory");
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void write(Path directory, Path file) throws IOException {
        String text = "# Whose rows are stored here. Do not edit.\nformat=" + FORMAT + "\ncell=" + cell + "\nshard="
                + shard + "\nlog.topic.id=" + logTopicId + "\n";
        Path unfinished = directory.resolve(FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(UTF_8.encode(text));
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
