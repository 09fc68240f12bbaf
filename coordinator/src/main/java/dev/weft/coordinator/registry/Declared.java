package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.WireException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An instance as it described itself, and as it goes through ZooKeeper: policy has not been applied
 * to its ports yet.
 *
 * @param connectedMillis when its stream was opened, by its coordinator's clock: where two
 *     coordinators have the instance, the later stream counts
 */
record Declared(Instance instance, long connectedMillis) {
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
        connectedMillis);
  }

  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>(instance.tree());
    tree.put("connected", connectedMillis);
    return tree;
  }

  static Declared parse(Map<String, Object> tree) throws WireException {
    return new Declared(
        Instance.parse(tree), tree.get("connected") instanceof Long connected ? connected : 0);
  }
}
