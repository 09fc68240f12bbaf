package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.WireException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An instance as it described itself, and as it goes through ZooKeeper: policy has not been applied
 * to its ports yet.
 *
 * @param claims of its ports, in their order
 * @param connectedMillis when its stream was opened, by its coordinator's clock: where two
 *     coordinators have the instance, the later stream counts
 */
record Declared(Instance instance, List<Claim> claims, long connectedMillis) {
  Declared {
    claims = List.copyOf(claims);
  }

  Declared withState(InstanceState state) {
    return new Declared(
        new Instance(
            instance.id(),
            instance.namespace(),
            instance.service(),
            instance.ports(),
            instance.labels(),
            instance.zone(),
            state,
            instance.sinceMillis()),
        claims,
        connectedMillis);
  }

  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>(instance.tree());
    tree.put("claims", claims.stream().map(Claim::tree).toList());
    tree.put("connected", connectedMillis);
    return tree;
  }

  static Declared parse(Map<String, Object> tree) throws WireException {
    Instance instance = Instance.parse(tree);
    long connected = tree.get("connected") instanceof Long millis ? millis : 0;
    List<?> told = tree.get("claims") instanceof List<?> list ? list : List.of();
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < instance.ports().size(); i++) {
      claims.add(Claim.parse(i < told.size() ? told.get(i) : "", connected));
    }
    return new Declared(instance, claims, connected);
  }
}
