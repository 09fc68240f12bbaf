package dev.weft.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a resource stands among: the other resources and, where it is known, what has registered.
 * Made for one look at many resources; not for use by several threads.
 */
public final class Surroundings {
  /** What callers mean who name no port: whichever an instance has for them. */
  static final int DEFAULT_PORT = 80;

  /** Who has registered. */
  public interface Members {
    /**
     * Whether an app has an instance with all these labels.
     *
     * @param labels empty: any instance
     */
    boolean any(ServiceName app, Map<String, String> labels);

    /** Whether any of these has a port; true if nobody knows, or there are none. */
    default boolean hasPort(ServiceName app, Map<String, String> labels, int port) {
      return true;
    }

    /**
     * The ports of those that a selector selects; empty if it selects none, for each has one; null
     * if nobody knows.
     *
     * @param namespace null: in any
     */
    default @Nullable Set<Integer> ports(@Nullable String namespace, Selector selector) {
      return null;
    }

    /** {@code namespace/name} of the apps that have instances. */
    default Set<String> apps() {
      return Set.of();
    }

    /**
     * {@code namespace/name} of all that may call: of those that serve nothing as well. Null if not
     * all are known.
     */
    default @Nullable Set<String> callers() {
      return null;
    }
  }

  private final @Nullable Members members;
  private final Map<String, Resource> byId = new HashMap<>();
  private final Map<Class<?>, List<Object>> specs = new HashMap<>();
  private final Map<ServiceName, ServiceSpec> services = new HashMap<>();
  private final Map<ServiceName, List<HttpRoute>> routesByParent = new HashMap<>();

  /**
   * @param members null: nobody knows who has registered, and nothing is said of it
   */
  public Surroundings(Collection<Resource> resources, @Nullable Members members) {
    this.members = members;
    for (Resource resource : resources) {
      byId.put(resource.id(), resource);
      specs
          .computeIfAbsent(resource.spec().getClass(), any -> new ArrayList<>())
          .add(resource.spec());
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

  /** The specs of one kind, in no order. */
  @SuppressWarnings("unchecked")
  <T> List<T> specs(Class<T> type) {
    return (List<T>) specs.getOrDefault(type, List.of());
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
    return byId.get(Resource.id(kind, namespace, name));
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
          ? missingPort(name, Map.of(), port, port)
          : "does not exist (yet): nothing has registered under this name, and no Service defines it";
    }
    if (!members.any(service.members(), service.labels())) {
      return "has no instances (app "
          + service.members()
          + (service.labels().isEmpty() ? "" : " with " + service.labels())
          + ")";
    }
    return missingPort(service.members(), service.labels(), port, target(service, port));
  }

  /** The port of instances that a port of a Service leads to; -1 if that is theirs to choose. */
  private static int target(ServiceSpec service, int port) {
    for (ServiceSpec.Port one : service.ports()) {
      if (one.port() == port || port <= 0 && service.ports().size() == 1) {
        return one.targetPort();
      }
    }
    return port;
  }

  private @Nullable String missingPort(
      ServiceName app, Map<String, String> labels, int port, int target) {
    if (members == null || target <= 0 || members.hasPort(app, labels, target)) {
      return null;
    }
    Map<String, String> all = new HashMap<>(labels);
    all.put(Labels.APP, app.name());
    return (port == target || port <= 0 ? "has no" : "leads from port " + port + " to")
        + " port "
        + target
        + (port == target || port <= 0 ? ": no instance has it" : ", which no instance has")
        + theyHave(members.ports(app.namespace(), new Selector(all)));
  }

  private static String theyHave(@Nullable Set<Integer> ports) {
    return ports == null || ports.isEmpty()
        ? ""
        : " (they have " + String.join(", ", ports.stream().map(String::valueOf).toList()) + ")";
  }

  /**
   * That a policy of Istio's concerns nobody, as a sentence; null if it concerns somebody, or
   * nobody knows.
   */
  @Nullable String selectsNothing(String namespace, Selector selector) {
    boolean mesh = Resource.isRoot(namespace);
    if (members == null || mesh && selector.isEmpty()) {
      return null;
    }
    Set<Integer> ports = members.ports(mesh ? null : namespace, selector);
    if (ports == null || !ports.isEmpty()) {
      return null;
    }
    String app = selector.matchLabels().get(Labels.APP);
    String name = app == null ? selector.matchLabels().get(Labels.APP_NAME) : app;
    String nearest = name == null ? null : Nearest.of(namespace + "/" + name, members.apps());
    return "concerns nobody (yet): no instance"
        + (mesh ? "" : " of namespace " + namespace)
        + " has registered"
        + (selector.isEmpty() ? "" : " with " + selector.matchLabels())
        + (nearest == null || nearest.equals(namespace + "/" + name)
            ? ""
            : "; did you mean " + nearest + "?");
  }

  /** That no instance that a policy selects has a port, as the rest of a sentence; else null. */
  @Nullable String noSuchPort(String namespace, Selector selector, int port) {
    Set<Integer> ports =
        members == null
            ? null
            : members.ports(Resource.isRoot(namespace) ? null : namespace, selector);
    return ports == null || ports.isEmpty() || ports.contains(port)
        ? null
        : "no instance that it concerns has port " + port + theyHave(ports);
  }

  /** That nobody of this name can call, as a sentence; null if somebody can, or nobody knows. */
  @Nullable String noSuchCaller(String namespace, String name) {
    Set<String> callers = members == null ? null : members.callers();
    String asked = namespace + "/" + name;
    if (callers == null || callers.contains(asked)) {
      return null;
    }
    String nearest = Nearest.of(asked, callers);
    return "no service "
        + asked
        + " is known (yet)"
        + (nearest == null ? "" : "; did you mean " + nearest + "?");
  }

  /** As above, of all the services of a namespace. */
  @Nullable String noSuchNamespace(String namespace) {
    Set<String> callers = members == null ? null : members.callers();
    return callers == null || callers.stream().anyMatch(one -> one.startsWith(namespace + "/"))
        ? null
        : "no service of namespace " + namespace + " is known (yet)";
  }

  private static boolean hasPort(ServiceSpec service, int port) {
    return service.ports().stream().anyMatch(one -> one.port() == port);
  }
}
