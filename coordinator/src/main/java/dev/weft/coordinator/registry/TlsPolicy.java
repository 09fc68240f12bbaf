package dev.weft.coordinator.registry;

import dev.weft.policy.TlsMode;
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
}
