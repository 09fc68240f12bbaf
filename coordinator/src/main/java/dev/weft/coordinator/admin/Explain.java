package dev.weft.coordinator.admin;

import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.coordinator.mesh.Question;
import dev.weft.coordinator.registry.InstanceRules;
import dev.weft.engine.Endpoint;
import dev.weft.engine.HostName;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.route.EgressPolicy;
import dev.weft.engine.route.Explanation;
import dev.weft.engine.route.Expressions;
import dev.weft.engine.route.Live;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.Routing;
import dev.weft.policy.Dns1123;
import dev.weft.policy.EgressMode;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceName;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says where a request would go, and why: with the policy that is in force and the instances that
 * have registered, by the code that agents route with. What an agent alone knows, such as which
 * endpoint it has ejected, is not in it.
 */
final class Explain {
  private static final int HTTPS_PORT = 443;

  private final ConfigStore config;
  private final RegistryView registry;
  private final Known known;

  Explain(ConfigStore config, RegistryView registry, Known known) {
    this.config = config;
    this.registry = registry;
    this.known = known;
  }

  Reply explain(Request request) throws ProblemException {
    ServiceName source = source(request.parameter("source", ""));
    AskedRequest asked = AskedRequest.of(request);
    String unknown = unknown(source);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("source", source.toString());
    tree.put("method", asked.method());
    tree.put(
        "url",
        asked.scheme()
            + "://"
            + asked.host()
            + (asked.port() == -1 ? "" : ":" + asked.port())
            + asked.path()
            + (asked.query() == null ? "" : "?" + asked.query()));
    List<Object> specs = new ArrayList<>();
    config.current().resources().forEach(resource -> specs.add(resource.spec()));
    Map<String, Object> found = new LinkedHashMap<>();
    explain(found, source, asked, new Policies(specs));
    boolean outside = "passed".equals(found.get("outcome"));
    if (asked.scheme().equals("http")) {
      tree.putAll(found);
    } else {
      passes(tree, "the TLS inside an https:// call is the application's own");
    }
    if (outside) {
      leaves(tree, asked, EgressPolicy.of(specs, source.namespace()));
    }
    if (unknown != null) {
      tree.put("warnings", List.of(unknown));
    }
    return Reply.json(tree);
  }

  /**
   * What is to be said of a caller that nobody has heard of. That is an error, for it is a typing
   * error, unless there are coordinators whose agents are not known here.
   */
  private @Nullable String unknown(ServiceName source) throws ProblemException {
    Set<String> all = known.services();
    if (all.contains(source.toString())) {
      return null;
    }
    String meant = Known.didYouMean(source.toString(), all);
    if (registry.otherCoordinators().isEmpty()) {
      throw ProblemException.of(
          ProblemException.Kind.NOT_FOUND,
          Problem.wrong(
              "source",
              source,
              "a service that has joined, or that a token or a Service names" + meant));
    }
    return "source: nothing called "
        + source
        + " is known to this coordinator; others have agents of their own"
        + meant;
  }

  private static ServiceName source(String text) throws ProblemException {
    ServiceName name =
        text.indexOf('/') < 0
            ? new ServiceName(Resource.DEFAULT_NAMESPACE, text)
            : ServiceName.parse(text);
    if (name == null || !Dns1123.isLabel(name.namespace()) || !Dns1123.isLabel(name.name())) {
      String expected = "the service that calls, as namespace/name or, in default, name";
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          text.isEmpty()
              ? Problem.missing("source", expected)
              : Problem.wrong("source", text, expected));
    }
    return name;
  }

  private void explain(
      Map<String, Object> tree, ServiceName source, AskedRequest asked, Policies policies) {
    String host = Objects.requireNonNullElse(HostName.normalize(asked.host()), "");
    Members members = new Members(registry.instances());
    ServiceName adopted = policies.adopted(host, asked.port());
    if (adopted != null) {
      int port = policies.adoptedPort(members.service(adopted), asked.port());
      routed(tree, "MeshService", adopted, port);
      route(tree, source, asked, policies, members, adopted, port);
      return;
    }
    int given = asked.port() == -1 ? Routing.DEFAULT_PORT : asked.port();
    if (InstanceRules.isEveryonesOwn(host)) {
      passes(tree, host + " is the caller's own loopback or link, which is never looked up");
      return;
    }
    Question question = Question.of(host, given, source.namespace());
    if (question != null && question.address()) {
      pinned(tree, host, given);
      return;
    }
    ServiceName name = question == null ? null : ServiceName.parse(question.key());
    if (name == null || policies.service(name) == null && !members.has(name)) {
      passes(
          tree,
          name == null
              ? asked.host() + " has not the form of a name of the mesh, and no MeshService has it"
              : "nothing is called " + name + ": no Service defines it, nothing has registered");
      return;
    }
    routed(tree, "name", name, asked.port());
    route(tree, source, asked, policies, members, name, asked.port());
  }

  private static void routed(Map<String, Object> tree, String by, ServiceName service, int port) {
    tree.put("outcome", "routed");
    tree.put("by", by);
    tree.put("service", service.toString());
    tree.put("port", port == -1 ? Routing.DEFAULT_PORT : port);
  }

  private static void passes(Map<String, Object> tree, String why) {
    tree.put("outcome", "passed");
    tree.put("why", why);
  }

  /** What is none of the mesh's may be what is not let out. */
  private static void leaves(Map<String, Object> tree, AskedRequest asked, EgressPolicy egress) {
    String host = Objects.requireNonNullElse(HostName.normalize(asked.host()), "");
    int port = asked.port() == -1 && !asked.scheme().equals("http") ? HTTPS_PORT : asked.port();
    if (egress.mode() == EgressMode.REGISTRY_ONLY
        && !HostName.isLoopback(host)
        && !egress.allows(host, port)) {
      tree.put("outcome", "refused");
      tree.put(
          "why",
          "403: it is no host of the mesh, no MeshService with egress: ALLOW has it, and "
              + egress.rule()
              + " is REGISTRY_ONLY (a process that sets weft.egress itself obeys that)");
    }
  }

  private void pinned(Map<String, Object> tree, String host, int port) {
    Instance instance = registry.at(host, port);
    if (instance == null || instance.state() == InstanceState.STARTING) {
      passes(tree, "no instance has registered the address " + host + ":" + port);
      return;
    }
    tree.put("outcome", "pinned");
    tree.put("by", "address");
    tree.put("service", instance.namespace() + "/" + instance.service());
    tree.put("instance", instance.id());
    tree.put("why", "the caller chose this instance by its address: no route, no retry");
  }

  private static void route(
      Map<String, Object> tree,
      ServiceName source,
      AskedRequest asked,
      Policies policies,
      Members members,
      ServiceName service,
      int port) {
    Routing routing =
        Routing.compile(
            service,
            port == -1 ? Routing.DEFAULT_PORT : port,
            source.namespace(),
            policies,
            members,
            new Expressions());
    Explanation explanation = Explanation.of(routing, asked);
    put(tree, "rule", explanation.rule());
    if (explanation.rule() == null) {
      tree.put("why", "no rule of the Service's routes matches: answered with 404");
    }
    tree.put("considered", explanation.considered().stream().map(Explain::considered).toList());
    put(tree, "redirect", explanation.redirect());
    tree.put("backends", explanation.backends().stream().map(Explain::share).toList());
    if (!explanation.mirrors().isEmpty()) {
      tree.put("mirrors", explanation.mirrors());
    }
    if (explanation.rule() != null) {
      tree.put("requestTimeoutMs", explanation.requestMillis());
      tree.put("attemptTimeoutMs", explanation.attemptMillis());
      tree.put("retry", explanation.retry());
      put(tree, "fault", explanation.fault());
    }
  }

  private static Map<String, Object> considered(Explanation.Considered one) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rule", one.rule());
    tree.put("match", one.match());
    put(tree, "against", one.against());
    return tree;
  }

  private static Map<String, Object> share(Explanation.Share share) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("service", share.service());
    put(tree, "port", share.port() == -1 ? null : share.port());
    tree.put("percent", share.percent());
    put(tree, "problem", share.problem());
    put(tree, "target", share.target());
    put(tree, "authority", share.authority());
    put(tree, "headers", share.headers());
    List<Object> endpoints = new ArrayList<>();
    for (Explanation.Target target : share.endpoints()) {
      Map<String, Object> endpoint = new LinkedHashMap<>();
      endpoint.put("instance", target.instance());
      endpoint.put("address", target.address());
      endpoint.put("port", target.port());
      endpoint.put("standing", target.standing());
      endpoints.add(endpoint);
    }
    tree.put("endpoints", endpoints);
    return tree;
  }

  private static void put(Map<String, Object> tree, String name, @Nullable Object value) {
    if (value != null) {
      tree.put(name, value);
    }
  }

  /** Who has registered, as the engine sees it. */
  private static final class Members implements Live {
    /** Nothing is ever called, so that there is nothing to time and nothing to draw. */
    private static final Surroundings NOWHERE =
        new Surroundings(() -> 0, (task, delay) -> {}, bound -> 0);

    private final Map<ServiceName, List<Service.Member>> members = new HashMap<>();
    private final Map<ServiceName, Service> services = new HashMap<>();

    Members(List<Instance> instances) {
      for (Instance instance : instances) {
        if (instance.state() != InstanceState.STARTING) {
          members
              .computeIfAbsent(
                  new ServiceName(instance.namespace(), instance.service()),
                  any -> new ArrayList<>())
              .add(member(instance));
        }
      }
    }

    boolean has(ServiceName app) {
      return members.containsKey(app);
    }

    @Override
    public Service service(ServiceName app) {
      return services.computeIfAbsent(
          app,
          name -> {
            Service service = new Service(name, NOWHERE);
            service.update(members.getOrDefault(name, List.of()));
            return service;
          });
    }

    private static Service.Member member(Instance instance) {
      return new Service.Member(
          instance.id(),
          instance.ports().stream()
              .map(
                  port ->
                      new Service.MemberPort(
                          port.address(), port.number(), port.primary(), port.tls()))
              .toList(),
          instance.labels(),
          switch (instance.state()) {
            case DRAINING -> Endpoint.Standing.DRAINING;
            case SUSPECT -> Endpoint.Standing.SUSPECT;
            default -> Endpoint.Standing.READY;
          });
    }
  }
}
