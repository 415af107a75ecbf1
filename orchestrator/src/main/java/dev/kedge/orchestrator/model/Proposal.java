package dev.kedge.orchestrator.model;

import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import org.jspecify.annotations.Nullable;

/**
 * Something a policy wants done, and how far it is. The steps of carrying it out are not kept: they follow from the tablets and from its
 * migration, so a restart goes on where it was.
 *
 * @param made what was proposed, with the figures it came from
 * @param madeMillis when
 */
public record Proposal(Event.ProposalMade made, long madeMillis, Status status) {

    /** How far a proposal is. */
    public sealed interface Status {}

    /** It waits for approval, or (mode ADVISE) only for its end. */
    public record Proposed() implements Status {}

    /** It waits for its turn. */
    public record Approved(long atMillis) implements Status {}

    public record Running(long sinceMillis) implements Status {}

    /** The end. */
    public sealed interface Over extends Status {
        long atMillis();
    }

    public record Done(long atMillis) implements Over {}

    public record Failed(long atMillis, String reason) implements Over {}

    public record Rejected(long atMillis, String reason) implements Over {}

    public record Expired(long atMillis, String reason) implements Over {}

    /** The id of a proposal made by the event of that sequence: unique, and the same when it is decided again. */
    public static String id(long sequence) {
        return "p" + sequence;
    }

    public String id() {
        return made.proposal();
    }

    public Action action() {
        return made.action();
    }

    public PolicyKind policy() {
        return made.policy();
    }

    public boolean isOver() {
        return status instanceof Over;
    }

    /** Whether it is being carried out, or will be without anybody's doing. */
    public boolean isUnderWay() {
        return status instanceof Approved || status instanceof Running;
    }

    /** Id of the migration that carries it out, whether there is one yet or not. */
    public String migration() {
        return id() + "-1";
    }

    /** The id of a read replica that a policy adds by the event of that sequence. */
    public static String replica(long sequence) {
        return "r" + id(sequence);
    }

    /** Whether a policy added the read replica, not a command. */
    public static boolean addedReplica(String replica) {
        return replica.startsWith("rp");
    }

    /** The proposal that a migration carries out; null if none does: a command opened it. */
    public static @Nullable String ofMigration(String migration) {
        return migration.startsWith("p") && migration.endsWith("-1")
                ? migration.substring(0, migration.length() - 2)
                : null;
    }

    Proposal in(Status next) {
        return new Proposal(made, madeMillis, next);
    }
}
