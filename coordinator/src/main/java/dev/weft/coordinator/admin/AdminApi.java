package dev.weft.coordinator.admin;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.CaAdmin;
import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.RevocationAdmin;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.coordinator.admin.Router.Route;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.coordinator.telemetry.EdgeView;
import dev.weft.coordinator.telemetry.Topology;
import dev.weft.policy.Problem;
import dev.weft.wire.Instance;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the admin API can do; {@code openapi.json} describes the same, and a test
 * compares.
 */
final class AdminApi {
  private static final int MAX_LIST = 100_000;
  private static final int MAX_AUDIT = 1_000;

  private final ConfigStore config;
  private final RegistryView registry;
  private final AuditView audit;
  private final Resources resources;
  private final Explain explain;
  private final Tokens tokens;
  private final Authority authority;
  private final Revocations revocations;
  private final Metrics metrics;
  private final UnaryOperator<String> proof;

  /**
   * @param proof of the server's knowing the admin token, by a nonce; see {@link AdminProof}
   */
  AdminApi(
      ConfigStore config,
      RegistryView registry,
      TokenAdmin tokens,
      CaAdmin authority,
      RevocationAdmin revocations,
      AuditView audit,
      InstantSource clock,
      UnaryOperator<String> proof) {
    this.config = config;
    this.registry = registry;
    this.audit = audit;
    this.proof = proof;
    Known known = new Known(config, registry, tokens, audit);
    this.resources = new Resources(config, registry, audit, known);
    this.explain = new Explain(config, registry, known);
    this.tokens = new Tokens(tokens, clock);
    this.authority = new Authority(authority);
    this.revocations = new Revocations(revocations, known);
    this.metrics = new Metrics(config, registry);
  }

  Metrics metrics() {
    return metrics;
  }

  Router router() {
    String resource = "/api/v1/namespaces/{namespace}/{kind}/{name}";
    return new Router(
        List.of(
            new Route("POST", "/api/v1/apply", List.of("dryRun"), resources::apply),
            new Route("POST", "/api/v1/delete", List.of("dryRun"), resources::deleteAll),
            new Route("GET", "/api/v1/resources", List.of("kind", "namespace"), resources::list),
            new Route("GET", resource, List.of(), resources::get),
            new Route("PUT", resource, List.of("dryRun"), resources::put),
            new Route("DELETE", resource, List.of("dryRun"), resources::delete),
            new Route("GET", "/api/v1/revisions", List.of("limit"), resources::revisions),
            new Route(
                "POST",
                "/api/v1/revisions/{revision}/rollback",
                List.of("dryRun"),
                resources::rollback),
            new Route("GET", "/api/v1/services", List.of("namespace"), this::services),
            new Route("GET", "/api/v1/services/{namespace}/{name}", List.of(), this::service),
            new Route(
                "GET",
                "/api/v1/instances",
                List.of("namespace", "service", "limit"),
                this::instances),
            new Route(
                "GET", "/api/v1/agents", List.of("namespace", "service", "limit"), this::agents),
            new Route(
                "GET",
                "/api/v1/explain",
                List.of("source", "destination", "method", "path", "header"),
                explain::explain),
            new Route("GET", "/api/v1/topology", List.of(), this::topology),
            new Route("GET", "/prometheus/targets", List.of(), this::targets),
            new Route("GET", "/api/v1/tokens", List.of(), tokens::list),
            new Route("POST", "/api/v1/tokens", List.of(), tokens::create),
            new Route("DELETE", "/api/v1/tokens/{id}", List.of(), tokens::revoke),
            new Route("GET", "/api/v1/ca", List.of(), authority::status),
            new Route("POST", "/api/v1/ca/rotate", List.of(), authority::rotate),
            new Route("GET", "/api/v1/revocations", List.of(), revocations::list),
            new Route("POST", "/api/v1/revocations", List.of(), revocations::revoke),
            new Route("GET", "/api/v1/audit", List.of("limit"), this::audit),
            new Route("GET", "/metrics", List.of(), request -> metrics.reply()),
            new Route("GET", "/openapi.json", List.of(), request -> openapi()),
            new Route("GET", "/api/v1/proof", List.of("nonce"), true, this::proof),
            new Route("GET", "/healthz", List.of(), true, request -> status("ok")),
            new Route("GET", "/readyz", List.of(), true, request -> ready())));
  }

  private Reply services(Request request) throws ProblemException {
    List<Object> items = new ArrayList<>();
    Views.services(instancesOf(request.labelFilter("namespace"), null))
        .forEach((id, instances) -> items.add(Views.service(instances)));
    return Reply.json(Map.of("items", items));
  }

  private Reply service(Request request) throws ProblemException {
    String namespace = request.label("namespace");
    String name = request.label("name");
    List<Instance> instances = instancesOf(namespace, name);
    if (instances.isEmpty()) {
      throw ProblemException.of(
          ProblemException.Kind.NOT_FOUND,
          Problem.wrong("service", namespace + "/" + name, "a service with at least one instance"));
    }
    return Reply.json(Views.serviceInFull(instances, config.current().resources()));
  }

  private Reply instances(Request request) throws ProblemException {
    List<Instance> instances =
        instancesOf(request.labelFilter("namespace"), request.labelFilter("service"));
    return Reply.json(
        list(instances.stream().map(Views::instance).toList(), request.limit(MAX_LIST, MAX_LIST)));
  }

  private Reply agents(Request request) throws ProblemException {
    String namespace = request.labelFilter("namespace");
    String service = request.labelFilter("service");
    List<Map<String, Object>> agents =
        registry.agents().stream()
            .filter(agent -> namespace == null || namespace.equals(agent.namespace()))
            .filter(agent -> service == null || service.equals(agent.service()))
            .sorted(Views.AGENTS)
            .map(Views::agent)
            .toList();
    Map<String, Object> tree = list(agents, request.limit(MAX_LIST, MAX_LIST));
    tree.put("otherCoordinators", registry.otherCoordinators());
    return Reply.json(tree);
  }

  private Reply topology(Request request) {
    Topology topology = registry.topology();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("edges", topology.edges().stream().map(EdgeView::tree).toList());
    Map<String, Object> plaintext = new LinkedHashMap<>();
    topology
        .plaintextCallers()
        .forEach(
            (service, callers) -> {
              if (!callers.isEmpty()) {
                plaintext.put(service, callers.stream().map(Views::plaintext).toList());
              }
            });
    tree.put("plaintextCallers", plaintext);
    tree.put("otherCoordinators", registry.otherCoordinators());
    return Reply.json(tree);
  }

  /** For {@code http_sd_configs} of Prometheus. */
  private Reply targets(Request request) {
    return Reply.json(
        registry.topology().targets().stream()
            .map(
                target ->
                    Map.of(
                        "targets",
                        List.of(target.address()),
                        "labels",
                        Map.of("service", target.service(), "instance_id", target.instance())))
            .toList());
  }

  private Reply audit(Request request) throws ProblemException {
    List<Object> items = new ArrayList<>();
    for (AuditView.Entry entry : audit.recent(request.limit(100, MAX_AUDIT))) {
      items.add(Views.audit(entry));
    }
    return Reply.json(Map.of("items", items));
  }

  private List<Instance> instancesOf(@Nullable String namespace, @Nullable String service) {
    return registry.instances().stream()
        .filter(instance -> namespace == null || namespace.equals(instance.namespace()))
        .filter(instance -> service == null || service.equals(instance.service()))
        .sorted(
            Comparator.comparing(Instance::namespace)
                .thenComparing(Instance::service)
                .thenComparing(Instance::sinceMillis)
                .thenComparing(Instance::id))
        .toList();
  }

  private static Map<String, Object> list(List<?> items, int limit) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("total", items.size());
    tree.put("items", items.size() <= limit ? items : items.subList(0, limit));
    return tree;
  }

  private static Reply status(String status) {
    return Reply.json(Map.of("status", status));
  }

  private Reply proof(Request request) throws ProblemException {
    String nonce = request.parameter("nonce", "");
    if (!AdminProof.isNonce(nonce)) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST,
          Problem.wrong("nonce", nonce, "16 to 64 letters, digits, '-' and '_'"));
    }
    return Reply.json(Map.of("proof", proof.apply(nonce)));
  }

  private Reply ready() throws ProblemException {
    if (!config.ready()) {
      throw new ProblemException(
          ProblemException.Kind.UNAVAILABLE,
          "ZooKeeper cannot be reached; policy of revision "
              + config.current().revision()
              + " is still served");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("status", "ready");
    tree.put("revision", config.current().revision());
    return Reply.json(tree);
  }

  private static Reply openapi() {
    try (InputStream in =
        Objects.requireNonNull(AdminApi.class.getResourceAsStream("openapi.json"))) {
      return new Reply(200, "application/json", in.readAllBytes(), Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
