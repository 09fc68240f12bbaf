package dev.weft.engine.route;

import dev.weft.engine.Decision;
import dev.weft.engine.Service;
import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.ServiceName;
import dev.weft.policy.ServiceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes rules of one Service and port: finds what backends refer to, and which traffic policies
 * hold. The narrower policy decides, setting by setting: rule of a route, route, port of a Service,
 * Service. What concerns a whole request (retries, timeouts, faults) is asked of the Service that
 * is called; what concerns endpoints, of the backend first.
 */
final class RuleCompiler {
  private final ServiceName service;
  private final int port;
  private final Policies policies;
  private final Live live;

  RuleCompiler(ServiceName service, int port, Policies policies, Live live) {
    this.service = service;
    this.port = port;
    this.policies = policies;
    this.live = live;
  }

  /** The rule of a Service without routes: everything goes to its own endpoints. */
  Rule implicit() {
    Traffic call = Traffic.of(ofService(service, port));
    String name = service + " (implicit)";
    Backend own = endpoints(name, service, port, 1, List.of(), Backend.Edits.NONE, true);
    return rule(name, List.of(own), null, List.of(), null, null, call);
  }

  Rule rule(HttpRoute route, int position) {
    HttpRoute.Rule written = route.rules().get(position);
    String name = route.rule(position);
    List<BackendTrafficPolicy> ofRoute = policies.ofRoute(route, written.name());
    List<BackendTrafficPolicy> call = new ArrayList<>(ofRoute);
    call.addAll(ofService(service, port));

    Backend.Edits edits = edits(written.filters());
    List<Backend> backends = new ArrayList<>();
    for (HttpRoute.Backend to : written.backends()) {
      Backend.Edits both = edits.then(edits(to.filters()));
      backends.add(endpoints(name, to.service(), to.port(), to.weight(), ofRoute, both, false));
    }
    RedirectTo redirect = null;
    List<Rule.Mirror> mirrors = new ArrayList<>();
    for (HttpRoute.Filter filter : written.filters()) {
      if (filter instanceof HttpRoute.Redirect asked) {
        redirect = new RedirectTo(asked);
      } else if (filter instanceof HttpRoute.Mirror mirror) {
        Backend copy = endpoints(name, mirror.service(), mirror.port(), 1, ofRoute, edits, false);
        mirrors.add(new Rule.Mirror(copy, mirror.numerator(), mirror.denominator()));
      }
    }
    return rule(
        name, backends, redirect, mirrors, written.timeouts(), written.retry(), Traffic.of(call));
  }

  private static Rule rule(
      String name,
      List<Backend> backends,
      @Nullable RedirectTo redirect,
      List<Rule.Mirror> mirrors,
      HttpRoute.@Nullable Timeouts timeouts,
      HttpRoute.@Nullable Retry retry,
      Traffic call) {
    RetryPlan plan = retry == null ? RetryPlan.of(call.retry()) : RetryPlan.of(retry);
    Duration request = timeouts == null ? null : timeouts.request();
    Duration attempt = timeouts == null ? null : timeouts.backendRequest();
    return new Rule(
        name,
        backends,
        redirect,
        mirrors,
        request == null ? call.timeouts().requestNanos() : request.toNanos(),
        attempt == null ? call.retry().perTryNanos() : attempt.toNanos(),
        plan,
        call.fault(),
        call.balance().hash());
  }

  private static Backend.Edits edits(List<HttpRoute.Filter> filters) {
    Backend.Edits edits = Backend.Edits.NONE;
    for (HttpRoute.Filter filter : filters) {
      if (filter instanceof HttpRoute.RequestHeaders request) {
        edits = edits.then(new Backend.Edits(HeadEdit.of(request.change()), null, null, null));
      } else if (filter instanceof HttpRoute.ResponseHeaders response) {
        edits = edits.then(new Backend.Edits(null, HeadEdit.of(response.change()), null, null));
      } else if (filter instanceof HttpRoute.Rewrite rewrite) {
        edits =
            edits.then(
                new Backend.Edits(null, null, rewrite.hostname(), PathEdit.of(rewrite.path())));
      }
    }
    return edits;
  }

  /**
   * The endpoints of a port of a Service, or of an app that nobody has made a Service for.
   *
   * @param direct whether the caller named the Service itself: then a port that it does not have is
   *     the caller's mistake, not the route's
   */
  private Backend endpoints(
      String rule,
      ServiceName name,
      int asked,
      int weight,
      List<BackendTrafficPolicy> ofRoute,
      Backend.Edits edits,
      boolean direct) {
    ServiceSpec spec = policies.service(name);
    ServiceSpec.Port found = spec == null ? null : port(spec, asked);
    if (spec != null && found == null && !spec.ports().isEmpty()) {
      List<Integer> ports = spec.ports().stream().map(ServiceSpec.Port::port).toList();
      String details = "Service " + name + " has no port " + asked + "; there are " + ports;
      return Backend.broken(
          name,
          asked,
          weight,
          direct ? Decision.unavailable(rule, details) : Decision.misconfigured(rule, details),
          edits);
    }
    List<BackendTrafficPolicy> all = new ArrayList<>(ofRoute);
    all.addAll(ofService(name, asked));
    if (!name.equals(service)) {
      all.addAll(ofService(service, port));
    }
    Service members = live.service(spec == null ? name : spec.members());
    int target = found == null ? asked : found.targetPort();
    Map<String, String> labels = spec == null ? Map.of() : spec.labels();
    return Backend.of(
        name,
        asked,
        weight,
        spec != null,
        members,
        members.pool(labels, target, Traffic.of(all)),
        edits);
  }

  private List<BackendTrafficPolicy> ofService(ServiceName name, int asked) {
    ServiceSpec spec = policies.service(name);
    ServiceSpec.Port found = spec == null ? null : port(spec, asked);
    return policies.ofService(name, found == null ? null : found.name());
  }

  /** The port of this number; without one, the only one. */
  private static ServiceSpec.@Nullable Port port(ServiceSpec spec, int asked) {
    if (asked == -1 && spec.ports().size() == 1) {
      return spec.ports().get(0);
    }
    for (ServiceSpec.Port port : spec.ports()) {
      if (port.port() == asked) {
        return port;
      }
    }
    return null;
  }
}
