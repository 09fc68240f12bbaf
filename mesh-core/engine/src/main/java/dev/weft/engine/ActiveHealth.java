package dev.weft.engine;

import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What active checks ({@code healthCheck.active}) find out about the endpoints of one set. They are
 * asked only while this process calls them: one after another, spread over the interval, so that
 * neither they nor this process get everything at once.
 *
 * <p>An endpoint is well until it has failed often enough: whoever is new has to be called before
 * anybody can have asked.
 *
 * <p>Thread-safe. State changes under the lock; who is failing is read without.
 */
final class ActiveHealth {
  /** After so long without a call nobody is asked any more, and what was found is forgotten. */
  private static final long IDLE_NANOS = 60_000_000_000L;

  /** Calls are noted no more often than this. */
  private static final long NOTED_NANOS = 1_000_000_000L;

  /** A hundred a second at most: of very many, each has its turn less often than it should. */
  private static final long LEAST_STEP_NANOS = 10_000_000L;

  /** Several processes that began together are not to go on together: up to a tenth later. */
  private static final int JITTER = 1_000;

  private static final Endpoint[] NONE = {};

  private final EndpointSet set;
  private final ActiveCheck check;
  private final Surroundings surroundings;
  private final ConcurrentHashMap<Endpoint, Found> found = new ConcurrentHashMap<>();
  private volatile int failing;
  private volatile boolean running;
  private volatile long usedNanos;
  private int turn;

  /** Of one endpoint. */
  private static final class Found {
    volatile boolean failing;

    /** In a row, against what is held true. */
    int against;

    boolean asked;
  }

  ActiveHealth(EndpointSet set, ActiveCheck check, Surroundings surroundings) {
    this.set = set;
    this.check = check;
    this.surroundings = surroundings;
  }

  /** A call is about to be made. */
  void used(long nowNanos) {
    if (!running || nowNanos - usedNanos > NOTED_NANOS) {
      usedNanos = nowNanos;
      begin();
    }
  }

  private synchronized void begin() {
    if (!running) {
      running = true;
      turn = 0;
      surroundings.timer().schedule(this::step, 0);
    }
  }

  /** Whether it is to be left alone. */
  boolean failing(Endpoint endpoint) {
    if (failing == 0) {
      return false;
    }
    Found of = found.get(endpoint);
    return of != null && of.failing;
  }

  /** Those of them that are failing, or that are not. */
  Endpoint[] only(boolean failingOnes, Endpoint[] of) {
    if (failing == 0) {
      return failingOnes ? NONE : of;
    }
    List<Endpoint> those = new ArrayList<>(of.length);
    for (Endpoint endpoint : of) {
      if (failing(endpoint) == failingOnes) {
        those.add(endpoint);
      }
    }
    return those.toArray(NONE);
  }

  /** Asks whose turn it is. */
  private void step() {
    Endpoint[] all = set.listing().usable;
    Endpoint next = null;
    Found of = null;
    boolean over = false;
    boolean forgotten = false;
    synchronized (this) {
      if (surroundings.nanoTime().getAsLong() - usedNanos >= IDLE_NANOS) {
        over = true;
        running = false;
        found.clear();
        forgotten = failing > 0;
        failing = 0;
      } else if (all.length > 0) {
        if (turn >= all.length) {
          turn = 0;
          forgetAllBut(all);
        }
        next = all[turn++];
        of = found.computeIfAbsent(next, endpoint -> new Found());
        if (of.asked) {
          next = null; // the check before is still under way
        } else {
          of.asked = true;
        }
      }
    }
    if (forgotten) {
      set.changed();
    }
    if (over) {
      return; // whoever calls next begins anew
    }
    // First, so that it goes on whatever becomes of this one.
    surroundings.timer().schedule(this::step, stepNanos(all.length));
    if (next != null && of != null) {
      Endpoint asked = next;
      Found about = of;
      surroundings.prober().ask(asked, check, finding -> told(asked, about, finding));
    }
  }

  private long stepNanos(int endpoints) {
    long even = check.interval().toNanos() / Math.max(1, endpoints);
    long later = even / 10 * surroundings.random().applyAsInt(JITTER) / JITTER;
    return Math.max(LEAST_STEP_NANOS, even + later);
  }

  private void forgetAllBut(Endpoint[] all) {
    Set<Endpoint> here = new HashSet<>(Arrays.asList(all));
    found.keySet().retainAll(here);
    int left = 0;
    for (Found of : found.values()) {
      left += of.failing ? 1 : 0;
    }
    failing = left;
  }

  private void told(Endpoint endpoint, Found about, Surroundings.Finding finding) {
    synchronized (this) {
      about.asked = false;
      if (finding == Surroundings.Finding.NOT_ASKED || found.get(endpoint) != about) {
        return;
      }
      boolean well = finding == Surroundings.Finding.HEALTHY;
      if (well != about.failing) {
        about.against = 0;
        return;
      }
      about.against++;
      if (about.against < (well ? check.healthyThreshold() : check.unhealthyThreshold())) {
        return;
      }
      about.against = 0;
      about.failing = !well;
      failing += well ? -1 : 1;
    }
    set.changed();
    surroundings.prober().changed(endpoint, check, finding);
  }
}
