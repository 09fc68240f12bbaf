package dev.weft.runtime;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A table of at most so many entries. Where one more comes, one goes that has not been used lately:
 * one of no value before one of value. Reading takes no lock and allocates nothing; it leaves a
 * mark, by which those in use are known. Safe for use by any thread.
 */
final class Recent<E extends Recent.Entry> {
  /** What a table holds. */
  abstract static class Entry {
    /** Written by readers without order: a mark that is lost costs a place in the queue. */
    private boolean used;

    /** Whether others are to go first. */
    abstract boolean valued();

    boolean used() {
      return used;
    }
  }

  /** As many are looked at for one to go. */
  private static final int LOOKS = 64;

  private final int most;
  private final ConcurrentHashMap<String, E> all = new ConcurrentHashMap<>();

  /** All keys; at the end those that came last, or were seen to be in use last. */
  private final ArrayDeque<String> queue = new ArrayDeque<>();

  Recent(int most) {
    this.most = most;
  }

  /** Looks one up, which is a use of it. */
  @Nullable E get(String key) {
    E entry = all.get(key);
    if (entry != null && !((Entry) entry).used) {
      ((Entry) entry).used = true;
    }
    return entry;
  }

  /** Looks one up, which is none. */
  @Nullable E peek(String key) {
    return all.get(key);
  }

  /** Adds one unless there is one of that key; returns the one that is there then. */
  synchronized E putIfAbsent(String key, E made) {
    E there = all.get(key);
    if (there != null) {
      return there;
    }
    if (all.size() >= most) {
      all.remove(leaving());
    }
    all.put(key, made);
    queue.addLast(key);
    return made;
  }

  /** The key of the one that goes, which is off the queue. */
  private String leaving() {
    String unused = null;
    for (int i = 0; i < LOOKS && queue.size() > 1; i++) {
      String key = queue.removeFirst();
      Entry entry = all.get(key);
      if (entry == null) {
        continue; // cannot be
      }
      if (entry.used) {
        entry.used = false; // once more round
      } else if (!entry.valued()) {
        if (unused != null) {
          queue.addLast(unused);
        }
        return key;
      } else if (unused == null) {
        unused = key;
        continue;
      }
      queue.addLast(key);
    }
    return unused != null ? unused : queue.removeFirst();
  }

  /** All entries, in no order. */
  Collection<E> values() {
    return all.values();
  }
}
