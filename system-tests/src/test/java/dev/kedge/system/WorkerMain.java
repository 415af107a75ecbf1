package dev.kedge.system;

import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.worker.resp.RespServer;
import dev.kedge.worker.resp.RespSettings;
import dev.kedge.worker.runtime.Worker;
import dev.kedge.worker.runtime.WorkerSettings;
import java.nio.file.Path;

/** A worker as a process: name, cell, Kafka, data directory, and perhaps how many connections it takes. Says its port when it is reachable; ends in good order with its input. */
final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] args) throws Exception {
        String id = args[0];
        RespSettings resp = RespSettings.of(id, "test");
        Worker worker = Worker.start(
                WorkerSettings.of(id, new Cell(args[1]), new KafkaClients(args[2], id), Path.of(args[3])),
                new RespServer(args.length > 4 ? resp.withMaxConnections(Integer.parseInt(args[4])) : resp));
        ChildJvm.ready(String.valueOf(worker.port()));
        ChildJvm.awaitEndOfInput();
        worker.close();
        System.exit(0);
    }
}
