package dev.kedge.orchestrator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import org.assertj.core.data.Offset;

/** Whatever the load: nothing overlaps, no limit is broken, nothing moves without gain, and there is an end to it. */
final class PolicyPropertiesTest {
    private static final int ROUNDS = 60;
    private static final int[] RETURNS = new int[2];
    private static final Set<Class<?>> SEEN = new HashSet<>();
    private static final Set<RefusalCode> REFUSED = EnumSet.noneOf(RefusalCode.class);

    /** A cell of random shape with a skewed load of random size, in which everything is allowed to move soon. */
    private static ModelCell random(Random random) {
        ModelCell cell = ModelCell.of(2 + random.nextInt(4), 1 + random.nextInt(2));
        cell.policy = Tuned.of(cell.policy).cooldown(30_000).window(60_000).policy();
        List<String> shards = cell.state.shards().keys();
        int tablets = shards.size() * (1 + random.nextInt(12));
        Object[] owners = new Object[2 * tablets];
        for (int i = 0; i < tablets; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * Slots.COUNT / tablets);
            owners[2 * i + 1] = shards.get(random.nextInt(shards.size()));
        }
        cell.keyspace("k", Placement.HASH, owners);
        double scale = Math.pow(10, 1 + random.nextInt(4));
        double skew = random.nextDouble() * 1.5;
        for (int rank = 1; rank <= 400; rank++) {
            int slot = random.nextInt(Slots.COUNT);
            cell.key("k", Slots.bound(slot).concat(Bytes.utf8("key-" + rank)), scale / Math.pow(rank, skew), (long)
                    (random.nextDouble() * 2e9));
        }
        return cell;
    }

    @Property(tries = 40)
    void whatIsWantedAtOnceFitsTogether(@ForAll long seed) {
        Random random = new Random(seed);
        ModelCell cell = random(random);
        for (int round = 0; round < 5; round++) {
            cell.report(1 + random.nextInt(12));
            Findings findings = cell.plan();
            check(cell, findings);
            cell.execute(findings);
        }
    }

    private static void check(ModelCell cell, Findings findings) {
        Set<KeyRange> ranges = new HashSet<>();
        Map<String, Integer> perShard = new HashMap<>();
        Map<String, Integer> perWorker = new HashMap<>();
        int migrations = 0;
        long bytes = 0;
        findings.refused().forEach(r -> REFUSED.add(r.code()));
        for (Verdict.Wanted wanted : findings.wanted()) {
            for (KeyRange other : ranges) {
                assertThat(wanted.action().range().overlaps(other)).isFalse();
            }
            ranges.add(wanted.action().range());
            isAsItSays(cell, wanted.action());
            SEEN.add(wanted.action().getClass());
            Limits.Move move = Limits.Move.of(wanted.action());
            if (move != null) {
                migrations++;
                bytes += wanted.bytes();
                perShard.merge(move.from(), 1, Integer::sum);
                perShard.merge(move.to(), 1, Integer::sum);
                perWorker.merge(workerOf(cell, move.from(), null), 1, Integer::sum);
                perWorker.merge(workerOf(cell, move.to(), move.worker()), 1, Integer::sum);
            }
            if (wanted.policy() == PolicyKind.DISTRIBUTION) {
                assertThat(wanted.figures().stream().filter(f -> f.name().equals("relief")))
                        .allMatch(f -> f.value() >= cell.policy.minMoveGain());
            }
        }
        assertThat(migrations).isLessThanOrEqualTo(cell.policy.maxMigrationsPerCell());
        assertThat(perShard.values()).allMatch(n -> n <= cell.policy.maxMigrationsPerShard());
        // A move within a worker counts once there, and was counted twice above.
        assertThat(perWorker.values()).allMatch(n -> n <= 2 * cell.policy.maxMigrationsPerWorker());
        long moved = cell.state.steering().movedWithinAnHour(cell.now);
        assertThat(migrations <= 1 || moved + bytes <= cell.policy.churnBytesPerHour())
                .isTrue();
    }

    /** What a test remembers by itself of a range that left a shard. */
    private record Left(KeyRange range, String shard, long atMillis) {}

    /** However the load jumps about, and whichever policy moves, splits or joins it in between, whatever was moved before. */
    @Property(tries = 30)
    void nothingGoesBackWhereItLeftLately(@ForAll long seed) {
        Random random = new Random(seed);
        ModelCell cell = ModelCell.of(3 + random.nextInt(3), 1);
        // One at a time, so that each is judged by the very layout it was found in.
        cell.policy = Tuned.of(cell.policy)
                .cooldown(60_000)
                .window(30_000)
                .max(0, 800)
                .merge(3_000_000_000L, 200)
                .limits(1, 2, 1, 0)
                .policy();
        List<String> shards = cell.state.shards().keys();
        Object[] owners = new Object[4 * shards.size()];
        for (int i = 0; i < owners.length / 2; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * Slots.COUNT / (2 * shards.size()));
            owners[2 * i + 1] = shards.get(i / 2);
        }
        cell.keyspace("k", Placement.HASH, owners);
        List<Left> left = new ArrayList<>();
        for (int round = 0; round < 150; round++) {
            if (round % 6 == 0) {
                boolean busy = round % 18 != 12; // else what was cut is joined again
                int around = random.nextInt(Slots.COUNT * 7 / 8);
                cell.keys.clear();
                for (int key = 0; key < 100; key++) {
                    Bytes slot =
                            Slots.bound(busy ? around + random.nextInt(Slots.COUNT / 8) : random.nextInt(Slots.COUNT));
                    cell.key("k", slot.concat(Bytes.utf8("x" + key)), busy ? 20 : 1, 10_000_000);
                }
            }
            cell.report(2 + random.nextInt(2));
            for (Verdict.Wanted wanted : cell.plan().wanted()) {
                Limits.Move way = Limits.Move.of(wanted.action());
                KeyRange moved = moved(wanted.action());
                if (way != null) {
                    boolean back = left.stream()
                            .anyMatch(l -> l.shard().equals(way.to())
                                    && l.range().overlaps(moved)
                                    && cell.now - l.atMillis()
                                            < cell.policy.returnCooldowns() * cell.policy.cooldownMillis());
                    assertThat(back && lowers(cell, wanted.action(), way) < cell.policy.minReturnGain())
                            .as("%s, after %s", wanted, left)
                            .isFalse();
                    RETURNS[way.worker() == null && wasEver(left, way, moved) ? 1 : 0]++;
                    left.add(new Left(moved, way.from(), cell.now));
                }
                SEEN.add(wanted.action().getClass());
                cell.execute(wanted);
            }
        }
    }

    private static boolean wasEver(List<Left> left, Limits.Move way, KeyRange moved) {
        return left.stream()
                .anyMatch(l -> l.shard().equals(way.to()) && l.range().overlaps(moved));
    }

    private static KeyRange moved(Action action) {
        return switch (action) {
            case Action.SplitAndMove a -> new KeyRange(a.at(), a.end());
            case Action.MoveTablet a -> a.range();
            case Action.MergeSiblings a ->
                a.moveRight() ? new KeyRange(a.at(), a.end()) : new KeyRange(a.start(), a.at());
        };
    }

    /** By how much it brings the fuller shard down: what a step back is worth. */
    private static double lowers(ModelCell cell, Action action, Limits.Move way) {
        Layout layout = Layout.of(cell.situation());
        Piece piece = action instanceof Action.SplitAndMove a
                ? layout.preview(layout.find("k", a.range()), a.at())
                : layout.find("k", moved(action));
        return way.worker() != null || action instanceof Action.MergeSiblings
                ? 0
                : new Evenness(layout).lowers(piece, layout.seat(way.to()));
    }

    /** None of it is proven by nothing having happened. */
    @AfterContainer
    static void everythingWasMet() {
        assertThat(SEEN).contains(Action.SplitAndMove.class, Action.MoveTablet.class, Action.MergeSiblings.class);
        assertThat(RETURNS)
                .as("moves, and such as go back where some of it was")
                .doesNotContain(0);
        assertThat(REFUSED).contains(RefusalCode.COOLDOWN, RefusalCode.LIMIT, RefusalCode.HOT_KEY);
    }

    private static String workerOf(ModelCell cell, String shard, String newOn) {
        return cell.state.shard(shard) == null ? newOn : cell.state.shard(shard).worker();
    }

    private static void isAsItSays(ModelCell cell, Action action) {
        List<KeyRange> tablets = new ArrayList<>();
        List<String> owners = new ArrayList<>();
        switch (action) {
            case Action.SplitAndMove a -> {
                tablets.add(a.range());
                owners.add(a.from());
                assertThat(a.range().contains(a.at()) && !a.at().equals(a.start()))
                        .isTrue();
                assertThat(a.at().length()).isEqualTo(2); // a whole slot
                assertThat(a.to()).isNotEqualTo(a.from());
            }
            case Action.MoveTablet a -> {
                tablets.add(a.range());
                owners.add(a.from());
                assertThat(a.to()).isNotEqualTo(a.from());
            }
            case Action.MergeSiblings a -> {
                tablets.add(new KeyRange(a.start(), a.at()));
                owners.add(a.leftShard());
                tablets.add(new KeyRange(a.at(), a.end()));
                owners.add(a.rightShard());
            }
        }
        for (int i = 0; i < tablets.size(); i++) {
            var placed = cell.state.keyspace("k").tabletAt(tablets.get(i).start());
            assertThat(placed.range()).isEqualTo(tablets.get(i));
            assertThat(placed.tablet().shard()).isEqualTo(owners.get(i));
            assertThat(placed.tablet().migration()).isNull(); // R8
        }
    }

    @Property(tries = 15)
    void underASteadyLoadThereIsAnEnd(@ForAll long seed) {
        ModelCell cell = random(new Random(seed));
        cell.settle(ROUNDS);
        // ... and it stays: more time passing changes nothing.
        cell.report(60);
        assertThat(cell.plan().wanted()).isEmpty();
    }

    /** With tablets small enough to fit, even means within the tolerance: no greedy dead end. */
    @Property(tries = 15)
    void manySmallTabletsEndWithinTheTolerance(@ForAll long seed) {
        ModelCell cell = manySmallTablets(new Random(seed));
        cell.settle(ROUNDS);
        assertThat(cell.plan().balance().shards()).isLessThanOrEqualTo(cell.policy.imbalanceTolerance());
        assertThat(cell.plan().balance().workers()).isLessThanOrEqualTo(cell.policy.imbalanceTolerance());
    }

    private static ModelCell manySmallTablets(Random random) {
        ModelCell cell = ModelCell.of(2 + random.nextInt(5), 1);
        cell.policy = Tuned.of(cell.policy).cooldown(30_000).window(60_000).policy();
        List<String> shards = cell.state.shards().keys();
        int tablets = shards.size() * 40;
        Object[] owners = new Object[2 * tablets];
        for (int i = 0; i < tablets; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * Slots.COUNT / tablets);
            owners[2 * i + 1] = shards.get(Math.min(shards.size() - 1, (int) Math.abs(random.nextGaussian() * 2)));
        }
        cell.keyspace("k", Placement.HASH, owners);
        boolean bySize = random.nextBoolean();
        for (int i = 0; i < tablets; i++) {
            cell.key(
                    "k",
                    Slots.bound(i * Slots.COUNT / tablets).concat(Bytes.utf8("x")),
                    bySize ? 0 : 20 + random.nextInt(60),
                    bySize ? 100_000_000L + random.nextInt(200_000_000) : 0);
        }
        return cell;
    }

    /** Who asks for all of it gets all of it at once, whatever the limits: down to where the policy would stop, and nothing more after that. */
    @Property(tries = 15)
    void aRebalanceIsAllOfIt(@ForAll long seed) {
        ModelCell cell = manySmallTablets(new Random(seed));
        cell.policy = Tuned.of(cell.policy).limits(1, 1, 1, 1).policy().in(Policy.Mode.APPROVE);
        double stop = cell.policy.imbalanceTolerance() * (1 - cell.policy.hysteresis());
        cell.report(30);
        Policy limited = cell.policy;
        cell.policy = Tuned.of(limited).limits(1_000, 1_000, 1_000, 0).policy().in(Policy.Mode.AUTO);
        Findings within = cell.plan();
        assertThat(within.balanceAfter().shards())
                .as("what begins beyond the tolerance ends well within it")
                .isLessThanOrEqualTo(within.wanted().isEmpty() ? cell.policy.imbalanceTolerance() : stop);
        cell.policy = limited;
        Findings findings = Planner.rebalance(cell.situation(), null);
        assertThat(findings.balanceAfter().shards()).isLessThanOrEqualTo(stop);
        assertThat(Planner.rebalance(cell.situation(), "other").wanted()).isEmpty();
        double before = findings.balance().shards();
        for (Verdict.Wanted wanted : findings.wanted()) {
            assertThat(wanted.policy()).isEqualTo(PolicyKind.DISTRIBUTION);
            before = wanted.after();
        }
        cell.execute(findings);
        cell.report((int) (cell.policy.cooldownMillis() / ModelCell.INTERVAL) + 30);
        Findings again = Planner.rebalance(cell.situation(), null);
        assertThat(again.wanted()).isEmpty();
        assertThat(again.balance().shards()).isCloseTo(before, offset(0.01));
    }

    private static Offset<Double> offset(double value) {
        return Offset.offset(value);
    }

    /** The potential falls with every move, by what is known when it is decided. */
    @Property(tries = 60)
    void noMoveOfTheDistributionMakesItLessEven(@ForAll long seed) {
        ModelCell cell = random(new Random(seed));
        cell.report(12);
        Findings findings = cell.plan();
        List<Verdict.Wanted> moves = new ArrayList<>(findings.wanted());
        moves.removeIf(w -> w.policy() != PolicyKind.DISTRIBUTION);
        for (Verdict.Wanted move : moves) {
            Layout before = Layout.of(cell.situation());
            Limits.Move way = Limits.Move.of(move.action());
            Piece whole = before.find("k", move.action().range());
            Piece piece = move.action() instanceof Action.SplitAndMove a ? before.preview(whole, a.at()) : whole;
            if (way.worker() == null && findings.wanted().size() == moves.size()) {
                assertThat(new Evenness(before).gain(piece, before.seat(way.to())))
                        .isPositive();
                cell.execute(move);
            }
        }
        for (Migration m : cell.state.finished().values()) {
            assertThat(m.plan().from()).isNotEqualTo(m.plan().to());
        }
    }

    /** A shard more takes tablets from the others, about its part and hardly more. */
    @Property(tries = 6)
    void aNewShardTakesItsPartAndNoMore(@ForAll long seed) {
        Random random = new Random(seed);
        int before = 3 + random.nextInt(6);
        ModelCell cell = ModelCell.of(before, 1);
        cell.policy = Tuned.of(cell.policy).cooldown(30_000).window(60_000).policy();
        int tablets = before * 32;
        Object[] owners = new Object[2 * tablets];
        for (int i = 0; i < tablets; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * Slots.COUNT / tablets);
            owners[2 * i + 1] = "s" + (1 + i % before);
        }
        cell.keyspace("k", Placement.HASH, owners);
        for (int i = 0; i < tablets; i++) {
            cell.key("k", Slots.bound(i * Slots.COUNT / tablets).concat(Bytes.utf8("x")), 50, 200_000_000L);
        }
        assertThat(cell.settle(ROUNDS)).isZero(); // even already
        cell.worker("w" + (before + 1));
        cell.report(1);
        Movement movement = Planner.foresee(cell.situation()).movement();
        assertThat(movement.joined()).isOne();
        assertThat(movement.ideal()).isCloseTo(1 / (before + 1.0), offset(0.001));
        int moves = cell.settle(ROUNDS);
        double ideal = tablets / (before + 1.0);
        assertThat(moves).isBetween((int) (ideal * 0.75), (int) Math.ceil(ideal));
        assertThat(movement.moved()).as("as foreseen").isCloseTo(moves / (double) tablets, offset(0.02));
        assertThat(movement.moved()).isLessThanOrEqualTo(movement.ideal() + 0.001);
    }
}
