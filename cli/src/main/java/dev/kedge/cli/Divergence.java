package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.event.Event.DivergenceFound;
import dev.kedge.schemas.report.Report.KeyDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a verification found different, key by key. */
final class Divergence {
    private Divergence() {}

    /**
     * One key that differs.
     *
     * @param owner digest of the owner's value; null if it has none
     * @param replica digest of the replica's value; null if it has none
     */
    record Difference(
            Bytes position, @Nullable Long owner, @Nullable Long replica) {
        /** @param key the position as text */
        String describe(String key) {
            return "key " + key + ": " + side("the owner", owner) + ", " + side("the replica", replica);
        }

        private static String side(String who, @Nullable Long digest) {
            return who + (digest == null ? " has none" : " has " + EventText.digest(digest));
        }

        Json.Fields json(String key) {
            return Json.fields()
                    .with("key", key)
                    .with("owner", owner == null ? null : EventText.digest(owner))
                    .with("replica", replica == null ? null : EventText.digest(replica));
        }
    }

    /** In the order of the keys; empty if the round was too early to name any. */
    static List<Difference> differences(DivergenceFound found) {
        Map<Bytes, Difference> byKey = new TreeMap<>();
        for (KeyDigest key : found.owner()) {
            byKey.put(key.position(), new Difference(key.position(), key.digest(), null));
        }
        for (KeyDigest key : found.replica()) {
            Difference known = byKey.get(key.position());
            byKey.put(
                    key.position(), new Difference(key.position(), known == null ? null : known.owner(), key.digest()));
        }
        return new ArrayList<>(byKey.values());
    }
}
