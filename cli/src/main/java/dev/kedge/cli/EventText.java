package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Events in words and as JSON. */
final class EventText {
    /** A line names so many keys; the event itself has them all. */
    private static final int NAMED_KEYS = 10;

    private final CellState state;

    /** @param state knows the keyspaces the events speak of */
    EventText(CellState state) {
        this.state = state;
    }

    /** One line. */
    String describe(Event event) {
        return switch (event) {
            case Event.CommandRejected e -> "refused (" + e.code() + "): " + e.reason();
            case Event.CommandHadNoEffect e -> "nothing to do: " + e.reason();
            case Event.WorkerJoined e -> "worker " + e.worker() + " joined at " + e.host() + ":" + e.port();
            case Event.WorkerLost e ->
                "worker " + e.worker() + " lost: silent for " + Durations.show(e.silentMillis())
                        + " while others report; its shards are opened elsewhere";
            case Event.WorkersSilent e ->
                "no worker has reported for " + Durations.show(e.silentMillis())
                        + ": all are dead or Kafka stands still; nothing is moved for that";
            case Event.FailoverDelayed e -> "shard " + e.shard() + " waits: " + e.reason();
            case Event.WorkerDrainStarted e ->
                "worker " + e.worker() + " is to be drained by migrations " + e.drain() + ".*";
            case Event.WorkerDrained e -> "worker " + e.worker() + " is drained";
            case Event.WorkerUndrained e -> "worker " + e.worker() + " is in use again";
            case Event.KeyspaceCreated e ->
                "keyspace " + e.keyspace() + " (" + e.placement() + ") created with "
                        + tablets(e.tablets().size());
            case Event.ShardAdded e ->
                "shard " + e.shard() + " added on " + e.worker() + ", its log is " + e.logTopic();
            case Event.ShardLogCreated e -> "the log of shard " + e.shard() + " exists";
            case Event.ShardAssigned e ->
                "shard " + e.shard() + " assigned to " + e.worker() + " (epoch " + e.epoch() + ")"
                        + (e.reason() == null ? "" : ": " + e.reason());
            case Event.TabletSplit e ->
                "tablet at " + bound(e.keyspace(), e.start()) + " of " + e.keyspace() + " split at "
                        + bound(e.keyspace(), e.at());
            case Event.TabletsMerged e ->
                "tablets at " + bound(e.keyspace(), e.start()) + " and " + bound(e.keyspace(), e.at()) + " of "
                        + e.keyspace() + " merged";
            case Event.OfReadReplica e -> describeOfReadReplica(e);
            case Event.PolicySet e -> policySet(e);
            case Event.OfProposal e -> "proposal " + e.proposal() + " " + describeOfProposal(e);
            case Event.PolicyRefused e ->
                e.policy() + " policy does nothing (" + e.code() + key(e) + "): " + e.reason();
            case Event.PolicyRefusalLifted e ->
                e.policy() + " policy has nothing to refuse any more" + (e.shard() == null ? "" : " at " + e.shard());
            case Event.OfMigration e -> describeOfMigration(e);
        };
    }

    private String key(Event.PolicyRefused e) {
        return e.key() == null || e.keyspace() == null
                ? ""
                : ", the key " + KeyText.format(placement(e.keyspace()).key(e.key()));
    }

    private String describeOfReadReplica(Event.OfReadReplica event) {
        return switch (event) {
            case Event.ReadReplicaAdded e ->
                "read replica " + e.replica() + " added: " + e.shard() + " follows the tablet at "
                        + bound(e.keyspace(), e.start()) + " of " + e.keyspace() + ", at most "
                        + Durations.showMicros(e.maxStalenessMillis() * 1_000L) + " stale";
            case Event.ReadReplicaReady e -> "read replica " + e.replica() + " is complete and follows";
            case Event.ReadReplicaLeaving e -> "read replica " + e.replica() + " removes its rows: " + e.reason();
            case Event.ReadReplicaRemoved e ->
                "read replica " + e.replica() + " is gone, " + Amounts.count(e.evictedRows()) + " rows removed";
        };
    }

    private static String policySet(Event.PolicySet e) {
        String whose = e.keyspace() == null ? "the cell" : "keyspace " + e.keyspace();
        return e.policy() == null
                ? "policy of " + whose + " dropped"
                : "policy of " + whose + " set, mode " + e.policy().mode();
    }

    private static String describeOfProposal(Event.OfProposal event) {
        return switch (event) {
            case Event.ProposalMade e -> "made by the " + e.policy() + " policy (" + e.mode() + "): " + e.reason();
            case Event.ProposalApproved e -> "approved";
            case Event.ProposalRejected e -> "rejected: " + e.reason();
            case Event.ProposalExpired e -> "expired: " + e.reason();
            case Event.ProposalStarted e -> "started, " + Amounts.bytes(e.bytes()) + " to move";
            case Event.ProposalDone e -> "done";
            case Event.ProposalFailed e -> "failed: " + e.reason();
        };
    }

    private String describeOfMigration(Event.OfMigration event) {
        return switch (event) {
            case Event.MigrationPlanned e ->
                "migration " + e.migration() + " planned: "
                        + RangeText.format(placement(e.keyspace()), new KeyRange(e.start(), e.end())) + " of "
                        + e.keyspace() + " from " + e.from() + " to " + e.to();
            case Event.CopyStarted e -> "copy started (attempt " + e.attempt() + ")";
            case Event.CatchUpStarted e ->
                "copied; catching up with " + Amounts.count(e.lagRecords()) + " records to go";
            case Event.DualWriteStarted e -> "dual-write started: writes count once both sides have them";
            case Event.DualWriteLost e -> "dual-write ended: " + e.reason();
            case Event.ReplicationOutrun e -> outrun(e);
            case Event.VerificationStarted e -> "verification round " + e.round() + " started";
            case Event.Verified e ->
                "verified: both sides have " + Amounts.count(e.rows()) + " rows, " + Amounts.bytes(e.bytes())
                        + ", digest " + digest(e.digest()) + " at offset " + e.markerOffset();
            case Event.VerificationSkipped e -> "verification round " + e.round() + " skipped: " + e.reason();
            case Event.DivergenceFound e -> divergence(e);
            case Event.RecopyStarted e -> "copied again (attempt " + e.attempt() + "): " + e.reason();
            case Event.CutoverDeferred e ->
                "cutover deferred: it would stall " + Durations.showMicros(e.predictedStallMicros()) + ", at most "
                        + e.maxStallMillis() + " ms are allowed";
            case Event.CutoverCommitted e ->
                (e.reverse() ? "cutover back" : "cutover") + " committed, predicted to stall "
                        + Durations.showMicros(e.predictedStallMicros());
            case Event.CutoverVersioned e -> "the cutover is routing version " + e.version();
            case Event.SourceFenced e -> "the former owner is fenced at offset " + e.offset() + " of its log";
            case Event.CutoverCompleted e ->
                "the new owner serves, stalled for " + Durations.showMicros(e.measuredStallMicros()) + " with "
                        + e.parked() + " requests waiting";
            case Event.RollbackWindowOpened e ->
                "rollback window open until " + Times.show(e.untilMillis()) + ", the former owner follows";
            case Event.RollbackStarted e -> "rollback started: " + e.reason();
            case Event.RollbackStopped e -> "rollback stopped: " + e.reason();
            case Event.MigrationPaused e -> "paused";
            case Event.MigrationResumed e -> "resumed";
            case Event.CleanupStarted e -> e.shard() + " removes its rows: " + e.reason();
            case Event.MigrationCompleted e -> "completed, " + Amounts.count(e.evictedRows()) + " rows removed";
            case Event.MigrationAborted e -> "aborted: " + e.reason();
            case Event.MigrationRolledBack e -> "rolled back: " + e.reason();
        };
    }

    static String outrun(Event.ReplicationOutrun e) {
        return "the writes outrun the replay: " + Amounts.rate((double) e.writtenPerSecond(), "records") + " written, "
                + Amounts.rate((double) e.appliedPerSecond(), "records") + " applied over "
                + Durations.show(e.overMillis())
                + ", " + Amounts.count(e.lagRecords()) + " behind; "
                + switch (e.remedy()) {
                    case LIFT_LIMIT -> "the copy's limit is lifted";
                    case BRAKE_SOURCE -> "the source is braked";
                    case GIVE_UP -> "it is given up";
                };
    }

    private String divergence(Event.DivergenceFound e) {
        List<Divergence.Difference> differences = Divergence.differences(e);
        String found = "DIVERGENCE in round " + e.round() + ": " + e.buckets().size() + " buckets differ";
        if (differences.isEmpty()) {
            return found + ", the next round looks for the keys";
        }
        String named = differences.stream()
                .limit(NAMED_KEYS)
                .map(d -> d.describe(key(e, d.position())))
                .collect(Collectors.joining("; "));
        return found + "; " + named
                + (differences.size() <= NAMED_KEYS
                        ? ""
                        : " and " + (differences.size() - NAMED_KEYS) + " more, see --output json");
    }

    /** A position an event speaks of. */
    String key(Event event, Bytes position) {
        return position(placementOf(event), position);
    }

    static String digest(long digest) {
        return String.format(Locale.ROOT, "%016x", digest);
    }

    static String tablets(int count) {
        return count == 1 ? "1 tablet" : count + " tablets";
    }

    /** With the names of the record's components as fields. */
    Json.Fields json(EventEnvelope envelope) {
        Json.Fields fields = Json.fields()
                .with("sequence", envelope.sequence())
                .with("timeMillis", envelope.timeMillis())
                .with(
                        "cause",
                        Json.fields()
                                .with("topic", envelope.cause().topic())
                                .with("offset", envelope.cause().offset()))
                .with("principal", envelope.principal());
        fields.putAll(json(envelope.event()));
        return fields;
    }

    Json.Fields json(Event event) {
        Json.Fields fields = Json.fields().with("type", event.getClass().getSimpleName());
        fields.putAll(components((Record) event, placementOf(event)));
        return fields;
    }

    private static Json.Fields components(Record record, Placement placement) {
        Json.Fields fields = Json.fields();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                fields.with(component.getName(), value(component.getAccessor().invoke(record), placement));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("can't read " + component + " of " + record, e);
            }
        }
        return fields;
    }

    private static @Nullable Object value(@Nullable Object value, Placement placement) {
        return switch (value) {
            case Bytes position -> position(placement, position);
            case Record record -> components(record, placement);
            case List<?> list -> {
                List<@Nullable Object> values = new ArrayList<>();
                list.forEach(element -> values.add(value(element, placement)));
                yield values;
            }
            case null -> null;
            default -> value;
        };
    }

    /** A bound, or a single key's position. */
    private static String position(Placement placement, Bytes position) {
        return placement == Placement.HASH && position.length() > 2
                ? KeyText.format(placement.key(position))
                : RangeText.bound(placement, position);
    }

    private String bound(String keyspace, Bytes bound) {
        return bound.length() == 0 ? "the start" : RangeText.bound(placement(keyspace), bound);
    }

    private Placement placementOf(Event event) {
        return switch (event) {
            case Event.KeyspaceCreated e -> e.placement();
            case Event.TabletSplit e -> placement(e.keyspace());
            case Event.TabletsMerged e -> placement(e.keyspace());
            case Event.ReadReplicaAdded e -> placement(e.keyspace());
            case Event.OfReadReplica e -> Placement.RANGE;
            case Event.MigrationPlanned e -> placement(e.keyspace());
            case Event.OfMigration e -> {
                Migration migration = state.migration(e.migration());
                yield migration == null
                        ? Placement.RANGE
                        : placement(migration.plan().keyspace());
            }
            case Event.CommandRejected e -> Placement.RANGE;
            case Event.CommandHadNoEffect e -> Placement.RANGE;
            case Event.WorkerJoined e -> Placement.RANGE;
            case Event.WorkerLost e -> Placement.RANGE;
            case Event.WorkersSilent e -> Placement.RANGE;
            case Event.FailoverDelayed e -> Placement.RANGE;
            case Event.WorkerDrainStarted e -> Placement.RANGE;
            case Event.WorkerDrained e -> Placement.RANGE;
            case Event.WorkerUndrained e -> Placement.RANGE;
            case Event.ShardAdded e -> Placement.RANGE;
            case Event.ShardLogCreated e -> Placement.RANGE;
            case Event.ShardAssigned e -> Placement.RANGE;
            case Event.PolicySet e -> Placement.RANGE;
            case Event.OfProposal e -> {
                Proposal proposal = state.steering().proposal(e.proposal());
                yield e instanceof Event.ProposalMade made
                        ? placement(made.action().keyspace())
                        : proposal == null
                                ? Placement.RANGE
                                : placement(proposal.action().keyspace());
            }
            case Event.PolicyRefused e -> e.keyspace() == null ? Placement.RANGE : placement(e.keyspace());
            case Event.PolicyRefusalLifted e -> e.keyspace() == null ? Placement.RANGE : placement(e.keyspace());
        };
    }

    private Placement placement(String name) {
        Keyspace keyspace = state.keyspace(name);
        return keyspace == null ? Placement.RANGE : keyspace.placement();
    }
}
