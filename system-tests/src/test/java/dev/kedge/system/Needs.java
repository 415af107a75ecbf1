package dev.kedge.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a test needs of the machine. Without it the test is skipped; the build's summary names it and tells what is missing. */
final class Needs {
    private Needs() {}

    /** @param debianPackage that has the program */
    static void program(String name, String debianPackage) {
        boolean found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        that(found, name + " is not on the PATH: apt-get install " + debianPackage);
    }

    static void that(boolean holds, String otherwise) {
        assumeTrue(holds, otherwise);
    }
}
