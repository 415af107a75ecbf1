package dev.kedge.worker.load;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.datasketches.quantiles.ItemsSketch;
import org.apache.datasketches.quantilescommon.QuantilesGenericSketchIterator;

/**
 * Where things lie that come one by one: a quantiles sketch, which grows with the logarithm of their number only. Not thread-safe.
 *
 * <p>What leaves this process is {@link #summary}, which any language can read, not the library's own format.
 */
final class PositionSketch {
    /** With 99% confidence a rank is wrong by at most 2%. */
    private static final int K = 128;

    private final ItemsSketch<Bytes> sketch = ItemsSketch.getInstance(Bytes.class, K, Comparator.naturalOrder());

    void add(Bytes position) {
        sketch.update(position);
    }

    /** What was added, in at most {@code maxPoints} points. */
    Positions summary(int maxPoints) {
        List<Positions.Weighted> points = new ArrayList<>();
        for (QuantilesGenericSketchIterator<Bytes> kept = sketch.iterator(); kept.next(); ) {
            points.add(new Positions.Weighted(kept.getQuantile(), kept.getWeight()));
        }
        return Positions.of(points).reduced(maxPoints);
    }
}
