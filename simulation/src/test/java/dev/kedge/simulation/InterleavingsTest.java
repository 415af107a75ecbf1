package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.kedge.orchestrator.model.ImpossibleHistoryException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Twelve interleavings that break a naive version. Each is told as a story over the real engines; it ends well, and it does not with the rule
 * switched off that it is about.
 */
final class InterleavingsTest {
    enum Told {
        LATE_IMPORT_COMPLETED(
                1, OwnershipStories.LateImportCompleted.class, RuleOff.R2_ANY_VERSION, RuleOff.R6_COMPLETES_ANYTHING),
        LATE_TAKEOVER_FENCE(1, OwnershipStories.LateTakeoverFence.class, RuleOff.R2_ANY_VERSION),
        COMPACTED_JUDGE(2, LogStories.CompactedJudge.class, RuleOff.R7_JUDGES_SHARE_KEYS),
        READER_FROM_THE_MIDDLE(2, LogStories.ReaderFromTheMiddle.class, RuleOff.R7_READER_KNOWS_NOTHING),
        VOID_RECORD_WINS_COMPACTION(3, LogStories.VoidRecordWinsCompaction.class, RuleOff.R5_NO_REPAIR),
        FORMER_LIFE(4, LogStories.FormerLife.class, RuleOff.R1_ANY_INCARNATION),
        UNKNOWN_OUTCOME(4, LogStories.UnknownOutcome.class, RuleOff.R1_ANY_INCARNATION),
        FENCE_IN_A_HOLE(5, LogStories.FenceInAHole.class, RuleOff.R3_HOLES_ARE_FINE),
        PROGRESS_BEFORE_ITS_IMPORTS(5, ImportStories.ProgressBeforeItsImports.class, RuleOff.R6_PROGRESS_RUNS_AHEAD),
        LATE_IMPORT(5, ImportStories.LateImport.class, RuleOff.R1_ANY_INCARNATION, RuleOff.R6_IMPORTS_AT_ANY_TIME),
        MERGE_IN_THE_WINDOW(6, BoundsStories.MergeInTheWindow.class, RuleOff.R8_BOUNDS_MOVE),
        SPLIT_IN_THE_WINDOW(6, BoundsStories.SplitInTheWindow.class, RuleOff.R8_BOUNDS_MOVE),
        EXPIRED_TOMBSTONE(7, ImportStories.ExpiredTombstone.class, RuleOff.R0_STALE_IS_FRESH),
        STORE_OPENED_LATE(7, ImportStories.StoreOpenedLate.class, RuleOff.R0_STALE_IS_FRESH),
        FENCE_WITHOUT_THE_WAIT(8, LeaseStories.FenceWithoutTheWait.class, RuleOff.R4_EVERY_FENCE_VOUCHES),
        LATE_EVICTION(9, ImportStories.LateEviction.class, RuleOff.R9_EVICTIONS_LINGER),
        CLOCK_THAT_STOOD_STILL(10, LeaseStories.ClockThatStoodStill.class, RuleOff.R4_CLOCKS_AGREE),
        PAUSE_BEFORE_THE_TICK(10, LeaseStories.PauseBeforeTheTick.class, RuleOff.R4_LEASE_FOR_EVER),
        CLOCKS_AT_ODDS(10, LeaseStories.ClocksAtOdds.class, RuleOff.R4_NO_MARGIN),
        ATTEMPTS_MIX(11, ImportStories.AttemptsMix.class, RuleOff.R6_ATTEMPTS_MIX),
        ABORTED_CUTOVER(12, OwnershipStories.AbortedCutover.class, RuleOff.R0_READS_UNCOMMITTED);

        final int number;
        final Class<? extends Runnable> story;
        /** All of them have to be off for the story to end badly: where there are two, each guards alone. */
        @SuppressWarnings("ImmutableEnumChecker") // nobody changes it
        final Set<RuleOff> off;

        Told(int number, Class<? extends Runnable> story, RuleOff first, RuleOff... others) {
            this.number = number;
            this.story = story;
            this.off = Collections.unmodifiableSet(EnumSet.of(first, others));
        }

        Runnable without(Set<RuleOff> rules) {
            return Mutants.with(rules, Runnable.class, story.getName());
        }
    }

    /** Of a class loader of their own. A history that can't be folded stops the control plane. */
    private static final Set<String> VERDICTS =
            Set.of(InvariantViolation.class.getSimpleName(), ImpossibleHistoryException.class.getSimpleName());

    @ParameterizedTest
    @EnumSource
    void endsWellWithAllRulesOn(Told told) {
        told.without(EnumSet.noneOf(RuleOff.class)).run();
    }

    @ParameterizedTest
    @EnumSource
    void endsBadlyWithItsRuleOff(Told told) {
        Throwable failure = catchThrowable(() -> told.without(told.off).run());
        assertThat(failure).as("%s with %s", told, told.off).isNotNull();
        boolean isVerdict = failure instanceof AssertionError
                || VERDICTS.contains(failure.getClass().getSimpleName());
        assertThat(isVerdict).as("a verdict on the story: %s", failure).isTrue();
    }

    /** Where two rules guard, one is enough. */
    @ParameterizedTest
    @EnumSource
    void endsWellWithOneOfTwoRulesOn(Told told) {
        if (told.off.size() > 1) {
            told.off.forEach(rule -> told.without(EnumSet.of(rule)).run());
        }
    }

    @Test
    void allTwelveAreTold() {
        Set<Integer> numbers = new TreeSet<>();
        for (Told told : Told.values()) {
            numbers.add(told.number);
        }
        assertThat(numbers).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }
}
