package dev.kedge.schemas.event;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.report.Report.KeyDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has been decided. The cell's state is the fold of these (I8). */
public sealed interface Event {

    /** A command was refused and changed nothing. {@code code} is stable, {@code reason} says what to do. */
    record CommandRejected(String code, String reason) implements Event {}

    /** A command asked for what already holds. */
    record CommandHadNoEffect(String reason) implements Event {}

    record WorkerJoined(String worker, long incarnation, String host, int port) implements Event {}

    /**
     * A worker was silent for so long that its shards go to others. It joins again with its next report.
     *
     * @param silentMillis for how long others have reported and it has not
     */
    record WorkerLost(String worker, long incarnation, long silentMillis) implements Event {}

    /** No worker reports. Whether all are dead or the reports stand still can't be told from here, so none is lost for that. */
    record WorkersSilent(long silentMillis) implements Event {}

    /** A shard can't stay where it is, and no worker can take it. */
    record FailoverDelayed(String shard, String reason) implements Event {}

    /**
     * The worker is to be emptied.
     *
     * @param drain the first part of the ids of its migrations
     * @param options what they are run with
     */
    record WorkerDrainStarted(String worker, String drain, MigrationOptions options) implements Event {}

    /** No tablet is left on the worker, and no migration needs it. It stays so until it is undrained. */
    record WorkerDrained(String worker) implements Event {}

    /** The worker may hold data again. */
    record WorkerUndrained(String worker) implements Event {}

    record KeyspaceCreated(String keyspace, int id, Placement placement, List<InitialTablet> tablets) implements Event {
        public KeyspaceCreated {
            tablets = List.copyOf(tablets);
        }
    }

    /** The shard is wanted; its log is being made. */
    record ShardAdded(String shard, String worker, String logTopic) implements Event {}

    record ShardLogCreated(String shard, String logTopicId) implements Event {}

    /**
     * @param reason why it was taken from the worker before; null if there was none
     */
    record ShardAssigned(
            String shard,
            String worker,
            long epoch,
            @Nullable String reason) implements Event {}

    /** @param proposal the proposal that asked for it; null if a command did */
    record TabletSplit(
            String keyspace,
            Bytes start,
            Bytes at,
            @Nullable String proposal) implements Event {
        public TabletSplit(String keyspace, Bytes start, Bytes at) {
            this(keyspace, start, at, null);
        }
    }

    record TabletsMerged(String keyspace, Bytes start, Bytes at) implements Event {}

    /** An event of one read replica. */
    sealed interface OfReadReplica extends Event {
        String replica();
    }

    /** {@code shard} is to follow the tablet's owner. The tablet's bounds stand still until the replica is gone (R8). */
    record ReadReplicaAdded(String replica, String keyspace, Bytes start, String shard, int maxStalenessMillis)
            implements OfReadReplica {}

    /** The copy is complete: clients are told of the replica from here on. */
    record ReadReplicaReady(String replica, int attempt) implements OfReadReplica {}

    /** The replica's shard removes its rows. */
    record ReadReplicaLeaving(String replica, String reason) implements OfReadReplica {}

    record ReadReplicaRemoved(String replica, long evictedRows) implements OfReadReplica {}

    /**
     * @param keyspace null = the policy of all keyspaces that have none of their own
     * @param policy null = none of its own any more
     */
    record PolicySet(@Nullable String keyspace, @Nullable Policy policy) implements Event {}

    /** An event of one proposal. */
    sealed interface OfProposal extends Event {
        String proposal();
    }

    /** A number a verdict came from. */
    record Figure(String name, double value) {}

    /**
     * A policy finds that something should be done. In mode AUTO it is as good as approved.
     *
     * @param bytes how much data is to move
     * @param etaMillis how long that should take
     * @param imbalanceBefore of the cell as it is: 0.5 = the fullest shard has half as much again as its part
     * @param expiresMillis until when it waits for approval
     */
    record ProposalMade(
            String proposal,
            PolicyKind policy,
            Policy.Mode mode,
            Action action,
            String reason,
            List<Figure> figures,
            long bytes,
            long etaMillis,
            double imbalanceBefore,
            double imbalanceAfter,
            long expiresMillis)
            implements OfProposal {
        public ProposalMade {
            figures = List.copyOf(figures);
        }
    }

    record ProposalApproved(String proposal) implements OfProposal {}

    record ProposalRejected(String proposal, String reason) implements OfProposal {}

    /** It does not hold any more, and was never begun. */
    record ProposalExpired(String proposal, String reason) implements OfProposal {}

    record ProposalStarted(String proposal, long bytes) implements OfProposal {}

    record ProposalDone(String proposal) implements OfProposal {}

    record ProposalFailed(String proposal, String reason) implements OfProposal {}

    /**
     * A policy sees a need and does nothing about it. Said when that changes for its subject, not at each evaluation.
     *
     * @param shard the shard concerned; with neither shard nor tablet it is about the cell
     * @param code stable name of the refusal
     * @param key position of the hot key, if one key is the load
     */
    record PolicyRefused(
            PolicyKind policy,
            @Nullable String shard,
            @Nullable String keyspace,
            @Nullable Bytes start,
            String code,
            @Nullable Bytes key,
            String reason,
            List<Figure> figures)
            implements Event {
        public PolicyRefused {
            figures = List.copyOf(figures);
        }
    }

    /** The need that a refusal was about is over. */
    record PolicyRefusalLifted(
            PolicyKind policy,
            @Nullable String shard,
            @Nullable String keyspace,
            @Nullable Bytes start) implements Event {}

    /** An event of one migration. */
    sealed interface OfMigration extends Event {
        String migration();
    }

    /** Opens a migration. The tablet exists with exactly these bounds (splits stand before it). */
    record MigrationPlanned(
            String migration,
            String keyspace,
            Bytes start,
            @Nullable Bytes end,
            String from,
            String to,
            MigrationOptions options)
            implements OfMigration {}

    record CopyStarted(String migration, int attempt) implements OfMigration {}

    record CatchUpStarted(String migration, long lagRecords) implements OfMigration {}

    record DualWriteStarted(String migration) implements OfMigration {}

    /** Back to CATCHING_UP. */
    record DualWriteLost(String migration, String reason) implements OfMigration {}

    /**
     * The replica did not come nearer within the time the migration allows.
     *
     * @param writtenPerSecond records written to the owner's log
     * @param appliedPerSecond records of it the replica got through
     * @param overMillis time this was measured over
     */
    record ReplicationOutrun(
            String migration,
            Remedy remedy,
            long lagRecords,
            long writtenPerSecond,
            long appliedPerSecond,
            long overMillis)
            implements OfMigration {}

    /** What is done for a replica that does not come nearer, in the order in which it is tried. */
    enum Remedy {
        /** The copy's own limits no longer count: rows per second, and the regard for clients. */
        LIFT_LIMIT,
        /** Writers are held until the replica has what they wrote, although it is far behind. */
        BRAKE_SOURCE,
        GIVE_UP
    }

    /** A marker of this round is to be digested by both sides. */
    record VerificationStarted(String migration, int round, List<Integer> detailBuckets) implements OfMigration {
        public VerificationStarted {
            detailBuckets = List.copyOf(detailBuckets);
        }
    }

    record Verified(String migration, int round, long markerOffset, long rows, long bytes, long digest)
            implements OfMigration {}

    /** The owner answers nothing, so there is nothing to compare with. The copy still ends at the owner's fence (I5). */
    record VerificationSkipped(String migration, int round, String reason) implements OfMigration {}

    /** The digests differ; the first round names buckets, the second keys (ours = the owner's, theirs = the replica's). */
    record DivergenceFound(
            String migration, int round, List<Integer> buckets, List<KeyDigest> owner, List<KeyDigest> replica)
            implements OfMigration {
        public DivergenceFound {
            buckets = List.copyOf(buckets);
            owner = List.copyOf(owner);
            replica = List.copyOf(replica);
        }
    }

    /** The copy starts again from nothing. */
    record RecopyStarted(String migration, int attempt, String reason) implements OfMigration {}

    /** The predicted stall was over the budget. */
    record CutoverDeferred(String migration, long predictedStallMicros, int maxStallMillis) implements OfMigration {}

    /** The commit point, forward or (reverse) of a rollback. */
    record CutoverCommitted(String migration, boolean reverse, long predictedStallMicros) implements OfMigration {}

    /** The routing version the cutover's record got. */
    record CutoverVersioned(String migration, long version) implements OfMigration {}

    record SourceFenced(String migration, long version, long offset) implements OfMigration {}

    /** The new owner serves, its ImportCompleted at {@code offset} of its log. */
    record CutoverCompleted(
            String migration,
            long version,
            long offset,
            long fenceOffset,
            long predictedStallMicros,
            long measuredStallMicros,
            int parked)
            implements OfMigration {}

    /** The former owner keeps its rows and follows the new owner's log. */
    record RollbackWindowOpened(String migration, int attempt, ImportBase base, long sourceFrom, long untilMillis)
            implements OfMigration {}

    /** The way back has begun; it is verified and cut over like the way there. */
    record RollbackStarted(String migration, String reason) implements OfMigration {}

    /** A rollback that could not be verified or was called off: the window goes on. */
    record RollbackStopped(String migration, String reason) implements OfMigration {}

    record MigrationPaused(String migration) implements OfMigration {}

    record MigrationResumed(String migration) implements OfMigration {}

    /** {@code shard} removes its rows of the range. */
    record CleanupStarted(String migration, String shard, CleanupCause cause, String reason) implements OfMigration {}

    enum CleanupCause {
        COMPLETED,
        ABORTED,
        ROLLED_BACK
    }

    record MigrationCompleted(String migration, long evictedRows) implements OfMigration {}

    record MigrationAborted(String migration, String reason) implements OfMigration {}

    record MigrationRolledBack(String migration, String reason) implements OfMigration {}
}
