package dev.weft.runtime;

import dev.weft.policy.Dns1123;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who this process is, as far as it says so itself. Namespace and service are what it asks for;
 * what counts is its certificate.
 *
 * @param instance a UUID, one a process
 * @param agent the agent's version
 */
public record Node(
    String instance,
    String namespace,
    String service,
    Map<String, String> labels,
    String zone,
    String agent) {

  /** The node of these settings; null, with the reason logged, if its names are not valid. */
  public static @Nullable Node of(Settings settings, String agent, Log log) {
    String service = settings.optional(Settings.SERVICE);
    String namespace = settings.text(Settings.NAMESPACE);
    if (service == null) {
      return null;
    }
    if (!Dns1123.isLabel(service)) {
      log.warn(invalid(Settings.SERVICE, service));
      return null;
    }
    if (!Dns1123.isLabel(namespace)) {
      log.warn(invalid(Settings.NAMESPACE, namespace));
      return null;
    }
    return new Node(
        UUID.randomUUID().toString(),
        namespace,
        service,
        Map.copyOf(settings.labels()),
        settings.text(Settings.ZONE),
        agent);
  }

  private static String invalid(Settings.Key key, String value) {
    return key.name()
        + ": \""
        + value
        + "\" (expected: a DNS-1123 label: 1 to 63 of a-z, 0-9, '-', beginning and ending with a"
        + " letter or digit); this process stays out of the mesh";
  }
}
