package dev.weft.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a resource stands among: the other resources and, where it is known, what has registered.
 * Made for one look at many resources; not for use by several threads.
 */
public final class Surroundings {
  /** Who has registered. */
  public interface Members {
    /**
     * Whether an app has an instance with all these labels.
     *
     * @param labels empty: any instance
     */
    boolean any(ServiceName app, Map<String, String> labels);
  }

  private final Collection<Resource> resources;
  private final @Nullable Members members;
  private final Map<ServiceName, ServiceSpec> services = new HashMap<>();
  private final Map<ServiceName, List<HttpRoute>> routesByParent = new HashMap<>();

  /**
   * @param members null: nobody knows who has registered, and nothing is said of it
   */
  public Surroundings(Collection<Resource> resources, @Nullable Members members) {
    this.resources = resources;
    this.members = members;
    for (Resource resource : resources) {
      if (resource.spec() instanceof ServiceSpec service) {
        services.put(service.name(), service);
      } else if (resource.spec() instanceof HttpRoute route) {
        route.parents().stream()
            .map(HttpRoute.Parent::service)
            .distinct()
            .forEach(p -> routesByParent.computeIfAbsent(p, any -> new ArrayList<>()).add(route));
      }
    }
  }

  Collection<Resource> resources() {
    return resources;
  }

  /**
   * The Service that a resource defines; null if there is none, and the name is an app's, if any.
   */
  @Nullable ServiceSpec service(ServiceName name) {
    return services.get(name);
  }

  /** The routes that are attached to a Service, in no order. */
  List<HttpRoute> routesOf(ServiceName service) {
    return routesByParent.getOrDefault(service, List.of());
  }

  @Nullable Resource find(Kind kind, String namespace, String name) {
    String id = Resource.id(kind, namespace, name);
    return resources.stream().filter(r -> r.id().equals(id)).findFirst().orElse(null);
  }

  /**
   * What is missing for calls of a Service to arrive, as the rest of a sentence; null if nothing
   * is, or nobody knows.
   */
  @Nullable String missing(ServiceName name, int port) {
    ServiceSpec service = services.get(name);
    if (service != null && port > 0 && !service.ports().isEmpty() && !hasPort(service, port)) {
      return "has no port "
          + port
          + " (its ports: "
          + String.join(
              ", ", service.ports().stream().map(one -> String.valueOf(one.port())).toList())
          + ")";
    }
    if (members == null) {
      return null;
    }
    if (service == null) {
      return members.any(name, Map.of())
          ? null
          : "does not exist (yet): nothing has registered under this name, and no Service defines it";
    }
    return members.any(service.members(), service.labels())
        ? null
        : "has no instances (app "
            + service.members()
            + (service.labels().isEmpty() ? "" : " with " + service.labels())
            + ")";
  }

  private static boolean hasPort(ServiceSpec service, int port) {
    return service.ports().stream().anyMatch(one -> one.port() == port);
  }
}
