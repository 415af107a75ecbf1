package dev.kedge.orchestrator.policy;

import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.ReadReplica;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where the tablets of a worker that is being drained may go, by the rules that the policies place by: what is on its way, or proposed and not
 * over, counts where it will be, and so does what is {@linkplain #give given}. What is only
 * proposed for a tablet of such a worker counts for nothing. Lives within one decision; not thread-safe.
 */
public final class Homes {
    private final Layout layout;
    private final Destinations destinations;

    /** A tablet that has to leave its shard. */
    public record Tenant(String keyspace, KeyRange range) {}

    Homes(Situation situation) {
        layout = Layout.of(situation);
        new Commitments(layout).apply();
        destinations = new Destinations(layout, new Rest(situation));
    }

    /**
     * What a shard owns and neither a migration nor a proposal that is carried out concerns, the most of the whole first: what is large is hardest to
     * place evenly.
     */
    public List<Tenant> tenants(String shard) {
        List<Piece> pieces = new ArrayList<>();
        for (Piece piece : layout.seat(shard).pieces) {
            if (!piece.taken
                    && piece.tablet.migration() == null
                    && piece.tablet.shard().equals(shard)) {
                pieces.add(piece);
            }
        }
        pieces.sort(Comparator.comparingDouble((Piece p) -> -weight(p))
                .thenComparing(p -> p.keyspace)
                .thenComparing(p -> p.range.start()));
        return pieces.stream().map(p -> new Tenant(p.keyspace, p.range)).toList();
    }

    private double weight(Piece piece) {
        double most = 0;
        for (Measure measure : layout.balanced()) {
            double total = layout.total(measure);
            most = Math.max(most, total <= 0 ? 0 : piece.get(measure) / total);
        }
        return most;
    }

    /** The existing shards that could take a tablet, the best first; those that follow it can't. */
    public List<String> of(Tenant tenant) {
        return destinations.homes(piece(tenant)).stream().map(s -> s.shard).toList();
    }

    /** The read replicas of a tablet on shards that could take it otherwise. */
    public List<ReadReplica> inTheWay(Tenant tenant) {
        List<ReadReplica> replicas = new ArrayList<>();
        for (String id : piece(tenant).tablet.readReplicas()) {
            ReadReplica replica = layout.situation.state().readReplicas().get(id);
            if (replica != null && layout.seat(replica.shard()).usable) {
                replicas.add(replica);
            }
        }
        return replicas;
    }

    /** From now on the tablet counts there. */
    public void give(Tenant tenant, String shard) {
        Piece piece = piece(tenant);
        piece.taken = true;
        layout.move(piece, layout.seat(shard));
    }

    private Piece piece(Tenant tenant) {
        Piece piece = layout.find(tenant.keyspace(), tenant.range());
        if (piece == null) {
            throw new IllegalArgumentException(tenant + " is no tablet");
        }
        return piece;
    }
}
