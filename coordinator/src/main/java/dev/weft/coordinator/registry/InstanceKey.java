package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;

/** An instance; the identity is part of it, so that nobody can speak for another's id. */
record InstanceKey(String namespace, String service, String id) {
  static InstanceKey of(Instance instance) {
    return new InstanceKey(instance.namespace(), instance.service(), instance.id());
  }

  /** {@code namespace/service}. */
  String serviceKey() {
    return namespace + "/" + service;
  }
}
