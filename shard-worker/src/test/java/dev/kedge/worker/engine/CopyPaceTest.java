package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy that could do 200,000 rows/s beside clients whose target is a p99 of 10 ms. */
class CopyPaceTest {
    private static final int LEAST = 5_000;
    private static final double FULL = 200_000;
    private static final int TARGET_MILLIS = 10;

    private final CopyPace pace = new CopyPace(LEAST);
    private long nanos = 1_000_000_000_000L;
    private long windows;

    CopyPaceTest() {
        pace.options(0, TARGET_MILLIS);
    }

    private static double copied(CopyPace pace) {
        return pace.rowsPerSecond() == 0 ? FULL : Math.min(FULL, pace.rowsPerSecond());
    }

    /** One second in which the ends' clients waited so long; -1 = there were none. */
    private int second(long sourceMillis, long ownMillis) {
        double copied = copied(pace);
        nanos += 1_000_000_000;
        pace.source(sourceMillis < 0 ? 0 : 1_000, Math.max(0, sourceMillis) * 1_000, nanos);
        pace.interval(
                new Foreground.Window(
                        ++windows, 1_000_000_000, ownMillis < 0 ? 0 : 1_000, Math.max(0, ownMillis) * 1_000),
                copied,
                nanos);
        return pace.rowsPerSecond();
    }

    @Test
    void withoutClientsOrWithPatientOnesThereIsNoLimit() {
        for (int i = 0; i < 10; i++) {
            assertThat(second(-1, -1)).isZero();
            assertThat(second(3, 9)).isZero();
        }
    }

    @Test
    void itIsOutOfTheWayWithinSecondsWhicheverEndSuffers() {
        assertThat(second(40, 1)).isEqualTo(50_000);
        assertThat(second(1, 40)).isEqualTo(12_500);
        assertThat(second(40, 40)).isEqualTo(LEAST);
        for (int i = 0; i < 20; i++) {
            assertThat(second(400, 400)).as("it never stands still (I9)").isEqualTo(LEAST);
        }
    }

    @Test
    void aLittleTooMuchIsAnsweredWithALittleLess() {
        assertThat(second(11, 1)).isEqualTo(140_000);
        assertThat(second(9, 1)).as("near the target it stays").isEqualTo(140_000);
    }

    @Test
    void itRecoversFastToWhereItWasGoodAndGentlyFromThere() {
        for (int i = 0; i < 6; i++) {
            second(100, 1);
        }
        assertThat(pace.rowsPerSecond()).isEqualTo(LEAST);
        int before = LEAST;
        int seconds = 0;
        while (before < 140_000) {
            int now = second(2, 2);
            assertThat(now).isGreaterThan(before).isLessThanOrEqualTo(140_000);
            before = now;
            seconds++;
        }
        assertThat(seconds).isLessThanOrEqualTo(10);
        assertThat(second(2, 2)).isEqualTo(147_000);
    }

    @Test
    void whenTheClientsLeaveSoDoesTheLimit() {
        for (int i = 0; i < 6; i++) {
            second(100, 1);
        }
        int seconds = 0;
        while (second(-1, -1) != 0) {
            assertThat(++seconds).isLessThan(10);
        }
    }

    @Test
    void aSourceThatTellsNothingAnyMoreIsNotHeededForEver() {
        second(40, -1);
        nanos += 2_900_000_000L;
        pace.interval(new Foreground.Window(++windows, 1, 0, 0), 50_000, nanos);
        assertThat(pace.sourceP99Micros()).isEqualTo(40_000);
        nanos += 1_000_000_000L;
        pace.interval(new Foreground.Window(++windows, 1, 0, 0), 50_000, nanos);
        assertThat(pace.sourceP99Micros()).isEqualTo(-1);
    }

    @Test
    void aHandfulOfRequestsSaysNothing() {
        pace.source(19, 900_000, nanos);
        pace.interval(new Foreground.Window(1, 1, 19, 900_000), FULL, nanos);
        assertThat(pace.rowsPerSecond()).isZero();
    }

    @Test
    void theLimitThatWasAskedForHoldsAsWell() {
        pace.options(30_000, TARGET_MILLIS);
        assertThat(second(1, 1)).isEqualTo(30_000);
        assertThat(second(20, 1)).isEqualTo(15_000);
        pace.options(8_000, TARGET_MILLIS);
        assertThat(pace.rowsPerSecond()).isEqualTo(8_000);
        pace.options(30_000, 0);
        assertThat(second(500, 500)).as("heeds nobody").isEqualTo(30_000);
    }

    /** Clients that wait the longer the faster the copy goes: it finds a speed they bear, and stays near it. */
    @ParameterizedTest
    @ValueSource(ints = {10_000, 20_000, 50_000, 100_000, 180_000})
    void itSettlesNearWhatTheClientsBear(int bearable) {
        Random noise = new Random(bearable);
        int over = 0;
        double sum = 0;
        for (int i = 0; i < 120; i++) {
            double load = copied(pace) / bearable;
            long micros = (long) (1_000 * TARGET_MILLIS * load * (0.95 + noise.nextDouble() * 0.1));
            nanos += 1_000_000_000;
            pace.source(1_000, micros, nanos);
            double copied = copied(pace);
            pace.interval(new Foreground.Window(++windows, 1_000_000_000, 1_000, 500), copied, nanos);
            if (i >= 10) {
                over += micros > 1_000 * TARGET_MILLIS ? 1 : 0;
                sum += copied;
            }
        }
        assertThat(over).as("seconds of 110 above the target").isLessThanOrEqualTo(22);
        assertThat(sum / 110).as("rows/s copied").isBetween(bearable * 0.6, bearable * 1.05);
    }
}
