package dev.weft.perf;

import dev.weft.engine.inbound.Authorization;
import dev.weft.engine.inbound.Authorizer;
import dev.weft.engine.inbound.InboundHead;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.Peer;
import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import dev.weft.policy.Metadata;
import dev.weft.policy.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One decision about a request that has come in, its path read and normalised first: 10 policies of
 * 20 rules by principals, namespaces, methods and paths. Three of the policies are DENY, one AUDIT.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class AuthorizeBenchmark {
  /** What becomes of the request; of all, what is looked at until then differs. */
  public enum Outcome {
    /** By the first ALLOW rule. */
    ALLOWED_BY_THE_FIRST(new Head("GET", "/v1/area-0/items/7"), peer("default", "caller-0"), true),
    /** By the last ALLOW rule: all others were in vain. */
    ALLOWED_BY_THE_LAST(new Head("POST", "/v1/area-5/items/7"), peer("team-5", "batch"), true),
    /** By the last DENY rule. */
    DENIED(new Head("GET", "/internal-2/keys"), peer("default", "caller-0"), false),
    /** For want of an ALLOW rule that matches. */
    NOT_ALLOWED(new Head("GET", "/v1/area-9/items/7"), peer("default", "stranger"), false);

    private final Head head;
    private final Peer peer;
    private final boolean allowed;

    Outcome(Head head, Peer peer, boolean allowed) {
      this.head = head;
      this.peer = peer;
      this.allowed = allowed;
    }

    private static Peer peer(String namespace, String service) {
      return new Peer("weft.internal", namespace, service);
    }
  }

  private static final int DENYING = 3;
  private static final int ALLOWING = 6;
  private static final int PORT = 8080;

  /** See {@link Outcome}. */
  @Param public Outcome outcome = Outcome.ALLOWED_BY_THE_FIRST;

  @SuppressWarnings("NullAway.Init") // by the framework, before anything else
  private Authorizer authorizer;

  /** Compiles the policies. Called by JMH. */
  @Setup(Level.Trial)
  public void setUp() {
    List<AuthorizationPolicy> policies = new ArrayList<>();
    for (int i = 0; i < DENYING; i++) {
      policies.add(
          policy(
              "deny-" + i,
              Action.DENY,
              new Rule(
                  List.of(source(not("default", "team-*"), Values.ANY)),
                  List.of(operation(of("DELETE"), of("/v1/*"))),
                  List.of()),
              new Rule(
                  List.of(),
                  List.of(operation(Values.ANY, of("/admin-" + i + "/*", "/internal-" + i + "/*"))),
                  List.of())));
    }
    for (int i = 0; i < ALLOWING; i++) {
      String area = "/v1/area-" + i;
      policies.add(
          policy(
              "allow-" + i,
              Action.ALLOW,
              new Rule(
                  List.of(
                      source(
                          Values.ANY,
                          of(
                              "weft.internal/ns/default/sa/caller-" + i,
                              "weft.internal/ns/default/sa/other-" + i))),
                  List.of(operation(of("GET", "HEAD"), of(area, area + "/*"))),
                  List.of()),
              new Rule(
                  List.of(source(of("team-" + i), Values.ANY)),
                  List.of(operation(of("POST", "PUT"), of(area, area + "/*"))),
                  List.of())));
    }
    policies.add(
        policy(
            "audit",
            Action.AUDIT,
            new Rule(List.of(), List.of(operation(of("DELETE", "PATCH"), Values.ANY)), List.of()),
            new Rule(List.of(), List.of(operation(Values.ANY, of("*/export"))), List.of())));
    authorizer =
        Authorizer.compile(
            policies, BenchService.NAME.namespace(), Map.of("app", BenchService.NAME.name()), PORT);
    Authorization decision = decide();
    if (decision.allowed() != outcome.allowed || decision.error() != null) {
      throw new IllegalStateException(outcome + ": " + decision);
    }
  }

  private static AuthorizationPolicy policy(String name, Action action, Rule... rules) {
    return new AuthorizationPolicy(
        new Metadata("default", name, Map.of(), Map.of(), null),
        new Selector(Map.of("app", BenchService.NAME.name())),
        action,
        List.of(rules),
        null);
  }

  private static Source source(Values namespaces, Values principals) {
    return new Source(principals, namespaces, Values.ANY);
  }

  private static Operation operation(Values methods, Values paths) {
    return new Operation(Values.ANY, Values.ANY, methods, paths);
  }

  private static Values of(String... values) {
    return new Values(List.of(values), List.of());
  }

  private static Values not(String... values) {
    return new Values(List.of(), List.of(values));
  }

  /** One decision, about a request that nothing is known of yet. */
  @Benchmark
  public Authorization decide() {
    return authorizer.authorize(new InboundRequest(outcome.head, outcome.peer), false);
  }

  private record Head(String method, String target) implements InboundHead {
    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public @Nullable String authority() {
      return null;
    }

    @Override
    public List<String> header(String name) {
      return List.of();
    }

    @Override
    public byte @Nullable [] source() {
      return null;
    }
  }
}
