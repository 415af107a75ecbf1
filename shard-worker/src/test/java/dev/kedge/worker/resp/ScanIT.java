package dev.kedge.worker.resp;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** SCAN over the spans that real engines own. */
final class ScanIT extends ScanSemantics {
    @TempDir
    static Path data;

    @Override
    Serving startWorker() throws Exception {
        return new RealWorker(data);
    }
}
