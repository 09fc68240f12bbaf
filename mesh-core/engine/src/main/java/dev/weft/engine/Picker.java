package dev.weft.engine;

import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The power of two choices: of two endpoints taken at random, the one with the lower peak EWMA
 * cost. Endpoints are offered in tiers (ready; then suspect; then unreachable): a tier is looked at
 * only if those before it are empty. Stateless.
 */
final class Picker {
  private Picker() {}

  /**
   * @param random a random number from 0 to its argument, exclusive
   * @return null if there is nobody to be picked
   */
  static @Nullable Endpoint pick(Endpoint[] endpoints, long nowNanos, IntUnaryOperator random) {
    if (endpoints.length == 1) {
      Endpoint only = endpoints[0];
      return only.facts().standing() == Endpoint.Standing.DRAINING ? null : only;
    }
    for (int tier = 0; tier < 3; tier++) {
      Endpoint picked = pickOf(tier, endpoints, nowNanos, random);
      if (picked != null) {
        return picked;
      }
    }
    return null;
  }

  private static @Nullable Endpoint pickOf(
      int tier, Endpoint[] endpoints, long nowNanos, IntUnaryOperator random) {
    int size = 0;
    for (Endpoint endpoint : endpoints) {
      if (tier(endpoint) == tier) {
        size++;
      }
    }
    if (size == 0) {
      return null;
    }
    int first = random.applyAsInt(size);
    Endpoint a = nth(first, tier, endpoints);
    if (size == 1) {
      return a;
    }
    // The second is drawn from the others, so that the two are never the same.
    int second = random.applyAsInt(size - 1);
    Endpoint b = nth(second < first ? second : second + 1, tier, endpoints);
    return a.cost(nowNanos) <= b.cost(nowNanos) ? a : b;
  }

  private static Endpoint nth(int n, int tier, Endpoint[] endpoints) {
    Endpoint last = endpoints[0];
    for (Endpoint endpoint : endpoints) {
      if (tier(endpoint) == tier) {
        last = endpoint;
        if (n-- == 0) {
          return endpoint;
        }
      }
    }
    // Health changed between the counting and here: the last one of the tier will do.
    return last;
  }

  /** 0: ready; 1: suspect; 2: unreachable; 3: never. */
  private static int tier(Endpoint endpoint) {
    if (endpoint.facts().standing() == Endpoint.Standing.DRAINING) {
      return 3;
    }
    if (endpoint.health() == Endpoint.Health.UNREACHABLE) {
      return 2;
    }
    return endpoint.facts().standing() == Endpoint.Standing.SUSPECT ? 1 : 0;
  }
}
