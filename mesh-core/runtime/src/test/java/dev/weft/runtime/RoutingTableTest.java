package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.RouteMatch;
import dev.weft.engine.route.Routing;
import dev.weft.policy.ServiceName;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Routes in the policy that is pushed. */
class RoutingTableTest {
  private static final ServiceName ORDERS = new ServiceName("default", "orders");

  private final Map<ServiceName, Service> followed = new LinkedHashMap<>();
  private final List<Message.Nack> nacks = new ArrayList<>();
  private long now = 1;
  private final PolicyTable table =
      new PolicyTable(
          "default",
          "shop",
          Map.of(),
          new MeshDefaults(Settings.read(new Properties(), Map.of())),
          this::service,
          () -> now);

  @Test
  void aRouting_isMadeOnceForAPort_andAnewWithThePushThatChangesIt() {
    Routing implicit = table.routing(ORDERS, -1);
    assertThat(table.routing(ORDERS, 80)).isSameAs(implicit);
    assertThat(table.routing(ORDERS, 8080)).isNotSameAs(implicit);
    assertThat(backend(implicit, "/")).isEqualTo("orders");

    told("orders-v2");
    push(1, true, route("canary", "orders-v2", "/"));

    assertThat(backend(table.routing(ORDERS, 80), "/")).isEqualTo("orders-v2");
    assertThat(backend(table.routing(ORDERS, 8080), "/")).isEqualTo("orders-v2");
    assertThat(backend(implicit, "/")).as("calls under way keep theirs").isEqualTo("orders");
  }

  @Test
  void aRouteToServicesThatAreNotKnownYet_comesIntoForceWhenTheyAre() {
    told("orders");
    table.routing(ORDERS, 80);
    push(1, true, route("canary", "orders-v2", "/"));
    assertThat(backend(table.routing(ORDERS, 80), "/")).isEqualTo("orders");
    push(2, false, route("canary", "orders-v3", "/"));
    assertThat(backend(table.routing(ORDERS, 80), "/")).isEqualTo("orders");

    told("orders-v3");
    assertThat(backend(table.routing(ORDERS, 80), "/")).isEqualTo("orders-v3");

    push(3, false, route("canary", "orders-v4", "/"));
    assertThat(backend(table.routing(ORDERS, 80), "/")).isEqualTo("orders-v3");
    now += 1_000_000_000L;
    assertThat(backend(table.routing(ORDERS, 80), "/")).as("nobody tells").isEqualTo("orders-v4");
  }

  @Test
  void theServicesOfANewRoute_areFollowedWithThePush_beforeAnyCall() {
    table.routing(ORDERS, 80);
    push(1, true, route("canary", "orders-v2", "/"));
    assertThat(followed).containsKeys(ORDERS, new ServiceName("default", "orders-v2"));
  }

  @Test
  void aRouteThatIsNotUnderstood_isNacked_andItsLastGoodOneHolds_withTheRestOfThePush() {
    push(1, true, route("canary", "orders-v2", "/a"));
    Map<String, Object> broken = route("canary", "orders-v3", "/b");
    broken.put("spec", Map.of("rules", "none"));
    push(2, false, broken, route("other", "orders-v4", "/c"));

    assertThat(nacks).hasSize(1);
    assertThat(nacks.get(0).resource()).isEqualTo("HTTPRoute/default/canary");
    assertThat(nacks.get(0).path()).startsWith("spec");
    assertThat(backend(table.routing(ORDERS, 80), "/a")).isEqualTo("orders-v2");
    assertThat(backend(table.routing(ORDERS, 80), "/c")).isEqualTo("orders-v4");
  }

  @Test
  void aRouteThatIsRemoved_givesWayToTheImplicitRouting() {
    push(1, true, route("canary", "orders-v2", "/a"));
    assertThat(backend(table.routing(ORDERS, 80), "/b")).isEqualTo("none");
    table.apply(
        new Message.Push(2, false, List.of(), List.of("HTTPRoute/default/canary")), nacks::add);
    assertThat(backend(table.routing(ORDERS, 80), "/b")).isEqualTo("orders");
  }

  @Test
  void thePlainRouting_knowsNoRoutes() {
    push(1, true, route("canary", "orders-v2", "/"));
    assertThat(backend(table.plain(ORDERS, 80), "/")).isEqualTo("orders");
  }

  @Test
  void manyPortsOfOneService_areNotAllRemembered() {
    for (int port = 1; port <= 200; port++) {
      assertThat(backend(table.routing(ORDERS, port), "/")).isEqualTo("orders");
    }
    assertThat(table.routing(ORDERS, 10)).isSameAs(table.routing(ORDERS, 10));
    assertThat(table.routing(ORDERS, 200)).isNotSameAs(table.routing(ORDERS, 200));
  }

  private void told(String app) {
    service(new ServiceName("default", app)).update(List.of());
  }

  private Service service(ServiceName app) {
    return followed.computeIfAbsent(
        app,
        name ->
            new Service(name, new Surroundings(System::nanoTime, (task, delay) -> {}, bound -> 0)));
  }

  @SafeVarargs
  private void push(long n, boolean full, Map<String, Object>... resources) {
    table.apply(new Message.Push(n, full, List.of(resources), List.of()), nacks::add);
  }

  private static Map<String, Object> route(String name, String backend, String prefix) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("parentRefs", List.of(Map.of("group", "", "kind", "Service", "name", "orders")));
    spec.put(
        "rules",
        List.of(
            Map.of(
                "matches",
                List.of(Map.of("path", Map.of("type", "PathPrefix", "value", prefix))),
                "backendRefs",
                List.of(Map.of("name", backend, "port", 80L)))));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "gateway.networking.k8s.io/v1");
    tree.put("kind", "HTTPRoute");
    tree.put("metadata", Map.of("name", name, "namespace", "default"));
    tree.put("spec", spec);
    return tree;
  }

  private static String backend(Routing routing, String path) {
    RouteMatch match = routing.select(new Get(path));
    return match == null ? "none" : match.rule().backends().get(0).service().name();
  }

  private record Get(String path) implements RequestHead {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public String host() {
      return "orders";
    }

    @Override
    public int port() {
      return -1;
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public List<String> header(String name) {
      return List.of();
    }

    @Override
    public boolean replayable() {
      return true;
    }
  }
}
