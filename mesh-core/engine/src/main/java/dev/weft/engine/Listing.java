package dev.weft.engine;

import dev.weft.engine.balance.HashRing;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of a set by what may be done with them, as of one version: what a pick reads.
 * Immutable.
 */
final class Listing {
  private static final Endpoint[] NONE = {};

  final long version;

  /** The members that these are of. */
  final Service.Picture of;

  /** In the members' order. */
  final Endpoint[] all;

  /** Of {@link #all}; null as long as nobody hashes. */
  final @Nullable HashRing ring;

  /** All but the draining ones. */
  final Endpoint[] usable;

  final Endpoint[] ready;
  final Endpoint[] probe;
  final Endpoint[] suspect;
  final Endpoint[] unreachable;
  final Endpoint[] ejected;

  Listing(long version, Service.Picture of, Endpoint[] all, @Nullable HashRing ring) {
    this.version = version;
    this.of = of;
    this.all = all;
    this.ring = ring;
    Map<Endpoint.State, List<Endpoint>> tiers = new EnumMap<>(Endpoint.State.class);
    List<Endpoint> usable = new ArrayList<>(all.length);
    for (Endpoint endpoint : all) {
      Endpoint.State state = endpoint.state();
      if (state != Endpoint.State.DRAINING) {
        usable.add(endpoint);
        tiers.computeIfAbsent(state, tier -> new ArrayList<>()).add(endpoint);
      }
    }
    this.usable = usable.toArray(NONE);
    this.ready = array(tiers, Endpoint.State.READY);
    this.probe = array(tiers, Endpoint.State.PROBE);
    this.suspect = array(tiers, Endpoint.State.SUSPECT);
    this.unreachable = array(tiers, Endpoint.State.UNREACHABLE);
    this.ejected = array(tiers, Endpoint.State.EJECTED);
  }

  /** Whether these are fewer than this percentage of the usable ones. */
  boolean panics(int percent, int fit) {
    return percent > 0 && fit * 100L < (long) percent * usable.length;
  }

  /** What the members are known by on a hash ring, in the order of {@link #all}. */
  static List<String> keys(Endpoint[] all) {
    List<String> keys = new ArrayList<>(all.length);
    for (Endpoint endpoint : all) {
      keys.add(endpoint.facts().instance() + "|" + endpoint.facts().port());
    }
    return keys;
  }

  private static Endpoint[] array(Map<Endpoint.State, List<Endpoint>> tiers, Endpoint.State tier) {
    List<Endpoint> found = tiers.get(tier);
    return found == null ? NONE : found.toArray(NONE);
  }
}
