package dev.weft.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code Service} of Kubernetes: a name for the instances of one app that carry some labels, and
 * the ports that it has. Immutable.
 *
 * @param app the service that the instances are members of; from {@code app} in the selector
 * @param labels that they have to carry besides
 * @param ports empty: whatever the instances have
 */
public record ServiceSpec(
    Metadata metadata, String app, Map<String, String> labels, List<Port> ports) {
  public ServiceSpec {
    labels = Map.copyOf(labels);
    ports = List.copyOf(ports);
  }

  public static final Kind KIND =
      new Kind(
          "Service",
          "services",
          List.of("svc"),
          List.of("v1"),
          true,
          ServiceSpecReader::read,
          ServiceSpec::review);

  /**
   * A port.
   *
   * @param name null only if it is the only one
   * @param port what callers write
   * @param targetPort of the instances; {@code port} if it was not given
   * @param appProtocol such as {@code http}, {@code kubernetes.io/h2c} or {@code tcp}; null: not
   *     said
   */
  public record Port(
      @Nullable String name, int port, int targetPort, @Nullable String appProtocol) {}

  private static List<String> review(Resource resource, Surroundings surroundings) {
    ServiceSpec service = (ServiceSpec) resource.spec();
    String missing = surroundings.missing(service.name(), -1);
    if (missing != null) {
      return List.of(missing);
    }
    List<String> warnings = new ArrayList<>();
    for (Port port : service.ports()) {
      String no = surroundings.missing(service.name(), port.port());
      if (no != null && !warnings.contains(no)) {
        warnings.add(no);
      }
    }
    return warnings;
  }

  public ServiceName name() {
    return new ServiceName(metadata.namespace(), metadata.name());
  }

  /** The service as which its instances are registered, and whose identity they have. */
  public ServiceName members() {
    return new ServiceName(metadata.namespace(), app);
  }
}
