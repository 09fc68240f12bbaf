package dev.weft.coordinator.registry;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who claims which address and port, and who did lately: a service that restarts is not to find its
 * address taken by whoever claimed it as well meanwhile. Under the lock of the {@link Registry}.
 */
final class Claims {
  /** What a service has left is remembered for so long. */
  static final Duration REMEMBERED = Duration.ofHours(24);

  /** Addresses that one service has left and that are remembered; the last ones. */
  static final int MAX_LEFT = 64;

  /** Services of which anything is remembered; those that left something last. */
  private static final int MAX_SERVICES = 4_096;

  private record Left(long sinceMillis, long nanos) {}

  private final LongSupplier nanos;

  /** Address and port → who claims it. */
  private final Map<String, Map<InstanceKey, Claim>> claims = new HashMap<>();

  /** Service → address and port → what it claimed; the longest ago first. */
  private final Map<String, Map<String, Left>> left = new LinkedHashMap<>();

  /**
   * @param nanos for durations
   */
  Claims(LongSupplier nanos) {
    this.nanos = nanos;
  }

  void put(String address, InstanceKey key, Claim claim) {
    claims.computeIfAbsent(address, any -> new LinkedHashMap<>()).put(key, claim);
    Map<String, Left> its = left.get(key.serviceKey());
    if (its != null && its.remove(address) != null && its.isEmpty()) {
      left.remove(key.serviceKey());
    }
  }

  void remove(String address, InstanceKey key) {
    Map<InstanceKey, Claim> all = claims.get(address);
    Claim gone = all == null ? null : all.remove(key);
    if (all == null || gone == null) {
      return;
    }
    if (all.isEmpty()) {
      claims.remove(address);
    }
    String service = key.serviceKey();
    if (all.keySet().stream().noneMatch(other -> other.serviceKey().equals(service))) {
      remember(service, address, gone);
    }
  }

  private void remember(String service, String address, Claim gone) {
    Map<String, Left> its = left.remove(service);
    if (its == null) {
      its = new LinkedHashMap<>();
    }
    left.put(service, its); // at the end
    its.put(address, new Left(gone.sinceMillis(), nanos.getAsLong()));
    dropOldest(its, MAX_LEFT);
    dropOldest(left, MAX_SERVICES);
  }

  private static void dropOldest(Map<String, ?> from, int most) {
    if (from.size() > most) {
      from.remove(from.keySet().iterator().next());
    }
  }

  /** Who claims an address and port; the longest known first. */
  Set<InstanceKey> of(String address) {
    return claims.getOrDefault(address, Map.of()).keySet();
  }

  @Nullable Claim get(String address, InstanceKey key) {
    return claims.getOrDefault(address, Map.of()).get(key);
  }

  /** Since when a service has had an address, or had it before it left; now if it never did. */
  long since(String address, String service, long nowMillis) {
    long since = nowMillis;
    for (Map.Entry<InstanceKey, Claim> one : claims.getOrDefault(address, Map.of()).entrySet()) {
      if (one.getKey().serviceKey().equals(service)) {
        since = Math.min(since, one.getValue().sinceMillis());
      }
    }
    Left before = left.getOrDefault(service, Map.of()).get(address);
    return before == null || nanos.getAsLong() - before.nanos() > REMEMBERED.toNanos()
        ? since
        : Math.min(since, before.sinceMillis());
  }
}
