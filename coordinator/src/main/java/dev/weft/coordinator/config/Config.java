package dev.weft.coordinator.config;

import dev.weft.coordinator.ConfigView;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All resources of one revision. Immutable. */
public final class Config {
  private final long revision;
  private final NavigableMap<String, Stored> byId;

  /** {@code Kind/namespace} → hash of that group's blob. */
  private final Map<String, String> groups;

  private final ConfigView.Snapshot snapshot;

  Config(long revision, NavigableMap<String, Stored> byId, Map<String, String> groups) {
    this.revision = revision;
    this.byId = Collections.unmodifiableNavigableMap(byId);
    this.groups = Map.copyOf(groups);
    this.snapshot =
        new ConfigView.Snapshot(revision, byId.values().stream().map(Stored::tree).toList());
  }

  static Config empty() {
    return new Config(0, new TreeMap<>(), Map.of());
  }

  /** 0: nothing was ever stored. */
  public long revision() {
    return revision;
  }

  /** All of them, by {@code Kind/namespace/name}. */
  public Collection<Stored> all() {
    return byId.values();
  }

  /** Those that this version understands. */
  public List<Resource> resources() {
    List<Resource> resources = new ArrayList<>(byId.size());
    for (Stored stored : byId.values()) {
      if (stored.resource() != null) {
        resources.add(Objects.requireNonNull(stored.resource()));
      }
    }
    return resources;
  }

  public @Nullable Stored get(String id) {
    return byId.get(id);
  }

  ConfigView.Snapshot snapshot() {
    return snapshot;
  }

  Map<String, String> groups() {
    return groups;
  }

  /** A copy to change. */
  NavigableMap<String, Stored> copy() {
    return new TreeMap<>(byId);
  }

  /** The resources whose id begins so. */
  Map<String, Stored> withPrefix(String prefix) {
    // '0' follows '/', with which a prefix ends, so that this is all that begins with it.
    return byId.subMap(prefix, true, prefix.substring(0, prefix.length() - 1) + '0', false);
  }
}
