package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * SCAN's cursors: numbers below 2^52, which JavaScript clients keep exactly, of a slot (14 bits) and a token (38 bits).
 *
 * <p>Token 0 is the slot's beginning. Another token stands for a position within the slot that is remembered here, the least
 * recently used ones being forgotten first. A forgotten one in a HASH keyspace is taken as its slot's beginning: keys come
 * twice, none is left out. In a RANGE keyspace (slot 0) there is nothing to fall back to, and the client is told.
 *
 * <p>Thread-safe.
 */
final class ScanCursors {
    private static final int TOKEN_BITS = 38;
    private static final long TOKEN_MASK = (1L << TOKEN_BITS) - 1;
    private static final int MAX_BYTES = 8 << 20;
    private static final int ENTRY_OVERHEAD = 200;

    private record Place(int keyspaceId, Bytes position) {
        int bytes() {
            return position.length() + ENTRY_OVERHEAD;
        }
    }

    private final Map<Long, Place> places = new LinkedHashMap<>(16, 0.75f, true);
    private final int maxBytes;
    private int bytes;

    /** Begins anywhere, so that a cursor from before a restart is not taken for one made since. */
    private long lastToken = new SecureRandom().nextLong() & TOKEN_MASK;

    ScanCursors() {
        this(MAX_BYTES);
    }

    ScanCursors(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The cursor that goes on at {@code next}, which is not the keyspace's beginning. */
    synchronized long cursor(KeyspaceRoute keyspace, Bytes next) {
        long slot = keyspace.placement() == Placement.HASH ? Slots.slotOf(next) : 0;
        if (slot > 0 && next.length() == 2) {
            return slot << TOKEN_BITS;
        }
        lastToken = lastToken == TOKEN_MASK ? 1 : lastToken + 1;
        Place place = new Place(keyspace.id(), next);
        places.put(lastToken, place);
        bytes += place.bytes();
        Iterator<Place> eldest = places.values().iterator();
        while (bytes > maxBytes && places.size() > 1) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
        return slot << TOKEN_BITS | lastToken;
    }

    /** @throws Refusal if the cursor was never given out, or is forgotten and nothing stands in for it */
    synchronized Bytes position(KeyspaceRoute keyspace, long cursor) {
        if (cursor == 0) {
            return Bytes.EMPTY;
        }
        boolean hash = keyspace.placement() == Placement.HASH;
        long slot = cursor >>> TOKEN_BITS;
        if (slot >= (hash ? Slots.COUNT : 1)) {
            throw new Refusal("ERR invalid cursor");
        }
        Place place = places.get(cursor & TOKEN_MASK);
        boolean known =
                place != null && place.keyspaceId == keyspace.id() && (!hash || Slots.slotOf(place.position) == slot);
        if (known && place != null) {
            return place.position;
        }
        if (!hash) {
            throw new Refusal("ERR invalid cursor: it was given out long ago or before a restart, start again with 0");
        }
        return slot == 0 ? Bytes.EMPTY : Slots.bound((int) slot);
    }
}
