package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance whose agent is, or was just now, connected here. Under the lock of the {@link
 * Registry}.
 */
final class Own {
  final InstanceKey key;
  @Nullable Lease lease;
  Map<String, String> labels = Map.of();
  String zone = "";
  long connectedMillis;
  long sinceMillis;
  List<Port> ports = List.of();
  List<Claim> claims = List.of();
  InstanceState state = InstanceState.STARTING;
  long removeAtNanos;
  int slice = -1;

  Own(InstanceKey key) {
    this.key = key;
  }

  boolean registered() {
    return !ports.isEmpty();
  }

  Declared declared() {
    return new Declared(
        new Instance(
            key.id(),
            key.namespace(),
            key.service(),
            ports,
            labels,
            zone,
            lease == null ? InstanceState.SUSPECT : state,
            sinceMillis),
        claims,
        connectedMillis);
  }
}
