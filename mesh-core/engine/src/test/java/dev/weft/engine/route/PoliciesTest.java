package dev.weft.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.TestSurroundings;
import dev.weft.engine.call.Cause;
import dev.weft.engine.call.OutboundCall;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.Target;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.MeshService;
import dev.weft.policy.ServiceSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PoliciesTest {
  private final TestServices services = new TestServices();

  @Test
  void theNarrowerPolicyDecides_ruleThenRouteThenPortThenService() {
    ServiceSpec orders =
        new ServiceSpec(
            TestRoute.metadata("default", "orders", null),
            "orders",
            Map.of(),
            List.of(new ServiceSpec.Port("web", 80, 8081, null)));
    HttpRoute route = TestRoute.named("r").named("one", "orders").named("two", "orders").build();
    BackendTrafficPolicy ofRule = timeout("a", 1, new Target(true, "r", "one"));
    BackendTrafficPolicy ofRoute = timeout("b", 2, new Target(true, "r", null));
    BackendTrafficPolicy ofPort = timeout("c", 3, new Target(false, "orders", "web"));
    BackendTrafficPolicy ofService = timeout("d", 4, new Target(false, "orders", null));

    assertThat(seconds(orders, route, ofService, ofPort, ofRoute, ofRule)).isEqualTo(1);
    assertThat(seconds(orders, route, ofService, ofPort, ofRoute)).isEqualTo(2);
    assertThat(seconds(orders, route, ofService, ofPort)).isEqualTo(3);
    assertThat(seconds(orders, route, ofService)).isEqualTo(4);
    assertThat(seconds(orders, route)).isZero();
  }

  @Test
  void theRoutesOwnTimeout_isNarrowerThanAnyPolicy() {
    HttpRoute route =
        TestRoute.named("r")
            .rule(
                List.of(),
                List.of(TestRoute.backend("orders", 1)),
                new HttpRoute.Timeouts(Duration.ofSeconds(9), null),
                null)
            .build();
    assertThat(seconds(route, timeout("a", 1, new Target(true, "r", null)))).isEqualTo(9);
  }

  @Test
  void endpointsOfABackend_areTreatedAsTheirOwnServiceSays_thenAsTheCalledOne() {
    HttpRoute route = TestRoute.named("r").to("v2").build();
    BackendTrafficPolicy ofCalled = panic("a", 10, "orders");
    BackendTrafficPolicy ofBackend = panic("b", 20, "v2");

    assertThat(panicOf(route, ofCalled)).isEqualTo(10);
    assertThat(panicOf(route, ofCalled, ofBackend)).isEqualTo(20);
  }

  @Test
  void ofTwoPoliciesForTheSame_theOlderCounts() {
    BackendTrafficPolicy young =
        timeout("a", 1, Instant.ofEpochSecond(9), new Target(false, "orders", null));
    BackendTrafficPolicy old =
        timeout("b", 2, Instant.ofEpochSecond(5), new Target(false, "orders", null));
    assertThat(seconds(young, old)).isEqualTo(2);
  }

  @Test
  void anExactHost_comesBeforeTheNearestWildcard_beforeTheNextOne() {
    Policies policies =
        new Policies(
            List.of(
                mesh("a", List.of("*.example.com", "orders.internal"), List.of()),
                mesh("b", List.of("*.eu.example.com", "x.eu.example.com"), List.of()),
                mesh("c", List.of(), List.of("10.1.1.1:9000", "10.1.1.2", "10.1.1.3:80"))));

    assertThat(policies.adopted("orders.internal", 8080)).hasToString("default/a");
    assertThat(policies.adopted("y.example.com", -1)).hasToString("default/a");
    assertThat(policies.adopted("y.eu.example.com", -1)).hasToString("default/b");
    assertThat(policies.adopted("x.eu.example.com", -1)).hasToString("default/b");
    assertThat(policies.adopted("example.com", -1)).isNull();
    assertThat(policies.adopted("10.1.1.1", 9000)).hasToString("default/c");
    assertThat(policies.adopted("10.1.1.1", 9001)).isNull();
    assertThat(policies.adopted("10.1.1.2", 1)).hasToString("default/c");
    assertThat(policies.adopted("10.1.1.3", -1)).hasToString("default/c");
    assertThat(Policies.NONE.adopted("orders", -1)).isNull();
  }

  @Test
  void aPortThatTheAdoptingServiceDoesNotHave_meansItsMainOne() {
    services.instances("orders", 1, 8081, Map.of());
    dev.weft.engine.Service orders = services.service(TestRoute.service("orders"));
    assertThat(Policies.NONE.adoptedPort(orders, 8081)).isEqualTo(8081);
    assertThat(Policies.NONE.adoptedPort(orders, 9999)).isEqualTo(80);
    assertThat(Policies.NONE.adoptedPort(orders, -1)).isEqualTo(-1);
    ServiceSpec spec =
        new ServiceSpec(
            TestRoute.metadata("default", "orders", null),
            "orders",
            Map.of(),
            List.of(new ServiceSpec.Port("a", 7000, 8081, null)));
    Policies declared = new Policies(List.of(spec));
    assertThat(declared.adoptedPort(orders, 7000)).isEqualTo(7000);
    assertThat(declared.adoptedPort(orders, 9999)).isEqualTo(7000);
  }

  private static MeshService mesh(String name, List<String> hosts, List<String> addresses) {
    return new MeshService(
        TestRoute.metadata("default", name, null), TestRoute.service(name), hosts, addresses, null);
  }

  private long seconds(Object... specs) {
    services.instances("orders", 1, 8081, Map.of());
    OutboundCall call =
        OutboundCall.begin(
            services.routing(new Policies(List.of(specs)), "orders", 80, "default"),
            TestHead.get("/"),
            new TestSurroundings().get(),
            Cause.NONE);
    return call.rule().requestNanos() / 1_000_000_000L;
  }

  private int panicOf(Object... specs) {
    RouteMatch match =
        services
            .routing(new Policies(List.of(specs)), "orders", 80, "default")
            .select(TestHead.get("/"));
    assertThat(match).isNotNull();
    dev.weft.engine.Pool pool = match.rule().backends().get(0).pool();
    assertThat(pool).isNotNull();
    return pool.traffic().panic().percent();
  }

  private static BackendTrafficPolicy timeout(String name, int seconds, Target target) {
    return timeout(name, seconds, null, target);
  }

  private static BackendTrafficPolicy timeout(
      String name, int seconds, @Nullable Instant created, Target target) {
    return new BackendTrafficPolicy(
        TestRoute.metadata("default", name, created),
        List.of(target),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        new BackendTrafficPolicy.Timeout(null, Duration.ofSeconds(seconds)),
        null);
  }

  private static BackendTrafficPolicy panic(String name, int percent, String service) {
    return new BackendTrafficPolicy(
        TestRoute.metadata("default", name, null),
        List.of(new Target(false, service, null)),
        null,
        null,
        null,
        percent,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
