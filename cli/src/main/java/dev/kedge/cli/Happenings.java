package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What has been decided of tablets and of proposals, as a session reads it: enough to tell what an event was about that names only a proposal
 * or a migration. Keeps the decisions of policies, and of migrations their beginning, commit points and end.
 */
final class Happenings {
    private final List<EventEnvelope> kept = new ArrayList<>();
    private final Map<String, Event.ProposalMade> proposals = new HashMap<>();
    private final Map<String, Event.MigrationPlanned> migrations = new HashMap<>();

    void see(EventEnvelope envelope) {
        if (envelope.event() instanceof Event.ProposalMade e) {
            proposals.put(e.proposal(), e);
        } else if (envelope.event() instanceof Event.MigrationPlanned e) {
            migrations.put(e.migration(), e);
        }
        if (isKept(envelope.event())) {
            kept.add(envelope);
        }
    }

    private static boolean isKept(Event event) {
        return switch (event) {
            case Event.OfMigration e ->
                e instanceof Event.MigrationPlanned
                        || e instanceof Event.CutoverCommitted
                        || e instanceof Event.MigrationCompleted
                        || e instanceof Event.MigrationAborted
                        || e instanceof Event.MigrationRolledBack;
            case Event.CommandRejected e -> false;
            case Event.CommandHadNoEffect e -> false;
            case Event.WorkerJoined e -> false;
            default -> true; // what is about no shard and no tablet is not asked for either
        };
    }

    /** The last {@code count} that concern a shard, oldest first. */
    List<EventEnvelope> ofShard(String shard, int count) {
        return last(count, event -> concerns(event, shard));
    }

    /** The last {@code count} that concern positions of a keyspace, oldest first. */
    List<EventEnvelope> ofRange(String keyspace, KeyRange range, int count) {
        return last(count, event -> concerns(event, keyspace, range));
    }

    /** All of a proposal, oldest first. */
    List<EventEnvelope> ofProposal(String id) {
        return last(
                Integer.MAX_VALUE,
                event -> event instanceof Event.OfProposal e && e.proposal().equals(id));
    }

    private List<EventEnvelope> last(int count, Predicate<Event> wanted) {
        List<EventEnvelope> found =
                kept.stream().filter(e -> wanted.test(e.event())).toList();
        return found.subList(Math.max(0, found.size() - count), found.size());
    }

    private boolean concerns(Event event, String shard) {
        return switch (event) {
            case Event.ShardAdded e -> e.shard().equals(shard);
            case Event.ShardAssigned e -> e.shard().equals(shard);
            case Event.PolicyRefused e -> shard.equals(e.shard());
            case Event.PolicyRefusalLifted e -> shard.equals(e.shard());
            case Event.OfProposal e -> {
                Event.ProposalMade made = proposals.get(e.proposal());
                yield made != null && concerns(made.action(), shard);
            }
            case Event.OfMigration e -> {
                Event.MigrationPlanned planned = migrations.get(e.migration());
                yield planned != null
                        && (planned.from().equals(shard) || planned.to().equals(shard));
            }
            default -> false; // names no shard
        };
    }

    static boolean concerns(Action action, String shard) {
        return switch (action) {
            case Action.SplitAndMove a -> a.from().equals(shard) || a.to().equals(shard);
            case Action.MoveTablet a -> a.from().equals(shard) || a.to().equals(shard);
            case Action.MergeSiblings a ->
                a.leftShard().equals(shard) || a.rightShard().equals(shard);
        };
    }

    private boolean concerns(Event event, String keyspace, KeyRange range) {
        return switch (event) {
            case Event.KeyspaceCreated e -> e.keyspace().equals(keyspace);
            case Event.TabletSplit e -> e.keyspace().equals(keyspace) && touches(range, e.at());
            case Event.TabletsMerged e -> e.keyspace().equals(keyspace) && touches(range, e.at());
            case Event.ReadReplicaAdded e -> e.keyspace().equals(keyspace) && range.contains(e.start());
            case Event.PolicyRefused e -> isAt(e.keyspace(), e.start(), keyspace, range);
            case Event.PolicyRefusalLifted e -> isAt(e.keyspace(), e.start(), keyspace, range);
            case Event.OfProposal e -> {
                Event.ProposalMade made = proposals.get(e.proposal());
                yield made != null && concerns(made.action(), keyspace, range);
            }
            case Event.OfMigration e -> {
                Event.MigrationPlanned planned = migrations.get(e.migration());
                yield planned != null
                        && planned.keyspace().equals(keyspace)
                        && range.overlaps(new KeyRange(planned.start(), planned.end()));
            }
            default -> false; // names no tablet
        };
    }

    static boolean concerns(Action action, String keyspace, KeyRange range) {
        return action.keyspace().equals(keyspace) && action.range().overlaps(range);
    }

    private static boolean touches(KeyRange range, Bytes bound) {
        return range.contains(bound) || Objects.equals(range.end(), bound);
    }

    private static boolean isAt(@Nullable String in, @Nullable Bytes start, String keyspace, KeyRange range) {
        return keyspace.equals(in) && start != null && range.contains(start);
    }

    /** The proposal a migration carries out, as it was made; null if a command opened it. */
    Event.@Nullable ProposalMade proposalOf(String migration) {
        String id = Proposal.ofMigration(migration);
        return id == null ? null : proposals.get(id);
    }
}
