package dev.weft.engine.route;

import static dev.weft.engine.route.TestRoute.exact;
import static dev.weft.engine.route.TestRoute.header;
import static dev.weft.engine.route.TestRoute.method;
import static dev.weft.engine.route.TestRoute.prefix;
import static dev.weft.engine.route.TestRoute.query;
import static dev.weft.engine.route.TestRoute.regex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.HttpRoute;
import dev.weft.policy.HttpRoute.Match;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchingTest {
  private final TestServices services = new TestServices();

  @ParameterizedTest
  @CsvSource({
    "/foo, /foo, true",
    "/foo, /foo/, true",
    "/foo, /foo/bar, true",
    "/foo, /foobar, false",
    "/foo, /fo, false",
    "/foo, /Foo, false",
    "/foo/, /foo, true",
    "/foo/, /foo/bar, true",
    "/foo/bar, /foo/bar/baz, true",
    "/foo/bar, /foo/barbaz, false",
    "/, /anything/at/all, true",
    "/, /, true",
    "/a/b, /a//b/c, true",
    "/foo, /%66oo/bar, true",
    "/foo, /foo;v=1/bar, true",
    "/caf%C3%A9, /caf%c3%a9/x, true",
    "/foo, /x/../foo, false",
  })
  void aPrefix_countsWholeSegments(String prefix, String path, boolean matches) {
    assertThat(backend(TestHead.get(path), TestRoute.named("r").to("hit", prefix(prefix)).build()))
        .isEqualTo(matches ? "hit" : "none");
  }

  @ParameterizedTest
  @CsvSource({"/foo, true", "/foo/, false", "/foo/bar, false", "/fo, false"})
  void anExactPath_isThatPathAlone(String path, boolean matches) {
    assertThat(backend(TestHead.get(path), TestRoute.named("r").to("hit", exact("/foo")).build()))
        .isEqualTo(matches ? "hit" : "none");
  }

  @ParameterizedTest
  @CsvSource({"/v1/x, true", "/v12/, true", "/v/x, false", "/a/v1/x, false"})
  void anExpression_hasToMatchTheWholePath(String path, boolean matches) {
    assertThat(
            backend(
                TestHead.get(path), TestRoute.named("r").to("hit", regex("/v[0-9]+/.*")).build()))
        .isEqualTo(matches ? "hit" : "none");
  }

  @Test
  void anExpressionThatBacktracksElsewhere_takesNoLongerForALongPath() {
    Routing routing = routing(TestRoute.named("r").to("hit", regex("/(a+)+b")).build());
    assertThat(routing.select(TestHead.get("/" + "a".repeat(5_000)))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/one/exact, exact",
    "/one/exact/, long",
    "/one/deeper/still, longer",
    "/one/other, long",
    "/two/7, expression",
    "/one/7, long",
    "/two/x, rest",
    "/, rest",
  })
  void ofPaths_exactComesFirst_thenTheLongestPrefix_thenExpressions_thenTheRest(
      String path, String expected) {
    HttpRoute route =
        TestRoute.named("r")
            .to("rest", prefix("/"))
            .to("expression", regex("/[a-z]+/[0-9]+"))
            .to("long", prefix("/one"))
            .to("longer", prefix("/one/deeper"))
            .to("exact", exact("/one/exact"))
            .build();
    assertThat(backend(TestHead.get(path), route)).isEqualTo(expected);
  }

  @Test
  void aLongerPrefixWhoseOtherConditionsFail_leavesTheRequestToAShorterOne() {
    HttpRoute route =
        TestRoute.named("r")
            .to("short", prefix("/a"))
            .to("long", header(prefix("/a/b"), "x-user", "7"))
            .to("exact", method(exact("/a/b/c"), "POST"))
            .build();
    assertThat(backend(TestHead.get("/a/b/c"), route)).isEqualTo("short");
    assertThat(backend(TestHead.get("/a/b/c").with("X-User", "7"), route)).isEqualTo("long");
    assertThat(backend(TestHead.of("POST", "/a/b/c"), route)).isEqualTo("exact");
  }

  @Test
  void amongEqualPaths_aMethodComesFirst_thenMoreHeaders_thenMoreParameters() {
    HttpRoute route =
        TestRoute.named("r")
            .to("plain", prefix("/a"))
            .to("parameter", query(prefix("/a"), "q", "1"))
            .to("parameters", query(query(prefix("/a"), "q", "1"), "r", "2"))
            .to("header", header(prefix("/a"), "h", "1"))
            .to("headers", header(header(prefix("/a"), "h", "1"), "i", "2"))
            .to("method", method(prefix("/a"), "PUT"))
            .build();
    assertThat(backend(TestHead.get("/a"), route)).isEqualTo("plain");
    assertThat(backend(TestHead.get("/a?q=1"), route)).isEqualTo("parameter");
    assertThat(backend(TestHead.get("/a?q=1&r=2"), route)).isEqualTo("parameters");
    assertThat(backend(TestHead.get("/a?q=1&r=2").with("h", "1"), route)).isEqualTo("header");
    assertThat(backend(TestHead.get("/a?q=1&r=2").with("h", "1").with("i", "2"), route))
        .isEqualTo("headers");
    assertThat(backend(TestHead.of("PUT", "/a?q=1&r=2").with("h", "1").with("i", "2"), route))
        .isEqualTo("method");
  }

  @Test
  void ofSeveralRoutes_theOlderComesFirst_thenTheFirstByName_thenTheFirstRule() {
    HttpRoute young = TestRoute.named("a").created("2026-02-01T00:00:00Z").to("young").build();
    HttpRoute old = TestRoute.named("z").created("2026-01-01T00:00:00Z").to("old").build();
    HttpRoute alsoOld =
        TestRoute.named("y").created("2026-01-01T00:00:00Z").to("first").to("second").build();
    HttpRoute unstored = TestRoute.named("0").created(null).to("unstored").build();

    assertThat(backend(TestHead.get("/"), unstored, young, old)).isEqualTo("old");
    assertThat(backend(TestHead.get("/"), young, old, alsoOld)).isEqualTo("first");
    assertThat(backend(TestHead.get("/"), unstored, young)).isEqualTo("young");
  }

  @Test
  void severalRoutesOfOneService_areMergedByTheSamePrecedence() {
    HttpRoute old =
        TestRoute.named("old").created("2026-01-01T00:00:00Z").to("rest", prefix("/")).build();
    HttpRoute young =
        TestRoute.named("young").created("2026-02-01T00:00:00Z").to("a", prefix("/a")).build();

    assertThat(backend(TestHead.get("/a/b"), old, young)).isEqualTo("a");
    assertThat(backend(TestHead.get("/b"), old, young)).isEqualTo("rest");
  }

  @Test
  void anyMatchOfARuleIsEnough_butAllOfAMatchIsNeeded() {
    HttpRoute route =
        TestRoute.named("r")
            .to("hit", exact("/one"), query(header(exact("/two"), "h", "1"), "q", "2"))
            .build();
    assertThat(backend(TestHead.get("/one"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/two?q=2").with("H", "1"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/two?q=2"), route)).isEqualTo("none");
    assertThat(backend(TestHead.get("/two").with("h", "1"), route)).isEqualTo("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "q=1 | true",
        "q=2 | false",
        "q=1&q=2 | true",
        "q=2&q=1 | false",
        "a=0&q=1&b | true",
        "Q=1 | false",
        "qq=1 | false",
        "%71=%31 | true",
        "q=1%20 | false",
        "q | false",
        "q= | false",
      })
  void aParameter_isTheFirstOfItsName_decoded(String query, boolean matches) {
    HttpRoute route = TestRoute.named("r").to("hit", query(prefix("/"), "q", "1")).build();
    assertThat(backend(TestHead.get("/?" + query), route)).isEqualTo(matches ? "hit" : "none");
  }

  @Test
  void parameterValues_mayHoldSpacesAndBeyondAscii() {
    HttpRoute route = TestRoute.named("r").to("hit", query(prefix("/"), "q", "ä b")).build();
    assertThat(backend(TestHead.get("/?q=%C3%A4+b"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/?q=%C3%A4%20b"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/?q=%"), route)).isEqualTo("none");
  }

  @Test
  void aHeaderThatComesSeveralTimes_isJoinedByCommas() {
    HttpRoute route = TestRoute.named("r").to("hit", header(prefix("/"), "x", "a,b")).build();
    assertThat(backend(TestHead.get("/").with("X", "a").with("x", "b"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/").with("x", "a"), route)).isEqualTo("none");
  }

  @Test
  void expressionsForHeadersAndParameters_haveToMatchTheWholeValue_andAbsentOnesNever() {
    Match match = query(header(prefix("/"), "x", true, "a.*"), "q", true, "[0-9]*");
    HttpRoute route = TestRoute.named("r").to("hit", match).build();
    assertThat(backend(TestHead.get("/?q=12").with("x", "abc"), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/?q=12x").with("x", "abc"), route)).isEqualTo("none");
    assertThat(backend(TestHead.get("/?q=12").with("x", "xabc"), route)).isEqualTo("none");
    assertThat(backend(TestHead.get("/").with("x", "abc"), route)).isEqualTo("none");
  }

  @Test
  void ofEntriesWithOneName_theFirstCounts() {
    Match match = header(header(prefix("/"), "x", "1"), "x", "2");
    HttpRoute route = TestRoute.named("r").to("hit", match).build();
    assertThat(backend(TestHead.get("/").with("x", "1"), route)).isEqualTo("hit");
  }

  @Test
  void theHostHeader_isTheUrisUnlessTheApplicationGaveAnother() {
    HttpRoute route =
        TestRoute.named("r").to("hit", header(prefix("/"), "host", "orders:8080")).build();
    assertThat(backend(TestHead.get("/").at("http", "orders", 8080), route)).isEqualTo("hit");
    assertThat(backend(TestHead.get("/").at("http", "orders", 8080).with("Host", "other"), route))
        .isEqualTo("none");
  }

  @Test
  void aRouteForOnePort_leavesTheOthersToTheImplicitRouting() {
    HttpRoute route = TestRoute.named("r").parent("orders", 8080).to("hit", prefix("/a")).build();
    Policies policies = new Policies(List.of(route));

    assertThat(services.backend(policies, "orders", 8080, "default", TestHead.get("/a")))
        .isEqualTo("hit");
    assertThat(services.backend(policies, "orders", 8080, "default", TestHead.get("/b")))
        .isEqualTo("none");
    assertThat(services.backend(policies, "orders", 80, "default", TestHead.get("/b")))
        .isEqualTo("orders");
  }

  @Test
  void aRouteOfTheCallersNamespace_takesThePlaceOfTheProducers_forThatNamespaceOnly() {
    HttpRoute producer = TestRoute.named("p").to("producer").build();
    HttpRoute consumer =
        TestRoute.named("c").in("shop").parent("orders", null).to("consumer", prefix("/a")).build();
    HttpRoute elsewhere =
        TestRoute.named("e").in("else").parent("orders", null).to("elsewhere").build();
    Policies policies = new Policies(List.of(producer, consumer, elsewhere));

    assertThat(services.backend(policies, "orders", 80, "shop", TestHead.get("/a")))
        .isEqualTo("consumer");
    assertThat(services.backend(policies, "orders", 80, "shop", TestHead.get("/b")))
        .as("the producer's routes hold no more")
        .isEqualTo("none");
    assertThat(services.backend(policies, "orders", 80, "default", TestHead.get("/a")))
        .isEqualTo("producer");
    assertThat(services.backend(policies, "orders", 80, "third", TestHead.get("/a")))
        .isEqualTo("producer");
  }

  @Test
  void aThousandRoutes_areFoundByTheirPaths() {
    TestRoute route = TestRoute.named("r");
    for (int i = 0; i < 1_000; i++) {
      route.to("b" + i, i % 2 == 0 ? prefix("/api/v1/things/" + i) : exact("/api/v1/things/" + i));
    }
    Routing routing = routing(route.build());
    for (int i = 0; i < 1_000; i++) {
      RouteMatch match = routing.select(TestHead.get("/api/v1/things/" + i));
      assertThat(match).isNotNull();
      assertThat(match.rule().backends().get(0).service().name()).isEqualTo("b" + i);
    }
    assertThat(routing.select(TestHead.get("/api/v1/things/1/x"))).isNull();
  }

  private String backend(TestHead head, HttpRoute... routes) {
    return services.backend(new Policies(List.of(routes)), "orders", 80, "default", head);
  }

  private Routing routing(HttpRoute... routes) {
    return services.routing(new Policies(List.of(routes)), "orders", 80, "default");
  }
}
