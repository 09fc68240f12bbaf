package dev.weft.testkit.server;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter declares about itself. Immutable.
 *
 * @param library as the adapter calls itself when it opens a port, and its column in {@code
 *     docs/server-kit.md}
 * @param missing what it cannot do, each with the reason as the table gives it
 */
public record ServerOptions(String library, Map<Capability, String> missing) {
  /** An adapter that can do everything. */
  public static ServerOptions of(String library) {
    return new ServerOptions(library, Map.of());
  }

  public ServerOptions {
    missing = Collections.unmodifiableMap(copy(missing));
  }

  private static EnumMap<Capability, String> copy(Map<Capability, String> map) {
    EnumMap<Capability, String> copy = new EnumMap<>(Capability.class);
    copy.putAll(map);
    return copy;
  }

  /** The same, but for one thing that it cannot do. */
  public ServerOptions cannot(Capability capability, String reason) {
    EnumMap<Capability, String> more = copy(missing);
    more.put(capability, reason);
    return new ServerOptions(library, more);
  }

  public boolean can(Capability capability) {
    return !missing.containsKey(capability);
  }

  /** Why it cannot; null if it can. */
  public @Nullable String reason(Capability capability) {
    return missing.get(capability);
  }
}
