package dev.kedge.orchestrator.model;

import static dev.kedge.orchestrator.model.Evolution.expect;
import static dev.kedge.orchestrator.model.Evolution.impossible;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the policies have been told and have decided: the part of the fold that is about them. Bounded but for open proposals, of which
 * there are at most a few for each tablet.
 *
 * @param cellPolicy null while none was set
 * @param policies keyspaces' own policies
 * @param open proposals that are not over
 * @param closed the latest ones that are
 * @param refusals the standing refusal of each subject
 * @param moved bytes that proposals began to move, by minute, for about an hour back
 */
public record Steering(
        @Nullable Policy cellPolicy,
        PersistentMap<String, Policy> policies,
        PersistentMap<String, Proposal> open,
        PersistentMap<String, Proposal> closed,
        PersistentMap<Subject, Refused> refusals,
        PersistentMap<Long, Long> moved) {
    /** So many proposals are remembered after their end; older ones are in the events. */
    static final int CLOSED = 1_000;

    /** So many subjects' refusals are remembered: more are said anew when they are met again. */
    static final int REFUSALS = 10_000;

    /** So many keys of one code are remembered for a need: an older one is said anew. */
    static final int KEYS = 8;

    private static final long MINUTE_MILLIS = 60_000;
    private static final int MINUTES = 60;

    /** Proposal ids are "p" + a number: shorter is earlier. */
    private static final Comparator<String> BY_AGE =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    public static final Steering NONE = new Steering(
            null,
            PersistentMap.empty(),
            PersistentMap.empty(BY_AGE),
            PersistentMap.empty(BY_AGE),
            PersistentMap.empty(),
            PersistentMap.empty());

    /** What a refusal is about: a policy and a shard, a tablet, or the cell. */
    public record Subject(PolicyKind policy, String name) implements Comparable<Subject> {
        private static final Comparator<Subject> ORDER =
                Comparator.comparing(Subject::policy).thenComparing(Subject::name);

        /** A tablet goes before the shard it is on: a merge is about a bound, all else about a shard or the cell. */
        public static Subject of(
                PolicyKind policy, @Nullable String shard, @Nullable String keyspace, @Nullable Bytes start) {
            if (shard != null) {
                return new Subject(policy, "shard " + shard);
            }
            return keyspace == null
                    ? new Subject(policy, "cell")
                    : new Subject(policy, "tablet " + keyspace + " " + (start == null ? "" : start.toHex()));
        }

        @Override
        public int compareTo(Subject other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A need that nothing is done about.
     *
     * @param event what was said of it last
     * @param atMillis when
     * @param said the reasons given since the need arose, in order; of each code the last few
     */
    public record Refused(Event.PolicyRefused event, long atMillis, List<Reason> said) {
        public Refused {
            said = List.copyOf(said);
        }

        /** Whether just that was said since the need arose, and is not long past in a row of other keys. */
        public boolean wasSaid(String code, @Nullable Bytes key) {
            return said.contains(new Reason(code, key));
        }

        static Refused after(@Nullable Refused before, Event.PolicyRefused event, long timeMillis) {
            List<Reason> said = new ArrayList<>();
            Reason reason = new Reason(event.code(), event.key());
            if (before != null) {
                said.addAll(before.said);
                said.remove(reason);
                List<Reason> alike =
                        said.stream().filter(r -> r.code.equals(reason.code)).toList();
                if (alike.size() >= KEYS) {
                    said.remove(alike.getFirst());
                }
            }
            said.add(reason);
            return new Refused(event, timeMillis, said);
        }
    }

    /** Why nothing is done, as its refusal tells it. */
    public record Reason(String code, @Nullable Bytes key) {}

    /** The policy that holds for a keyspace; null = for the cell. */
    public Policy policy(@Nullable String keyspace) {
        Policy own = keyspace == null ? null : policies.get(keyspace);
        Policy cell = cellPolicy;
        return own != null ? own : cell != null ? cell : Policy.DEFAULTS;
    }

    /** The proposal of this id, if it is open or not over for long. */
    public @Nullable Proposal proposal(String id) {
        Proposal proposal = open.get(id);
        return proposal != null ? proposal : closed.get(id);
    }

    /** Bytes that proposals began to move within the hour before {@code nowMillis}. */
    public long movedWithinAnHour(long nowMillis) {
        long sum = 0;
        for (Map.Entry<Long, Long> minute : moved) {
            sum += minute.getKey() > nowMillis / MINUTE_MILLIS - MINUTES ? minute.getValue() : 0;
        }
        return sum;
    }

    Steering with(Event.PolicySet e) {
        String keyspace = e.keyspace();
        Policy policy = e.policy();
        if (keyspace == null) {
            return new Steering(policy, policies, open, closed, refusals, moved);
        }
        return new Steering(
                cellPolicy,
                policy == null ? policies.remove(keyspace) : policies.put(keyspace, policy),
                open,
                closed,
                refusals,
                moved);
    }

    Steering with(Event.OfProposal event, long timeMillis) {
        if (event instanceof Event.ProposalMade made) {
            expect(proposal(made.proposal()) == null, event, "the proposal exists");
            Proposal.Status status =
                    made.mode() == Policy.Mode.AUTO ? new Proposal.Approved(timeMillis) : new Proposal.Proposed();
            return withOpen(open.put(made.proposal(), new Proposal(made, timeMillis, status)));
        }
        Proposal proposal = open.get(event.proposal());
        if (proposal == null) {
            throw impossible(event, "no such proposal is open");
        }
        return switch (event) {
            case Event.ProposalMade e -> throw impossible(e, "the proposal exists");
            case Event.ProposalApproved e -> {
                expect(proposal.status() instanceof Proposal.Proposed, e, "it is " + proposal.status());
                yield withOpen(open.put(e.proposal(), proposal.in(new Proposal.Approved(timeMillis))));
            }
            case Event.ProposalStarted e -> {
                expect(proposal.status() instanceof Proposal.Approved, e, "it is " + proposal.status());
                yield withOpen(open.put(e.proposal(), proposal.in(new Proposal.Running(timeMillis))))
                        .withMoved(e.bytes(), timeMillis);
            }
            case Event.ProposalDone e -> {
                expect(proposal.status() instanceof Proposal.Running, e, "it is " + proposal.status());
                yield close(proposal.in(new Proposal.Done(timeMillis)));
            }
            case Event.ProposalFailed e -> close(proposal.in(new Proposal.Failed(timeMillis, e.reason())));
            case Event.ProposalRejected e ->
                close(notBegun(e, proposal, new Proposal.Rejected(timeMillis, e.reason())));
            case Event.ProposalExpired e -> close(notBegun(e, proposal, new Proposal.Expired(timeMillis, e.reason())));
        };
    }

    private static Proposal notBegun(Event e, Proposal proposal, Proposal.Over end) {
        expect(!(proposal.status() instanceof Proposal.Running), e, "it is " + proposal.status());
        return proposal.in(end);
    }

    private Steering withOpen(PersistentMap<String, Proposal> changed) {
        return new Steering(cellPolicy, policies, changed, closed, refusals, moved);
    }

    private Steering close(Proposal proposal) {
        PersistentMap<String, Proposal> over = closed.put(proposal.id(), proposal);
        if (over.size() > CLOSED) {
            over = over.remove(over.iterator().next().getKey());
        }
        return new Steering(cellPolicy, policies, open.remove(proposal.id()), over, refusals, moved);
    }

    private Steering withMoved(long bytes, long timeMillis) {
        long minute = timeMillis / MINUTE_MILLIS;
        Long before = moved.get(minute);
        PersistentMap<Long, Long> more = moved.put(minute, (before == null ? 0 : before) + bytes);
        while (more.size() > MINUTES) {
            more = more.remove(more.iterator().next().getKey());
        }
        return new Steering(cellPolicy, policies, open, closed, refusals, more);
    }

    Steering with(Event.PolicyRefused e, long timeMillis) {
        Subject subject = Subject.of(e.policy(), e.shard(), e.keyspace(), e.start());
        PersistentMap<Subject, Refused> more =
                refusals.put(subject, Refused.after(refusals.get(subject), e, timeMillis));
        while (more.size() > REFUSALS) {
            more = more.remove(more.iterator().next().getKey());
        }
        return new Steering(cellPolicy, policies, open, closed, more, moved);
    }

    Steering with(Event.PolicyRefusalLifted e) {
        return new Steering(
                cellPolicy,
                policies,
                open,
                closed,
                refusals.remove(Subject.of(e.policy(), e.shard(), e.keyspace(), e.start())),
                moved);
    }
}
