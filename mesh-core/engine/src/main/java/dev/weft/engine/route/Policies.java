package dev.weft.engine.route;

import dev.weft.engine.Service;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.Target;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.MeshService;
import dev.weft.policy.Metadata;
import dev.weft.policy.ServiceName;
import dev.weft.policy.ServiceSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What routes need of policy, at one moment, found by the Services that it is about. Immutable. */
public final class Policies {
  /** No policy at all. */
  public static final Policies NONE = new Policies(List.of());

  private final Map<ServiceName, ServiceSpec> services = new LinkedHashMap<>();
  private final Map<ServiceName, List<HttpRoute>> routes = new HashMap<>();
  private final Map<ServiceName, List<BackendTrafficPolicy>> ofServices = new HashMap<>();
  private final Map<ServiceName, List<BackendTrafficPolicy>> ofRoutes = new HashMap<>();
  private final HostTable<ServiceName> adopted = new HostTable<>();
  private final boolean limitsRates;

  /**
   * @param specs of resources, of any kind; those that are not about routes are passed over
   */
  public Policies(Collection<?> specs) {
    for (ServiceSpec service : sorted(specs, ServiceSpec.class, ServiceSpec::metadata)) {
      services.put(service.name(), service);
    }
    for (HttpRoute route : sorted(specs, HttpRoute.class, HttpRoute::metadata)) {
      Set<ServiceName> attached = new LinkedHashSet<>(); // two ports of one Service: two parents
      route.parents().forEach(parent -> attached.add(parent.service()));
      attached.forEach(parent -> add(routes, parent, route));
    }
    for (BackendTrafficPolicy policy :
        sorted(specs, BackendTrafficPolicy.class, BackendTrafficPolicy::metadata)) {
      Set<Target> targets = new LinkedHashSet<>();
      policy.targets().forEach(t -> targets.add(new Target(t.route(), t.name(), null)));
      for (Target target : targets) {
        ServiceName name = new ServiceName(policy.metadata().namespace(), target.name());
        add(target.route() ? ofRoutes : ofServices, name, policy);
      }
    }
    this.limitsRates =
        specs.stream()
            .anyMatch(spec -> spec instanceof BackendTrafficPolicy p && p.rateLimit() != null);
    for (MeshService mesh : sorted(specs, MeshService.class, MeshService::metadata)) {
      if (mesh.adopts()) {
        adopted.add(mesh, mesh.service());
      }
    }
  }

  private static <T> List<T> sorted(
      Collection<?> specs, Class<T> type, Function<T, Metadata> metadata) {
    return specs.stream()
        .filter(type::isInstance)
        .map(type::cast)
        .sorted(Comparator.comparing(metadata, Metadata.OLDEST_FIRST))
        .toList();
  }

  private static <T> void add(Map<ServiceName, List<T>> map, ServiceName name, T value) {
    map.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  /**
   * The service that was adopted under a host or address.
   *
   * @param host in lower case, without a trailing dot
   * @param port of the URI, -1 if it has none
   * @return null if no MeshService has it
   */
  public @Nullable ServiceName adopted(String host, int port) {
    return adopted.find(host, port);
  }

  /**
   * The port that a call by an adopted host or address is for: the one it names if the service has
   * it, else the service's main one.
   *
   * @param port of the URI, -1 if it has none
   */
  public int adoptedPort(Service service, int port) {
    ServiceSpec spec = services.get(service.name());
    if (spec == null || spec.ports().isEmpty()) {
      return port == -1 || service.hasPort(port) ? port : Service.DEFAULT_PORT;
    }
    for (ServiceSpec.Port one : spec.ports()) {
      if (one.port() == port) {
        return port;
      }
    }
    return spec.ports().get(0).port();
  }

  /** Whether any traffic policy limits rates. */
  boolean limitsRates() {
    return limitsRates;
  }

  /** All resources that define a Service. */
  Collection<ServiceSpec> services() {
    return services.values();
  }

  /** The resource of this name; null if there is none, and the name is an app's or nobody's. */
  public @Nullable ServiceSpec service(ServiceName name) {
    return services.get(name);
  }

  /**
   * The routes that hold for callers of a namespace: those of their own, if it is another than the
   * Service's and has any; else those that stand beside the Service.
   */
  List<HttpRoute> routes(ServiceName service, int port, String caller) {
    List<HttpRoute> own = in(caller, service, port);
    return own.isEmpty() ? in(service.namespace(), service, port) : own;
  }

  private List<HttpRoute> in(String namespace, ServiceName service, int port) {
    List<HttpRoute> found = new ArrayList<>();
    for (HttpRoute route : routes.getOrDefault(service, List.of())) {
      if (route.metadata().namespace().equals(namespace) && isFor(route, service, port)) {
        found.add(route);
      }
    }
    return found;
  }

  private static boolean isFor(HttpRoute route, ServiceName service, int port) {
    for (HttpRoute.Parent parent : route.parents()) {
      Integer only = parent.port();
      if (parent.service().equals(service) && (only == null || only == port)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The traffic policies of a Service, the narrower first.
   *
   * @param portName of the port that is called; null if it has none
   */
  List<BackendTrafficPolicy> ofService(ServiceName service, @Nullable String portName) {
    return narrowerFirst(ofServices.get(service), service, false, portName);
  }

  /** The traffic policies of a rule of a route, the narrower first. */
  List<BackendTrafficPolicy> ofRoute(HttpRoute route, @Nullable String ruleName) {
    ServiceName name = new ServiceName(route.metadata().namespace(), route.metadata().name());
    return narrowerFirst(ofRoutes.get(name), name, true, ruleName);
  }

  private static List<BackendTrafficPolicy> narrowerFirst(
      @Nullable List<BackendTrafficPolicy> all,
      ServiceName name,
      boolean route,
      @Nullable String section) {
    if (all == null) {
      return List.of();
    }
    List<BackendTrafficPolicy> narrow = new ArrayList<>();
    List<BackendTrafficPolicy> wide = new ArrayList<>();
    for (BackendTrafficPolicy policy : all) {
      for (Target target : policy.targets()) {
        if (target.route() == route && target.name().equals(name.name())) {
          if (target.section() == null) {
            wide.add(policy);
          } else if (target.section().equals(section)) {
            narrow.add(policy);
          }
        }
      }
    }
    narrow.addAll(wide);
    return narrow;
  }
}
