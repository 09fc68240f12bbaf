package dev.weft.coordinator.registry;

import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.Port;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which TLS mode policy gives a port. Must be quick and must not block. */
@FunctionalInterface
public interface TlsPolicy {
  /** Without any policy: plaintext and mesh TLS. */
  TlsPolicy PERMISSIVE = (namespace, service, labels, port) -> TlsMode.PERMISSIVE;

  /**
   * The mode in force.
   *
   * @param labels of the instance, {@code app} included
   */
  TlsMode mode(String namespace, String service, Map<String, String> labels, int port);

  /** An instance as it described itself, with the modes in force of its ports. */
  default Instance applied(Instance one) {
    Map<String, String> labels = new HashMap<>(one.labels());
    labels.put("app", one.service());
    List<Port> ports = new ArrayList<>(one.ports().size());
    for (Port port : one.ports()) {
      TlsMode mode = mode(one.namespace(), one.service(), labels, port.number());
      ports.add(
          new Port(
              port.address(),
              port.number(),
              port.library(),
              port.primary(),
              inForce(port.tls(), mode)));
    }
    return new Instance(
        one.id(),
        one.namespace(),
        one.service(),
        ports,
        one.labels(),
        one.zone(),
        one.state(),
        one.sinceMillis());
  }

  /**
   * What callers have to go by. STRICT wins over an adapter that cannot do TLS: such a port cannot
   * be called, and must not be called in plaintext.
   */
  private static TlsMode inForce(TlsMode able, TlsMode policy) {
    return policy == TlsMode.STRICT || able != TlsMode.DISABLE ? policy : TlsMode.DISABLE;
  }
}
