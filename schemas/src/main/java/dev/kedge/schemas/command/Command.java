package dev.kedge.schemas.command;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to the control plane. Its position in the commands topic is its id: the events that answer it carry that as
 * their cause, and every command is answered by at least one event ({@code CommandRejected} says why not).
 */
public sealed interface Command {

    /**
     * @param tablets the first owners, in order of their starts; the first starts at the empty position
     */
    record CreateKeyspace(String keyspace, Placement placement, List<InitialTablet> tablets) implements Command {
        public CreateKeyspace {
            tablets = List.copyOf(tablets);
        }
    }

    record InitialTablet(Bytes start, String shard) {}

    record AddShard(String shard, String worker) implements Command {}

    /**
     * Moves everything off a worker while it is in use, and keeps it empty.
     *
     * @param options what the migrations are run with
     */
    record DrainWorker(String worker, MigrationOptions options) implements Command {}

    /** Ends a drain: the worker may hold data again. What is on its way goes on; what has left stays where it is. */
    record UndrainWorker(String worker) implements Command {}

    /**
     * Moves {@code [start, end)} from {@code from} to {@code to}. A range inside a tablet is split off in place first.
     *
     * @param end null = to the end of the keyspace
     */
    record StartMigration(
            String keyspace,
            String from,
            String to,
            Bytes start,
            @Nullable Bytes end,
            MigrationOptions options) implements Command {}

    record SplitTablet(String keyspace, Bytes at) implements Command {}

    /** Joins the tablet that starts at {@code at} with the one before it. */
    record MergeTablets(String keyspace, Bytes at) implements Command {}

    /**
     * Lets {@code shard} follow the log of a tablet's owner and serve {@code READONLY} reads of it.
     *
     * @param start of the tablet
     * @param maxStalenessMillis a read that could be older than this is sent to the owner instead
     */
    record AddReadReplica(String keyspace, Bytes start, String shard, int maxStalenessMillis) implements Command {}

    /** Ends a read replica; its rows go. */
    record RemoveReadReplica(String keyspace, Bytes start, String shard) implements Command {}

    /**
     * @param keyspace null = the policy of all keyspaces that have none of their own
     * @param policy null = none of its own any more
     */
    record SetPolicy(@Nullable String keyspace, @Nullable Policy policy) implements Command {}

    /**
     * Evens out the load now, whatever the mode.
     *
     * @param keyspace moves only tablets of this keyspace; null = of any
     */
    record Rebalance(@Nullable String keyspace) implements Command {}

    record ApproveProposal(String proposal) implements Command {}

    record RejectProposal(String proposal, String reason) implements Command {}

    /** Commands to one migration. */
    sealed interface ToMigration extends Command {
        String migration();
    }

    record PauseMigration(String migration) implements ToMigration {}

    record ResumeMigration(String migration) implements ToMigration {}

    record AbortMigration(String migration, String reason) implements ToMigration {}

    record RollbackMigration(String migration, String reason) implements ToMigration {}

    /** Ends the rollback window now. */
    record FinishMigration(String migration) implements ToMigration {}
}
