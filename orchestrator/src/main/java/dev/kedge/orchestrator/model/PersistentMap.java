package dev.kedge.orchestrator.model;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map whose changed copies share all but O(log n) nodes with the original, so that one event costs the same in a
 * cell of ten tablets and of ten thousand. An AVL tree (Adelson-Velsky and Landis, 1962). Thread-safe.
 */
public final class PersistentMap<K, V> implements Iterable<Map.Entry<K, V>> {
    private final Comparator<? super K> order;
    private final @Nullable Node<K, V> root;
    private final int size;

    private PersistentMap(Comparator<? super K> order, @Nullable Node<K, V> root, int size) {
        this.order = order;
        this.root = root;
        this.size = size;
    }

    private record Node<K, V>(
            K key,
            V value,
            int height,
            @Nullable Node<K, V> left,
            @Nullable Node<K, V> right) {}

    public static <K, V> PersistentMap<K, V> empty(Comparator<? super K> order) {
        return new PersistentMap<>(order, null, 0);
    }

    public static <K extends Comparable<K>, V> PersistentMap<K, V> empty() {
        return empty(Comparator.naturalOrder());
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public @Nullable V get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int c = order.compare(key, node.key);
            if (c == 0) {
                return node.value;
            }
            node = c < 0 ? node.left : node.right;
        }
        return null;
    }

    public boolean containsKey(K key) {
        return get(key) != null;
    }

    /** The entry with the greatest key at or below {@code key}. */
    public Map.@Nullable Entry<K, V> floor(K key) {
        return below(key, true);
    }

    /** The entry with the greatest key below {@code key}. */
    public Map.@Nullable Entry<K, V> lower(K key) {
        return below(key, false);
    }

    private Map.@Nullable Entry<K, V> below(K key, boolean inclusive) {
        Node<K, V> node = root;
        Node<K, V> best = null;
        while (node != null) {
            int c = order.compare(node.key, key);
            if (c < 0 || (c == 0 && inclusive)) {
                best = node;
                node = node.right;
            } else {
                node = node.left;
            }
        }
        return best == null ? null : entry(best);
    }

    /** The entry with the least key above {@code key}. */
    public Map.@Nullable Entry<K, V> higher(K key) {
        Node<K, V> node = root;
        Node<K, V> best = null;
        while (node != null) {
            if (order.compare(node.key, key) > 0) {
                best = node;
                node = node.left;
            } else {
                node = node.right;
            }
        }
        return best == null ? null : entry(best);
    }

    public PersistentMap<K, V> put(K key, V value) {
        return update(key, known -> value);
    }

    /** With the value that {@code change} makes of the known one (null = none), in one descent if there is one. */
    public PersistentMap<K, V> update(K key, Function<@Nullable V, V> change) {
        Node<K, V> replaced = replaced(root, key, change);
        return replaced != null
                ? new PersistentMap<>(order, replaced, size)
                : new PersistentMap<>(order, put(root, key, change.apply(null)), size + 1);
    }

    /** With another value for a known key, which changes no heights: most changes are such. Null if the key is not known. */
    private @Nullable Node<K, V> replaced(@Nullable Node<K, V> node, K key, Function<@Nullable V, V> change) {
        if (node == null) {
            return null;
        }
        int c = order.compare(key, node.key);
        if (c == 0) {
            return new Node<>(key, change.apply(node.value), node.height, node.left, node.right);
        }
        Node<K, V> child = replaced(c < 0 ? node.left : node.right, key, change);
        if (child == null) {
            return null;
        }
        return new Node<>(node.key, node.value, node.height, c < 0 ? child : node.left, c < 0 ? node.right : child);
    }

    /** This map without {@code key}; itself if it has no such key. */
    public PersistentMap<K, V> remove(K key) {
        return containsKey(key) ? new PersistentMap<>(order, remove(root, key), size - 1) : this;
    }

    private Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(key, value, 1, null, null);
        }
        return order.compare(key, node.key) < 0
                ? balanced(node.key, node.value, put(node.left, key, value), node.right)
                : balanced(node.key, node.value, node.left, put(node.right, key, value));
    }

    private @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int c = order.compare(key, node.key);
        if (c < 0) {
            return balanced(node.key, node.value, remove(node.left, key), node.right);
        }
        if (c > 0) {
            return balanced(node.key, node.value, node.left, remove(node.right, key));
        }
        if (node.left == null) {
            return node.right;
        }
        if (node.right == null) {
            return node.left;
        }
        Node<K, V> next = node.right;
        while (next.left != null) {
            next = next.left;
        }
        return balanced(next.key, next.value, node.left, remove(node.right, next.key));
    }

    private static <K, V> Node<K, V> balanced(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        int lean = height(left) - height(right);
        if (left != null && lean > 1) {
            if (left.right != null && height(left.left) < height(left.right)) {
                Node<K, V> pivot = left.right;
                return node(
                        pivot.key,
                        pivot.value,
                        node(left.key, left.value, left.left, pivot.left),
                        node(key, value, pivot.right, right));
            }
            return node(left.key, left.value, left.left, node(key, value, left.right, right));
        }
        if (right != null && lean < -1) {
            if (right.left != null && height(right.right) < height(right.left)) {
                Node<K, V> pivot = right.left;
                return node(
                        pivot.key,
                        pivot.value,
                        node(key, value, left, pivot.left),
                        node(right.key, right.value, pivot.right, right.right));
            }
            return node(right.key, right.value, node(key, value, left, right.left), right.right);
        }
        return node(key, value, left, right);
    }

    private static <K, V> Node<K, V> node(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        return new Node<>(key, value, 1 + Math.max(height(left), height(right)), left, right);
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    private static <K, V> Map.Entry<K, V> entry(Node<K, V> node) {
        return new SimpleImmutableEntry<>(node.key, node.value);
    }

    public List<K> keys() {
        List<K> keys = new ArrayList<>(size);
        forEach(e -> keys.add(e.getKey()));
        return keys;
    }

    public List<V> values() {
        List<V> values = new ArrayList<>(size);
        forEach(e -> values.add(e.getValue()));
        return values;
    }

    /** Entries in the order of their keys. */
    @Override
    public Iterator<Map.Entry<K, V>> iterator() {
        Deque<Node<K, V>> path = new ArrayDeque<>();
        descend(path, root);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !path.isEmpty();
            }

            @Override
            public Map.Entry<K, V> next() {
                Node<K, V> node = path.poll();
                if (node == null) {
                    throw new NoSuchElementException();
                }
                descend(path, node.right);
                return entry(node);
            }
        };
    }

    private static <K, V> void descend(Deque<Node<K, V>> path, @Nullable Node<K, V> from) {
        for (Node<K, V> node = from; node != null; node = node.left) {
            path.push(node);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof PersistentMap<?, ?> map) || map.size != size) {
            return false;
        }
        Iterator<?> theirs = map.iterator();
        for (Map.Entry<K, V> ours : this) {
            if (!ours.equals(theirs.next())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (Map.Entry<K, V> entry : this) {
            hash = 31 * hash + entry.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        List<String> entries = new ArrayList<>(size);
        forEach(e -> entries.add(e.getKey() + "=" + e.getValue()));
        return "{" + String.join(", ", entries) + "}";
    }
}
