package dev.weft.engine.route;

import dev.weft.engine.Service;
import dev.weft.policy.MeshService;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something for each host and address that MeshServices list. Filled by one thread, then read by
 * any.
 */
final class HostTable<V> {
  private final Map<String, V> exact = new HashMap<>();
  private final Map<String, V> wildcards = new HashMap<>();

  /** Adds what a MeshService lists, where there is nothing yet. */
  void add(MeshService mesh, V value) {
    for (String host : mesh.hosts()) {
      if (host.startsWith("*.")) {
        wildcards.putIfAbsent(host.substring(1), value);
      } else {
        exact.putIfAbsent(host, value);
      }
    }
    for (String address : mesh.addresses()) {
      exact.putIfAbsent(address, value);
    }
  }

  /**
   * What there is of the host itself, else of its address with this port, else of the longest
   * wildcard.
   *
   * @param host in lower case, without a trailing dot
   * @param port of the URI, -1 if it has none
   */
  @Nullable V find(String host, int port) {
    if (exact.isEmpty() && wildcards.isEmpty()) {
      return null;
    }
    V found = exact.get(host);
    if (found == null) {
      found = exact.get(host + ":" + (port == -1 ? Service.DEFAULT_PORT : port));
    }
    // The longest wildcard is the nearest one.
    for (int dot = host.indexOf('.');
        found == null && dot >= 0 && !wildcards.isEmpty();
        dot = host.indexOf('.', dot + 1)) {
      found = wildcards.get(host.substring(dot));
    }
    return found;
  }
}
