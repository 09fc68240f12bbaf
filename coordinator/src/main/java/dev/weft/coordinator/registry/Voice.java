package dev.weft.coordinator.registry;

import dev.weft.wire.Port;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one coordinator says of an instance.
 *
 * @param from that coordinator
 */
record Voice(String from, Declared declared, int strength) {
  static final int OF_THE_DEAD = 0;
  static final int LOST = 1;
  static final int LIVE = 2;

  boolean beats(@Nullable Voice other) {
    return other == null
        || strength > other.strength
        || strength == other.strength
            && declared.connectedMillis() > other.declared.connectedMillis();
  }

  /** What the instance claims, by address and port. */
  Map<String, Claim> claims() {
    Map<String, Claim> all = new LinkedHashMap<>();
    List<Port> ports = declared.instance().ports();
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      all.put(InstanceRules.key(port.address(), port.number()), declared.claims().get(i));
    }
    return all;
  }
}
