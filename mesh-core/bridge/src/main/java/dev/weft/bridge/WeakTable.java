package dev.weft.bridge;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * What woven code knows about an object of the JDK or of a library, which cannot be given a field
 * of its own. Keys are compared by identity and held weakly; a value that refers strongly to its
 * own key keeps it alive for ever, and must not. Safe for use by any thread; never blocks.
 */
public class WeakTable<K, V> {
  private final ConcurrentMap<Object, V> values = new ConcurrentHashMap<>();
  private final ReferenceQueue<K> gone = new ReferenceQueue<>();

  /** The value of a key; null if it has none. */
  public final @Nullable V get(K key) {
    return values.get(new Probe(key));
  }

  /** Sets the value of a key and returns the one before, or null. */
  public final @Nullable V put(K key, V value) {
    expunge();
    return values.put(new WeakKey<>(key, gone), value);
  }

  /** Forgets a key and returns the value it had, or null. */
  public final @Nullable V remove(K key) {
    expunge();
    return values.remove(new Probe(key));
  }

  /** How many keys have a value, those included whose collection has not been noticed yet. */
  public final int size() {
    expunge();
    return values.size();
  }

  /**
   * Called with the value of a key that has been collected, at some later use of this table. Does
   * nothing; to be overridden where a value has to be told.
   */
  protected void collected(V value) {}

  private void expunge() {
    for (Reference<? extends K> key; (key = gone.poll()) != null; ) {
      V value = values.remove(key);
      if (value != null) {
        collected(value);
      }
    }
  }

  private static final class WeakKey<K> extends WeakReference<K> {
    private final int hash;

    WeakKey(K key, ReferenceQueue<K> queue) {
      super(key, queue);
      hash = System.identityHashCode(key);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      Object key = get();
      return key != null && key == target(other);
    }
  }

  /** Looks a key up; dies young. */
  private static final class Probe {
    private final Object key;

    Probe(Object key) {
      this.key = key;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return key == target(other);
    }
  }

  private static @Nullable Object target(@Nullable Object key) {
    if (key instanceof WeakKey) {
      return ((WeakKey<?>) key).get();
    }
    return key instanceof Probe ? ((Probe) key).key : null;
  }
}
