package dev.weft.coordinator.mesh;

import dev.weft.coordinator.ConfigView;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Policy in memory. */
public final class SettableConfig implements ConfigView {
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private volatile Snapshot snapshot = new Snapshot(0, List.of());

  @SafeVarargs
  public final void set(Map<String, Object>... resources) {
    snapshot = new Snapshot(snapshot.revision() + 1, List.of(resources));
    callbacks.forEach(Runnable::run);
  }

  @Override
  public Snapshot snapshot() {
    return snapshot;
  }

  @Override
  public AutoCloseable onChange(Runnable callback) {
    callbacks.add(callback);
    return () -> callbacks.remove(callback);
  }

  public static Map<String, Object> peerAuthentication(String namespace, String name, String mode) {
    return Map.of(
        "apiVersion",
        "security.istio.io/v1",
        "kind",
        "PeerAuthentication",
        "metadata",
        Map.of("name", name, "namespace", namespace),
        "spec",
        Map.of("mtls", Map.of("mode", mode)));
  }
}
