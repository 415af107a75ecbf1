package dev.kedge.orchestrator.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class PersistentMapTest {
    /** Each number is put (even) or removed (odd, its half). */
    @Property
    void behavesAsATreeMapAndOldVersionsStay(
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 120) Integer> operations) {
        PersistentMap<Integer, String> map = PersistentMap.empty();
        TreeMap<Integer, String> expected = new TreeMap<>();
        List<PersistentMap<Integer, String>> versions = new ArrayList<>();
        List<TreeMap<Integer, String>> expectedVersions = new ArrayList<>();
        int step = 0;
        for (int operation : operations) {
            int key = operation / 2;
            if (operation % 2 == 0) {
                map = map.put(key, "v" + step);
                expected.put(key, "v" + step++);
            } else {
                map = map.remove(key);
                expected.remove(key);
            }
            versions.add(map);
            expectedVersions.add(new TreeMap<>(expected));
        }
        for (int i = 0; i < versions.size(); i++) {
            PersistentMap<Integer, String> version = versions.get(i);
            TreeMap<Integer, String> wanted = expectedVersions.get(i);
            assertThat(version.size()).isEqualTo(wanted.size());
            assertThat(version.keys()).containsExactlyElementsOf(wanted.keySet());
            assertThat(version.values()).containsExactlyElementsOf(wanted.values());
        }
        for (int key = -1; key <= 61; key++) {
            assertThat(map.get(key)).isEqualTo(expected.get(key));
            assertThat(map.floor(key)).isEqualTo(plain(expected.floorEntry(key)));
            assertThat(map.lower(key)).isEqualTo(plain(expected.lowerEntry(key)));
            assertThat(map.higher(key)).isEqualTo(plain(expected.higherEntry(key)));
        }
    }

    @Property
    void equalContentsAreEqualWhateverTheOrder(@ForAll List<@IntRange(min = 0, max = 50) Integer> keys) {
        PersistentMap<Integer, Integer> forward = PersistentMap.empty();
        PersistentMap<Integer, Integer> backward = PersistentMap.empty();
        for (int i = 0; i < keys.size(); i++) {
            forward = forward.put(keys.get(i), 1);
            backward = backward.put(keys.get(keys.size() - 1 - i), 1);
        }
        assertThat(forward).isEqualTo(backward).hasSameHashCodeAs(backward).hasToString(backward.toString());
        assertThat(forward.put(99, 1)).isNotEqualTo(forward);
    }

    private static Map.Entry<Integer, String> plain(Map.Entry<Integer, String> entry) {
        return entry == null ? null : Map.entry(entry.getKey(), entry.getValue());
    }
}
