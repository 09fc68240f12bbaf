package dev.weft.coordinator.registry;

import dev.weft.wire.InstanceState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;

/**
 * What the other coordinators say of instances, and which of them are alive. Under the lock of the
 * {@link Registry}.
 */
final class OtherCoordinators {
  /** How long a dead coordinator is given to come back, once all its instances are elsewhere. */
  private static final long RETURN_NANOS = Registry.SUSPECT_KEPT.toNanos();

  /** More orphans than this part of all are not removed: the fault is likely on this side. */
  private static final double ORPHANS_REMOVABLE = 0.3;

  /** Hears of each instance of which somebody says something else than before. */
  interface Listener {
    /**
     * @param explained whether somebody alive said so
     */
    void changed(InstanceKey key, boolean explained);
  }

  private final String self;
  private final LongSupplier nanos;
  private final Listener listener;

  /** Coordinator → its slices → their instances. */
  private final Map<String, Map<Integer, Map<InstanceKey, Declared>>> slices = new HashMap<>();

  /** The same by instance: coordinator → what it says. */
  private final Map<InstanceKey, Map<String, Declared>> told = new HashMap<>();

  private Set<String> live;
  private final Map<String, Long> deadSince = new HashMap<>();

  /** When the last instance of a dead coordinator returned. */
  private final Map<String, Long> lastReturn = new HashMap<>();

  private boolean orphansHeld;

  /**
   * @param self id of this coordinator
   * @param nanos for durations
   */
  OtherCoordinators(String self, LongSupplier nanos, Listener listener) {
    this.self = self;
    this.nanos = nanos;
    this.listener = listener;
    this.live = Set.of(self);
  }

  /** What one of them says in one of its slices from now on; empty: the slice is gone. */
  void slice(String from, int k, List<Declared> instances) {
    // Of a live coordinator it is a decision; of a dead one somebody cleaned up.
    boolean explained = live.contains(from);
    Map<Integer, Map<InstanceKey, Declared>> its =
        slices.computeIfAbsent(from, any -> new HashMap<>());
    Map<InstanceKey, Declared> now = new LinkedHashMap<>();
    for (Declared one : instances) {
      now.put(InstanceKey.of(one.instance()), one);
    }
    Map<InstanceKey, Declared> before = now.isEmpty() ? its.remove(k) : its.put(k, now);
    if (its.isEmpty()) {
      slices.remove(from);
      deadSince.remove(from);
      lastReturn.remove(from);
    } else if (!explained) {
      deadSince.putIfAbsent(from, nanos.getAsLong());
    }
    if (before != null) {
      for (InstanceKey gone : before.keySet()) {
        boolean moved = its.values().stream().anyMatch(slice -> slice.containsKey(gone));
        if (!moved) {
          forget(gone, from);
          listener.changed(gone, explained);
        }
      }
    }
    now.forEach(
        (key, one) -> {
          Declared old = told.computeIfAbsent(key, any -> new HashMap<>()).put(from, one);
          if (!one.equals(old)) {
            listener.changed(key, true);
          }
        });
  }

  private void forget(InstanceKey key, String from) {
    Map<String, Declared> all = told.get(key);
    if (all != null) {
      all.remove(from);
      if (all.isEmpty()) {
        told.remove(key);
      }
    }
  }

  /** Which coordinators are alive, by what ZooKeeper says. */
  void alive(Set<String> alive) {
    Set<String> before = live;
    Set<String> now = new HashSet<>(alive);
    now.add(self);
    live = Set.copyOf(now);
    for (Map.Entry<String, Map<Integer, Map<InstanceKey, Declared>>> one : slices.entrySet()) {
      String from = one.getKey();
      if (live.contains(from)) {
        deadSince.remove(from);
        lastReturn.remove(from);
      } else {
        deadSince.putIfAbsent(from, nanos.getAsLong());
      }
      if (live.contains(from) != before.contains(from)) {
        for (Map<InstanceKey, Declared> slice : one.getValue().values()) {
          slice.keySet().forEach(key -> listener.changed(key, true));
        }
      }
    }
  }

  boolean isAlive(String coordinator) {
    return live.contains(coordinator);
  }

  /** Whether any other coordinator is alive. */
  boolean anyAlive() {
    return live.size() > 1;
  }

  /** Coordinator → what it says of this instance. */
  Map<String, Declared> of(InstanceKey key) {
    return told.getOrDefault(key, Map.of());
  }

  /** Whether an instance has a stream to another coordinator. */
  boolean isConnected(InstanceKey key) {
    for (Map.Entry<String, Declared> one : of(key).entrySet()) {
      if (live.contains(one.getKey())
          && one.getValue().instance().state() != InstanceState.SUSPECT) {
        return true;
      }
    }
    return false;
  }

  /** Since when an instance has been ready, in epoch ms; 0 if nobody says. */
  long readySince(InstanceKey key) {
    long since = 0;
    for (Declared one : of(key).values()) {
      long its = one.instance().sinceMillis();
      since = since == 0 ? its : its == 0 ? since : Math.min(since, its);
    }
    return since;
  }

  /**
   * Once an instance has returned to a live coordinator, what a dead one said of it counts no more,
   * also after its bye: it must not come back as an orphan.
   */
  void silenceTheDead(InstanceKey key, long connectedMillis) {
    Map<String, Declared> all = told.get(key);
    if (all != null) {
      all.entrySet()
          .removeIf(
              one -> {
                boolean returned =
                    !live.contains(one.getKey())
                        && one.getValue().connectedMillis() <= connectedMillis;
                if (returned) {
                  lastReturn.put(one.getKey(), nanos.getAsLong());
                }
                return returned;
              });
      if (all.isEmpty()) {
        told.remove(key);
      }
    }
  }

  /**
   * Dead coordinators whose slices may be deleted by the leader: all their instances returned, or
   * none has for a minute and not too many are missing.
   *
   * @param isOrphan whether an instance is there only because this coordinator spoke for it
   * @param all how many instances there are
   */
  Set<String> abandoned(BiPredicate<InstanceKey, String> isOrphan, int all) {
    Map<String, Integer> missing = new HashMap<>();
    int orphans = 0;
    for (String one : deadSince.keySet()) {
      int count = 0;
      for (Map<InstanceKey, Declared> slice : slices.getOrDefault(one, Map.of()).values()) {
        for (InstanceKey key : slice.keySet()) {
          if (isOrphan.test(key, one)) {
            count++;
          }
        }
      }
      missing.put(one, count);
      orphans += count;
    }
    boolean tooMany = orphans > ORPHANS_REMOVABLE * all;
    boolean held = false;
    Set<String> abandoned = new HashSet<>();
    for (Map.Entry<String, Integer> one : missing.entrySet()) {
      Long since = deadSince.get(one.getKey());
      long dead = since == null ? 0 : nanos.getAsLong() - since;
      if (one.getValue() == 0) {
        if (dead >= RETURN_NANOS) {
          abandoned.add(one.getKey());
        }
      } else if (dead >= Registry.ORPHAN_KEPT.toNanos() && !isReturning(one.getKey(), dead)) {
        if (!tooMany || dead >= Registry.ORPHAN_HELD.toNanos()) {
          abandoned.add(one.getKey());
        } else {
          held = true;
        }
      }
    }
    orphansHeld = held;
    return abandoned;
  }

  /**
   * A coordinator that is short of CPU takes its agents back one after the other: nobody of them is
   * lost while others still come. Each counts once, so that nobody can have the rest kept.
   */
  private boolean isReturning(String coordinator, long deadNanos) {
    Long last = lastReturn.get(coordinator);
    return last != null
        && nanos.getAsLong() - last < Registry.ORPHAN_KEPT.toNanos()
        && deadNanos < Registry.ORPHAN_AWAITED.toNanos();
  }

  /** Whether the last {@link #abandoned} kept orphans because too many are missing. */
  boolean orphansHeld() {
    return orphansHeld;
  }
}
