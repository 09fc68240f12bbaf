package dev.weft.engine.route;

import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.PathNormalizer;
import dev.weft.engine.inbound.RateLimiter;
import dev.weft.engine.inbound.RateLimiters;
import dev.weft.engine.inbound.RateLimits;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.Labels;
import dev.weft.policy.RateLimit;
import dev.weft.policy.ServiceName;
import dev.weft.policy.ServiceSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rate limits of a workload: those of the Services that it is an instance of, and in
 * their place those of the routes by which requests have come. Which route that was is found by
 * matching once more, where the request arrives: nothing that a caller says counts.
 */
public final class InboundLimits {
  private final Policies policies;
  private final RateLimiters limiters;
  private final Expressions expressions;
  private final int port;

  private InboundLimits(
      Policies policies, RateLimiters limiters, Expressions expressions, int port) {
    this.policies = policies;
    this.limiters = limiters;
    this.expressions = expressions;
    this.port = port;
  }

  /**
   * @param labels of the workload, with its service as {@code app}
   * @param port of the workload
   */
  public static RateLimits compile(
      Policies policies,
      RateLimiters limiters,
      Expressions expressions,
      String namespace,
      Map<String, String> labels,
      int port) {
    if (!policies.limitsRates()) {
      return RateLimits.NONE;
    }
    InboundLimits limits = new InboundLimits(policies, limiters, expressions, port);
    List<RateLimits.Selector> selectors = new ArrayList<>();
    limits
        .services(namespace, labels)
        .forEach(
            (service, ports) -> {
              RateLimits.Selector selector = limits.of(service, ports);
              if (selector != null) {
                selectors.add(selector);
              }
            });
    return selectors.isEmpty() ? RateLimits.NONE : new RateLimits(selectors);
  }

  /** The Services that the workload is an instance of, with those ports that lead to this one. */
  private Map<ServiceName, List<ServiceSpec.Port>> services(
      String namespace, Map<String, String> labels) {
    Map<ServiceName, List<ServiceSpec.Port>> all = new LinkedHashMap<>();
    ServiceName own = new ServiceName(namespace, labels.getOrDefault(Labels.APP, ""));
    if (policies.service(own) == null) {
      all.put(own, List.of()); // the implicit one
    }
    for (ServiceSpec service : policies.services()) {
      if (!service.members().equals(own)
          || !labels.entrySet().containsAll(service.labels().entrySet())) {
        continue;
      }
      List<ServiceSpec.Port> ports =
          service.ports().stream().filter(one -> one.targetPort() == port).toList();
      if (!ports.isEmpty() || service.ports().isEmpty()) {
        all.put(service.name(), ports);
      }
    }
    return all;
  }

  private RateLimits.@Nullable Selector of(ServiceName service, List<ServiceSpec.Port> ports) {
    RateLimiter wide = ofService(service, ports);
    Map<String, RateLimiter> byRule = new HashMap<>();
    List<RouteMatch> matches = new ArrayList<>();
    for (HttpRoute route : routes(service, ports)) {
      for (int i = 0; i < route.rules().size(); i++) {
        HttpRoute.Rule rule = route.rules().get(i);
        String name = route.metadata().namespace() + "/" + route.metadata().name() + "[" + i + "]";
        RateLimiter own = first(policies.ofRoute(route, rule.name()), "route " + name);
        if (own != null) {
          byRule.put(name, own);
        }
        for (HttpRoute.Match match : rule.matches()) {
          matches.add(RouteMatch.of(route, i, match, Rule.none(name), expressions));
        }
      }
    }
    if (byRule.isEmpty()) {
      return wide == null ? null : request -> wide;
    }
    PathIndex index = new PathIndex(matches);
    return request -> {
      RouteMatch match = index.find(new Arrived(request));
      RateLimiter own = match == null ? null : byRule.get(match.rule().name());
      return own == null ? wide : own;
    };
  }

  private @Nullable RateLimiter ofService(ServiceName service, List<ServiceSpec.Port> ports) {
    List<BackendTrafficPolicy> all = new ArrayList<>();
    for (ServiceSpec.Port one : ports) {
      all.addAll(policies.ofService(service, one.name()));
    }
    if (ports.isEmpty()) {
      all.addAll(policies.ofService(service, null));
    }
    return first(all, "service " + service);
  }

  private List<HttpRoute> routes(ServiceName service, List<ServiceSpec.Port> ports) {
    if (ports.isEmpty()) {
      return policies.routes(service, port, service.namespace());
    }
    List<HttpRoute> all = new ArrayList<>();
    for (ServiceSpec.Port one : ports) {
      for (HttpRoute route : policies.routes(service, one.port(), service.namespace())) {
        if (!all.contains(route)) {
          all.add(route);
        }
      }
    }
    return all;
  }

  /** Of the narrowest policy that limits rates. */
  private @Nullable RateLimiter first(List<BackendTrafficPolicy> policiesOf, String place) {
    for (BackendTrafficPolicy policy : policiesOf) {
      RateLimit limit = policy.rateLimit();
      if (limit != null) {
        return limiters.get(limit, policy.rule(), place + " port " + port);
      }
    }
    return null;
  }

  /** A request that has arrived, as routes see those that leave. */
  private record Arrived(InboundRequest request) implements RequestHead {
    @Override
    public String method() {
      return request.method();
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public String host() {
      String authority = request.authority();
      return authority == null ? "" : authority;
    }

    @Override
    public int port() {
      return -1;
    }

    @Override
    public String path() {
      return PathNormalizer.path(request.target());
    }

    @Override
    public @Nullable String query() {
      return request.query();
    }

    @Override
    public List<String> header(String name) {
      return request.header(name);
    }

    @Override
    public boolean replayable() {
      return false;
    }
  }
}
