package dev.kedge.worker.resp;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Every command, on real engines. */
final class CommandsIT extends CommandSemantics {
    @TempDir
    static Path data;

    @Override
    Serving startWorker() throws Exception {
        return new RealWorker(data);
    }
}
