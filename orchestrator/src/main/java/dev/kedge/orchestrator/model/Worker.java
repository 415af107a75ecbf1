package dev.kedge.orchestrator.model;

import dev.kedge.schemas.command.MigrationOptions;
import org.jspecify.annotations.Nullable;

/**
 * A process that hosts shards, as it last announced itself.
 *
 * @param incarnation unique per start of the process
 * @param lost it was declared lost and has not reported since; its shards go to others
 */
public record Worker(String name, long incarnation, String host, int port, boolean lost, Service service) {

    /** What the operator wants the worker to be used for. Outlives its restarts. */
    public sealed interface Service {}

    /** It may be given shards and tablets. */
    public record InUse() implements Service {}

    /**
     * It is being emptied: its tablets move to other workers, none comes.
     *
     * @param drain the first part of the ids of its migrations
     * @param options what they are run with
     * @param aborted how many moves in a row have failed
     * @param abortedMillis when the last one failed; 0 if none did
     */
    public record Draining(String drain, MigrationOptions options, int aborted, long abortedMillis)
            implements Service {}

    /** It holds no tablet, and gets none. */
    public record Drained() implements Service {}

    /** Whether new shards and tablets may come to it, as far as the operator is concerned. */
    public boolean isInUse() {
        return service instanceof InUse;
    }

    /** Whether it can be given anything once it is heard: it is neither lost nor to be emptied. */
    public boolean takesMore() {
        return !lost && isInUse();
    }

    /** Whether this is the worker that a heartbeat with these fields comes from. */
    public boolean isAt(long reportedIncarnation, String reportedHost, int reportedPort) {
        return incarnation == reportedIncarnation && host.equals(reportedHost) && port == reportedPort;
    }

    static Worker joined(@Nullable Worker known, String name, long incarnation, String host, int port) {
        return new Worker(name, incarnation, host, port, false, known == null ? new InUse() : known.service);
    }

    Worker asLost() {
        return new Worker(name, incarnation, host, port, true, service);
    }

    Worker in(Service next) {
        return new Worker(name, incarnation, host, port, lost, next);
    }
}
