package dev.weft.coordinator.mesh;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How much of policy is on its way to agents at a time, from its writing to its acknowledgement,
 * all together. A change that concerns a thousand agents is encoded once, and written faster than
 * any network takes it, and than agents that share a machine apply it: without this, all of it
 * would wait in memory, encrypted for each, and agents that are busy with it all at once would have
 * no time to ping. Who acknowledges nothing holds up nobody for long: at each sweep some go on
 * whatever there is. Safe for use by any thread.
 */
final class PushPace {
  /** What is short goes at once. */
  private static final int SHORT = 16 << 10;

  /** That go on at each sweep in any case. */
  static final int AT_LEAST = 20;

  /** Woken for one that is done: their frames may be shorter, and some of them are gone. */
  private static final int FOR_ONE = 2;

  private final long most;
  private long underWay;
  private int inAnyCase;

  /** In the order in which they came. */
  private final Set<Runnable> waiting = new LinkedHashSet<>();

  /**
   * @param most bytes that are on their way; one frame always is
   */
  PushPace(long most) {
    this.most = most;
  }

  /**
   * Whether a frame may be written now.
   *
   * @param again if it may not: runs when it is worth another try, on any thread
   */
  synchronized boolean admit(long bytes, Runnable again) {
    if (bytes > SHORT && underWay > 0 && underWay + bytes > most) {
      if (inAnyCase == 0) {
        waiting.add(again);
        return false;
      }
      inAnyCase--;
    }
    underWay += bytes;
    return true;
  }

  /** A frame that was admitted has been acknowledged, or will not be. */
  void done(long bytes) {
    wake(bytes, FOR_ONE, 0);
  }

  /** To be called every half second or so. */
  void sweep() {
    wake(0, AT_LEAST, AT_LEAST);
  }

  private void wake(long done, int count, int whateverThereIs) {
    List<Runnable> next = new ArrayList<>();
    synchronized (this) {
      underWay -= done;
      if (whateverThereIs > 0) {
        inAnyCase = Math.min(whateverThereIs, waiting.size());
      }
      Iterator<Runnable> first = waiting.iterator();
      while (next.size() < count && first.hasNext()) {
        next.add(first.next());
        first.remove();
      }
    }
    next.forEach(Runnable::run);
  }

  /** Whoever is gone waits no more. */
  synchronized void forget(Runnable again) {
    waiting.remove(again);
  }
}
