package dev.weft.engine.route;

import static dev.weft.engine.route.TestRoute.backend;
import static dev.weft.engine.route.TestRoute.header;
import static dev.weft.engine.route.TestRoute.method;
import static dev.weft.engine.route.TestRoute.prefix;
import static dev.weft.engine.route.TestRoute.query;
import static dev.weft.engine.route.TestRoute.regex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.route.Explanation.Considered;
import dev.weft.policy.HttpRoute;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private final TestServices services = new TestServices();

  @Test
  void saysWhichRuleHolds_whatSpokeAgainstTheOthers_andWhoIsBehindIt() {
    services.instances("v1", 2, 1001, Map.of());
    HttpRoute route =
        TestRoute.named("canary")
            .to("v2", header(prefix("/a/b"), "x-user", "7"))
            .to("v2", method(prefix("/a"), "POST"))
            .to("v2", query(prefix("/a"), "q", true, "[0-9]+"))
            .rule(
                List.of(new HttpRoute.Rewrite("example.com", new HttpRoute.PathChange(true, "/x"))),
                List.of(backend("v1", 3), backend("v2", 1)),
                null,
                null,
                prefix("/a"))
            .to("rest", regex("/.*"))
            .build();

    Explanation explained = explain(route, TestHead.get("/a/b?q=x"));

    assertThat(explained.rule()).isEqualTo("default/canary[3]");
    assertThat(explained.considered())
        .containsExactly(
            new Considered(
                "default/canary[0]",
                "PathPrefix /a/b, header x-user=7",
                "header x-user is missing"),
            new Considered("default/canary[1]", "PathPrefix /a, method POST", "the method is GET"),
            new Considered(
                "default/canary[2]", "PathPrefix /a, parameter q~[0-9]+", "parameter q is x"),
            new Considered("default/canary[3]", "PathPrefix /a", null));
    assertThat(explained.backends())
        .extracting(Explanation.Share::service, Explanation.Share::percent)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("default/v1", 75.0),
            org.assertj.core.groups.Tuple.tuple("default/v2", 25.0));
    assertThat(explained.backends().get(0).endpoints()).hasSize(2);
    assertThat(explained.backends().get(0).problem()).isNull();
    assertThat(explained.backends().get(0).target()).isEqualTo("/x/b?q=x");
    assertThat(explained.backends().get(0).authority()).isEqualTo("example.com");
    assertThat(explained.backends().get(1).problem()).contains("v2");
  }

  @Test
  void saysThatNothingMatches() {
    HttpRoute route = TestRoute.named("r").to("v1", prefix("/a")).build();
    Explanation explained = explain(route, TestHead.get("/b"));
    assertThat(explained.rule()).isNull();
    assertThat(explained.considered())
        .containsExactly(new Considered("default/r[0]", "PathPrefix /a", "the path is /b"));
    assertThat(explained.backends()).isEmpty();
  }

  @Test
  void saysWhereARedirectLeads_andThatThereAreNoRoutes() {
    HttpRoute.Redirect redirect = new HttpRoute.Redirect("https", null, null, null, 302);
    HttpRoute route = TestRoute.named("r").rule(List.of(redirect), List.of(), null, null).build();
    assertThat(explain(route, TestHead.get("/b")).redirect()).isEqualTo("https://orders/b");

    services.instances("orders", 1, 8081, Map.of());
    Explanation implicit =
        Explanation.of(
            services.routing(Policies.NONE, "orders", 80, "default"), TestHead.get("/b"));
    assertThat(implicit.rule()).isEqualTo("default/orders (implicit)");
    assertThat(implicit.considered()).isEmpty();
    assertThat(implicit.retry()).contains("2 retries");
  }

  private Explanation explain(HttpRoute route, TestHead head) {
    return Explanation.of(
        services.routing(new Policies(List.of(route)), "orders", 80, "default"), head);
  }
}
