package dev.weft.engine.call;

import static dev.weft.engine.route.TestRoute.backend;
import static dev.weft.engine.route.TestRoute.prefix;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.engine.Service;
import dev.weft.engine.TestSurroundings;
import dev.weft.engine.route.HeadEdit;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.TestHead;
import dev.weft.engine.route.TestRoute;
import dev.weft.engine.route.TestServices;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.HttpRoute.Backend;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.Retry;
import dev.weft.policy.HttpRoute.Timeouts;
import dev.weft.policy.ServiceSpec;
import dev.weft.policy.TlsMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutboundCallTest {
  private static final long MILLI = 1_000_000L;

  private final TestSurroundings surroundings = new TestSurroundings();
  private final TestServices services = new TestServices(surroundings);

  // ---- where a call goes

  @Test
  void withoutARoute_aCallGoesToTheServicesOwnEndpoints() {
    services.instances("orders", 2, 8081, Map.of());

    Attempt attempt = begin(TestHead.get("/")).attempt(true);

    assertThat(attempt.refusal()).isNull();
    assertThat(attempt.rule()).isEqualTo("default/orders (implicit)");
    assertThat(attempt.mtls()).isTrue();
    assertThat(attempt.requestEdit()).isNull();
    assertThat(attempt.target()).isNull();
    assertThat(attempt.timeoutNanos()).isZero();
    assertThat(attempt.responded(200, 0)).isSameAs(Next.DELIVER);
  }

  @Test
  void whoIsCalledForARequest_isToldHowFarItHasCome() {
    services.instances("orders", 1, 8081, Map.of());
    Attempt first = begin(TestHead.get("/")).attempt(true);
    assertThat(first.requestEdit()).isNull();
    Attempt third =
        caused(new Cause(3, 0), "orders", 80, TestHead.get("/").with("weft-hops", "0"))
            .attempt(true);
    assertThat(third.requestEdit()).isNotNull();
    assertThat(third.requestEdit().set()).containsExactly("weft-hops", "3");
  }

  /** Else who is called would answer so, and be ejected for it. */
  @Test
  void aLoopIsAnsweredHere_beforeAnybodyIsCalled() {
    services.instances("orders", 1, 8081, Map.of());
    assertThat(caused(new Cause(10, 0), "orders", 80, TestHead.get("/")).attempt(true).refusal())
        .isNull();
    Decision.Refuse loop =
        caused(new Cause(11, 0), "orders", 80, TestHead.get("/")).attempt(true).refusal();
    assertThat(loop).isNotNull();
    assertThat(loop.status()).isEqualTo(508);
  }

  @Test
  void whoIsCalledForSomebodyWhoDoesNotWait_isNotToBlame() {
    services.instances("v1", 1, 8081, Map.of());
    for (int i = 0; i < 10; i++) {
      long soon = surroundings.get().nanoTime().getAsLong() + MILLI;
      Attempt attempt = caused(new Cause(1, soon), "v1", 80, TestHead.get("/")).attempt(true);
      assertThat(attempt.refusal()).as("call " + i).isNull();
      surroundings.advance(2 * MILLI);
      attempt.timedOut();
      assertThat(attempt.endpoint().health()).isEqualTo(Endpoint.Health.READY);
    }
  }

  @Test
  void aCallEndsWithTheTimeOfTheRequestThatItIsFor() {
    services.instances("v1", 1, 8081, Map.of());
    HttpRoute tenSeconds = retrying(null, new Timeouts(Duration.ofSeconds(10), null));
    long now = surroundings.get().nanoTime().getAsLong();

    OutboundCall soon =
        caused(new Cause(1, now + 500_000_000), "orders", 80, TestHead.get("/"), tenSeconds);
    Attempt attempt = soon.attempt(true);
    assertThat(attempt.timeoutNanos()).isEqualTo(500_000_000);
    assertThat(attempt.requestEdit()).isNotNull();
    assertThat(attempt.requestEdit().set())
        .containsExactly("weft-hops", "1", "weft-timeout-ms", "500");
    surroundings.advance(500 * MILLI);
    Next late = attempt.timedOut();
    assertThat(late.answer()).isNotNull();
    assertThat(late.answer().status()).isEqualTo(504);
    assertThat(late.answer().details()).contains("the caller of this service stops waiting");

    OutboundCall late2 = caused(new Cause(1, now), "orders", 80, TestHead.get("/"), tenSeconds);
    assertThat(late2.attempt(true).refusal()).as("nobody is called").isNotNull();

    OutboundCall later =
        caused(new Cause(1, now + 60_000_000_000L), "orders", 80, TestHead.get("/"), tenSeconds);
    assertThat(later.attempt(true).timeoutNanos()).as("the route's").isEqualTo(10_000_000_000L);
  }

  /** As where a class of a library could not be loaded once, and never can again. */
  @Test
  void anErrorInWhatTakesOutcomes_keepsNoPermit() {
    services.instances("orders", 2, 8081, Map.of());
    for (int i = 0; i < 2_000; i++) {
      Attempt attempt = begin(TestHead.get("/")).attempt(true);
      assertThat(attempt.refusal()).isNull();
      surroundings.fail(new NoClassDefFoundError("for the test"));
      assertThatThrownBy(() -> attempt.failed(FailureKind.BROKEN)).isInstanceOf(LinkageError.class);
      surroundings.fail(null);
    }
  }

  @Test
  void weights_areKeptWithinFivePointsOver500Requests() {
    services.instances("v1", 2, 1001, Map.of());
    services.instances("v2", 2, 2001, Map.of());
    HttpRoute canary = route(List.of(backend("v1", 80), backend("v2", 20), backend("v3", 0)));

    Map<String, Integer> shares = shares(500, canary, head -> head);

    assertThat(shares).containsOnlyKeys("v1", "v2");
    assertThat(shares.get("v1") / 5.0).isCloseTo(80, within(5.0));
  }

  @Test
  void aUserWhoIsHashed_staysWithABackend_andMovesInOneDirectionOnly() {
    services.instances("v1", 2, 1001, Map.of());
    services.instances("v2", 2, 2001, Map.of());
    BackendTrafficPolicy sticky = hashing(true, "user");

    Set<String> before = usersOf("v2", sticky, backend("v1", 90), backend("v2", 10));
    Set<String> after = usersOf("v2", sticky, backend("v1", 1), backend("v2", 1));

    assertThat(before.size() / 10.0).isCloseTo(10, within(3.0));
    assertThat(after.size() / 10.0).isCloseTo(50, within(5.0));
    assertThat(after).containsAll(before);
  }

  @Test
  void aBackendThatDoesNotExist_answers500ForItsShareOnly() {
    services.instances("v1", 1, 1001, Map.of());
    services.service(TestRoute.service("gone")).update(List.of());
    HttpRoute route = route(List.of(backend("v1", 1), backend("gone", 1)));

    Map<String, Integer> shares = shares(500, route, head -> head);

    assertThat(shares).containsOnlyKeys("v1", "500 proxy_configuration_error");
    assertThat(shares.get("v1") / 5.0).isCloseTo(50, within(5.0));
  }

  @Test
  void aBackendWithoutEndpoints_isA503() {
    services.service(TestRoute.service("empty")).exists();
    services.service(TestRoute.service("empty")).update(List.of());
    ServiceSpec declared =
        new ServiceSpec(TestRoute.metadata("default", "new", null), "new", Map.of(), List.of());
    services.service(TestRoute.service("new")).update(List.of());

    assertThat(answer(route(List.of(backend("empty", 1)))))
        .startsWith("503 destination_unavailable");
    assertThat(answer(route(List.of(backend("new", 1))), declared))
        .startsWith("503 destination_unavailable");
    assertThat(answer(route(List.of(backend("unheard-of", 1)))))
        .as("nobody has said yet whether it exists")
        .startsWith("503 destination_unavailable");
  }

  @Test
  void noWeight_isA500_andNoMatch_a404() {
    services.instances("v1", 1, 1001, Map.of());
    assertThat(answer(route(List.of(backend("v1", 0)))))
        .startsWith("500 proxy_configuration_error");
    assertThat(answer(route(List.of()))).startsWith("500 proxy_configuration_error");
    assertThat(answer(TestRoute.named("r").to("v1", prefix("/a")).build()))
        .startsWith("404 destination_not_found");
  }

  @Test
  void aServiceResource_selectsByLabels_andMapsItsPorts() {
    services
        .service(TestRoute.service("orders"))
        .update(
            List.of(
                TestServices.member("a", 8081, TlsMode.PERMISSIVE, Map.of("version", "v1")),
                TestServices.member("b", 8081, TlsMode.PERMISSIVE, Map.of("version", "v2"))));
    ServiceSpec v2 =
        new ServiceSpec(
            TestRoute.metadata("default", "orders-v2", null),
            "orders",
            Map.of("version", "v2"),
            List.of(new ServiceSpec.Port(null, 80, 8081, null)));

    Attempt routed =
        begin(TestHead.get("/"), route(List.of(backend("orders-v2", 1))), v2).attempt(true);
    assertThat(routed.endpoint().facts().instance()).isEqualTo("b");
    assertThat(routed.endpoint().facts().service()).isEqualTo(TestRoute.service("orders"));

    Attempt direct = call("orders-v2", 80, TestHead.get("/"), v2).attempt(true);
    assertThat(direct.endpoint().facts().instance()).isEqualTo("b");
    Decision.Refuse refuse = call("orders-v2", 9999, TestHead.get("/"), v2).attempt(true).refusal();
    assertThat(refuse).isNotNull();
    assertThat(refuse.status()).isEqualTo(503);
    assertThat(refuse.details()).contains("9999").contains("[80]");
  }

  @Test
  void aBackendPortThatTheServiceDoesNotHave_isARoutesMistake() {
    ServiceSpec v2 =
        new ServiceSpec(
            TestRoute.metadata("default", "orders-v2", null),
            "orders",
            Map.of(),
            List.of(new ServiceSpec.Port(null, 8080, 8081, null)));
    assertThat(answer(route(List.of(backend("orders-v2", 1))), v2))
        .startsWith("500 proxy_configuration_error")
        .contains("[8080]");
  }

  @ParameterizedTest
  @CsvSource({
    "DISABLE, true, plaintext",
    "DISABLE, false, plaintext",
    "PERMISSIVE, true, mtls",
    "PERMISSIVE, false, plaintext",
    "STRICT, true, mtls",
    "STRICT, false, refused",
  })
  void mtlsWheneverItIsOffered_andNeverPlaintextToStrict(
      TlsMode mode, boolean identity, String expected) {
    Service orders = services.service(TestRoute.service("orders"));
    orders.update(List.of(TestServices.member("a", 1, mode, Map.of())));
    OutboundCall pinned =
        OutboundCall.pinned(
            orders, "10.0.0.1", 1, TestHead.get("/"), surroundings.get(), Cause.NONE);
    assertThat(pinned).isNotNull();

    for (OutboundCall call : List.of(begin(TestHead.get("/")), pinned)) {
      Attempt attempt = call.attempt(identity);
      Decision.Refuse refusal = attempt.refusal();
      String was = attempt.mtls() ? "mtls" : "plaintext";
      assertThat(refusal == null ? was : "refused").isEqualTo(expected);
      assertThat(refusal == null || refusal.details().contains("STRICT")).isTrue();
    }
  }

  @Test
  void anAddressThatTheCallerChose_staysChosen_andIsNotRetried() {
    services.instances("orders", 3, 8081, Map.of());
    Service orders = services.service(TestRoute.service("orders"));

    OutboundCall call =
        OutboundCall.pinned(
            orders, "10.0.0.1", 8082, TestHead.get("/"), surroundings.get(), Cause.NONE);
    assertThat(call).isNotNull();
    Attempt attempt = call.attempt(true);
    assertThat(attempt.endpoint().facts().port()).isEqualTo(8082);
    assertThat(attempt.failed(FailureKind.UNREACHED)).isEqualTo(Next.DELIVER);
    assertThat(
            OutboundCall.pinned(
                orders, "10.0.0.9", 8082, TestHead.get("/"), surroundings.get(), Cause.NONE))
        .isNull();
  }

  // ---- retries

  @ParameterizedTest
  @CsvSource({
    "GET, UNREACHED, 3",
    "POST, UNREACHED, 3",
    "POST, UNSENT, 3",
    "GET, BROKEN, 3",
    "PUT, BROKEN, 3",
    "POST, BROKEN, 1",
    "PATCH, BROKEN, 1",
    "GET, TOO_SLOW, 1",
    "GET, OTHER, 1",
  })
  void withoutPolicy_whatNeverArrivedIsSentAgain_andWhatMayHaveOnlyIfRepeatable(
      String method, FailureKind failure, int attempts) {
    services.instances("orders", 5, 8081, Map.of());
    OutboundCall call = begin(TestHead.of(method, "/"));

    assertThat(attemptsUntilDelivered(call, a -> a.failed(failure))).isEqualTo(attempts);
  }

  @ParameterizedTest
  @CsvSource({"GET, 503, 3", "DELETE, 502, 3", "POST, 503, 1", "GET, 500, 1", "GET, 404, 1"})
  void withoutPolicy_gatewayErrorsOfRepeatableMethodsAreTriedAgain(
      String method, int status, int attempts) {
    services.instances("orders", 5, 8081, Map.of());
    OutboundCall call = begin(TestHead.of(method, "/"));

    assertThat(attemptsUntilDelivered(call, a -> a.responded(status, 0))).isEqualTo(attempts);
  }

  @Test
  void aRoutesCodes_areForEveryReplayableMethod() {
    services.instances("v1", 5, 1001, Map.of());
    HttpRoute route = retrying(new Retry(Set.of(500), 4, null), null);

    OutboundCall post = begin(TestHead.of("POST", "/"), route);
    assertThat(attemptsUntilDelivered(post, a -> a.responded(500, 0))).isEqualTo(5);
    OutboundCall other = begin(TestHead.of("GET", "/"), route);
    assertThat(attemptsUntilDelivered(other, a -> a.responded(503, 0))).isEqualTo(1);
    OutboundCall broken = begin(TestHead.of("POST", "/"), route);
    assertThat(attemptsUntilDelivered(broken, a -> a.failed(FailureKind.BROKEN)))
        .as("never a duplicate POST")
        .isEqualTo(1);
  }

  @Test
  void aBodyThatCannotBeWrittenAgain_isSentOnce_andTheReasonIsSaid() {
    services.instances("orders", 5, 8081, Map.of());
    Next next =
        begin(TestHead.of("PUT", "/").notReplayable()).attempt(true).failed(FailureKind.UNREACHED);
    assertThat(next.retry()).isFalse();
    assertThat(next.why()).isEqualTo("body_not_replayable");
  }

  @Test
  void aRetry_goesToAnotherEndpointFirst() {
    services.instances("orders", 3, 8081, Map.of());
    for (int i = 0; i < 50; i++) {
      OutboundCall call = begin(TestHead.get("/"));
      Set<Integer> ports = new HashSet<>();
      for (int k = 0; k < 3; k++) {
        Attempt attempt = call.attempt(true);
        ports.add(attempt.endpoint().facts().port());
        attempt.failed(FailureKind.UNSENT);
      }
      assertThat(ports).hasSize(3);
    }
  }

  @Test
  void whenNobodyElseIsThere_aRefusedConnectionIsTheApplicationsOwnError() {
    services.instances("orders", 1, 8081, Map.of());
    OutboundCall call = begin(TestHead.get("/"));
    Next next = call.attempt(true).failed(FailureKind.UNREACHED);
    assertThat(next.retry()).isFalse();
    assertThat(next.answer()).isNull();
    assertThat(next.why()).isEqualTo("no other endpoint");

    assertThat(begin(TestHead.get("/")).attempt(true).failed(FailureKind.UNSENT).retry())
        .as("who only refused a stream is asked again")
        .isTrue();
  }

  @Test
  void aRetry_leavesABackendWhoseEndpointsHaveAllBeenTried() {
    services.instances("v1", 1, 1001, Map.of());
    services.instances("v2", 1, 2001, Map.of());
    HttpRoute route = route(List.of(backend("v1", 1_000), backend("v2", 1)));
    for (int i = 0; i < 20; i++) {
      OutboundCall call = begin(TestHead.get("/"), route);
      String first = nameOf(call.attempt(true));
      assertThat(call.attempt(true).endpoint().facts().service().name()).isNotEqualTo(first);
    }
  }

  @Test
  void theWaitBeforeARetry_isWithinItsJitter() {
    services.instances("orders", 5, 8081, Map.of());
    List<Long> first = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      OutboundCall call = begin(TestHead.get("/"));
      first.add(call.attempt(true).failed(FailureKind.UNSENT).delayNanos());
    }
    assertThat(first).allSatisfy(delay -> assertThat(delay).isBetween(0L, 25 * MILLI));
    assertThat(new HashSet<>(first)).hasSizeGreaterThan(40);
  }

  @Test
  void theBudget_stopsRetriesWhenNearlyEverythingFails() {
    services.instances("orders", 3, 8081, Map.of());
    int attempts = 0;
    for (int i = 0; i < 1_000; i++) {
      attempts +=
          attemptsUntilDelivered(begin(TestHead.get("/")), a -> a.failed(FailureKind.UNSENT));
    }
    // 20 % of 1,000, and 10 a second over 10 s; without a budget there would be 3,000.
    assertThat(attempts).isBetween(1_250, 1_350);
    OutboundCall call = begin(TestHead.get("/"));
    assertThat(call.attempt(true).failed(FailureKind.UNSENT).why()).isEqualTo("retry budget spent");
  }

  @Test
  void onlyTheFirstOutcomeOfAnAttemptCounts() {
    services.instances("orders", 1, 8081, Map.of());
    Attempt attempt = begin(TestHead.get("/")).attempt(true);
    assertThat(attempt.responded(200, 0)).isSameAs(Next.DELIVER);
    assertThat(attempt.failed(FailureKind.UNREACHED)).isSameAs(Next.DELIVER);
    assertThat(attempt.timedOut()).isSameAs(Next.DELIVER);
    attempt.abandoned();
    assertThat(attempt.endpoint().outstanding()).isZero();
  }

  // ---- time

  @Test
  void theTimeOfARequest_spansItsAttempts_andEndsInA504() {
    services.instances("v1", 3, 1001, Map.of());
    HttpRoute route = retrying(null, new Timeouts(Duration.ofMillis(500), Duration.ofMillis(200)));
    OutboundCall call = begin(TestHead.get("/"), route);

    Attempt first = call.attempt(true);
    assertThat(first.timeoutNanos()).isEqualTo(200 * MILLI);
    assertThat(header(first.requestEdit())).isEqualTo("200");
    surroundings.advance(200 * MILLI);
    assertThat(first.timedOut().retry()).isTrue();
    surroundings.advance(150 * MILLI);
    Attempt second = call.attempt(true);
    assertThat(second.timeoutNanos()).as("what is left of the whole").isEqualTo(150 * MILLI);
    surroundings.advance(150 * MILLI);
    Decision.Refuse answer = second.timedOut().answer();
    assertThat(answer).isNotNull();
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.error()).isEqualTo("http_response_timeout");
    assertThat(answer.rule()).isEqualTo("default/r[0]");
  }

  @Test
  void aPost_thatTakesTooLong_isNotSentAgain() {
    services.instances("v1", 3, 1001, Map.of());
    HttpRoute route =
        retrying(new Retry(Set.of(504), 3, null), new Timeouts(null, Duration.ofMillis(200)));
    Next next = begin(TestHead.of("POST", "/"), route).attempt(true).timedOut();
    assertThat(next.answer()).isNotNull();
    assertThat(next.answer().status()).isEqualTo(504);
  }

  @Test
  void aRetryForWhichNoTimeIsLeft_isNotMade() {
    services.instances("v1", 3, 1001, Map.of());
    HttpRoute route =
        retrying(
            new Retry(Set.of(), 3, Duration.ofMillis(600)),
            new Timeouts(Duration.ofMillis(500), null));
    Next next = begin(TestHead.get("/"), route).attempt(true).failed(FailureKind.UNSENT);
    assertThat(next.retry()).isFalse();
    assertThat(next.why()).isEqualTo("no time left for a retry");
  }

  @Test
  void withoutALimit_nothingIsLimited() {
    services.instances("v1", 1, 1001, Map.of());
    HttpRoute route = retrying(null, new Timeouts(Duration.ZERO, Duration.ZERO));
    Attempt attempt = begin(TestHead.get("/"), route).attempt(true);
    assertThat(attempt.timeoutNanos()).isZero();
    assertThat(attempt.requestEdit()).isNull();
  }

  // ---- filters, mirrors, faults

  @Test
  void aRedirect_answersWithoutCallingAnybody() {
    Filter redirect = new HttpRoute.Redirect("https", "example.org", null, null, 301);
    HttpRoute route = TestRoute.named("r").rule(List.of(redirect), List.of(), null, null).build();
    Attempt attempt = begin(TestHead.get("/a?b"), route).attempt(true);
    assertThat(attempt.refusal()).isNull();
    assertThat(attempt.redirectStatus()).isEqualTo(301);
    assertThat(attempt.location()).isEqualTo("https://example.org/a?b");
  }

  @Test
  void mirrors_getTheirFractionOnce_andNobodyWaitsForThem() {
    services.instances("v1", 1, 1001, Map.of());
    services.instances("copy", 1, 3001, Map.of());
    Filter half = new HttpRoute.Mirror(TestRoute.service("copy"), 80, 30, 100);
    Filter all = new HttpRoute.Mirror(TestRoute.service("copy"), 80, 100, 100);
    Filter none = new HttpRoute.Mirror(TestRoute.service("copy"), 80, 0, 100);
    HttpRoute route =
        TestRoute.named("r")
            .rule(List.of(half, all, none), List.of(backend("v1", 1)), null, null)
            .build();

    int copies = 0;
    for (int i = 0; i < 500; i++) {
      OutboundCall call = begin(TestHead.get("/"), route);
      Attempt attempt = call.attempt(true);
      for (Attempt copy = call.mirror(true); copy != null; copy = call.mirror(true)) {
        assertThat(copy.endpoint().facts().service().name()).isEqualTo("copy");
        assertThat(copy.failed(FailureKind.UNREACHED)).isSameAs(Next.DELIVER);
        copies++;
      }
      attempt.responded(200, 0);
    }
    assertThat((copies - 500) / 5.0).isCloseTo(30, within(5.0));
    assertThat(begin(TestHead.of("POST", "/").notReplayable(), route).mirror(true)).isNull();
  }

  @Test
  void faults_areInjectedByPercentage_onceACall() {
    services.instances("orders", 3, 8081, Map.of());
    BackendTrafficPolicy policy =
        policy(null, new BackendTrafficPolicy.Fault(Duration.ofMillis(50), 40, 418, 10));
    int delayed = 0;
    int aborted = 0;
    for (int i = 0; i < 1_000; i++) {
      OutboundCall call = begin(TestHead.get("/"), policy);
      Attempt attempt = call.attempt(true);
      delayed += attempt.delayNanos() > 0 ? 1 : 0;
      Decision.Refuse refusal = attempt.refusal();
      if (refusal != null) {
        assertThat(refusal.status()).isEqualTo(418);
        assertThat(refusal.rule()).isEqualTo("BackendTrafficPolicy default/p");
        aborted++;
      } else if (attempt.failed(FailureKind.UNSENT).retry()) {
        assertThat(call.attempt(true).delayNanos()).isZero();
      }
    }
    assertThat(delayed / 10.0).isCloseTo(40, within(5.0));
    assertThat(aborted / 10.0).isCloseTo(10, within(3.0));
  }

  // ---- permits

  @Test
  void theCircuitBreaker_refusesWhenFinalOutcomesAreBad_andRetriedOnesDoNotCount() {
    services.instances("orders", 4, 8081, Map.of());
    BackendTrafficPolicy breaker =
        new BackendTrafficPolicy(
            TestRoute.metadata("default", "p", null),
            List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
            null,
            new BackendTrafficPolicy.Ejection(0, null, null),
            null,
            null,
            null,
            new BackendTrafficPolicy.FailureRate(
                50, 10, Duration.ofSeconds(10), Duration.ofSeconds(5)),
            null,
            null,
            null,
            null);
    for (int i = 0; i < 20; i++) {
      OutboundCall call = begin(TestHead.get("/"), breaker);
      assertThat(call.attempt(true).responded(503, 0).retry()).isTrue();
      call.attempt(true).responded(200, 0);
    }
    assertThat(begin(TestHead.get("/"), breaker).attempt(true).refusal()).isNull();
    for (int i = 0; i < 25; i++) {
      Attempt attempt = begin(TestHead.of("POST", "/"), breaker).attempt(true);
      if (attempt.refusal() == null) {
        attempt.responded(500, 0);
      }
    }
    Decision.Refuse open = begin(TestHead.get("/"), breaker).attempt(true).refusal();
    assertThat(open).isNotNull();
    assertThat(open.status()).isEqualTo(503);
    assertThat(open.retryAfterSeconds()).isBetween(1, 5);
  }

  @Test
  void connecting_mayTakeWhatTheBackendsPolicySays() {
    services.instances("orders", 2, 8081, Map.of());
    assertThat(begin(TestHead.get("/")).attempt(true).connectNanos()).isZero();

    Attempt attempt = begin(TestHead.get("/"), connectTimeout(1_500)).attempt(true);
    assertThat(attempt.connectNanos()).isEqualTo(1_500 * MILLI);
    assertThat(attempt.timeoutNanos()).as("the answer may take longer").isZero();
  }

  private static BackendTrafficPolicy connectTimeout(long millis) {
    return new BackendTrafficPolicy(
        TestRoute.metadata("default", "p", null),
        List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        new BackendTrafficPolicy.Timeout(Duration.ofMillis(millis), null),
        null);
  }

  @Test
  void maxConnections_isForCallsThatHaveOneForThemselves_untilTheyAreAnswered() {
    services.instances("orders", 3, 8081, Map.of());
    BackendTrafficPolicy one = policy(new BackendTrafficPolicy.Limits(null, null, 1, null), null);

    Attempt running = begin(TestHead.get("/").onItsOwn(), one).attempt(true);
    assertThat(running.refusal()).isNull();
    Decision.Refuse refusal = begin(TestHead.get("/").onItsOwn(), one).attempt(true).refusal();
    assertThat(refusal).isNotNull();
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.error()).isEqualTo("connection_limit_reached");
    assertThat(refusal.details()).contains("maxConnections");
    assertThat(begin(TestHead.get("/"), one).attempt(true).refusal()).as("shares one").isNull();

    running.responded(200, 0);
    assertThat(begin(TestHead.get("/").onItsOwn(), one).attempt(true).refusal()).isNull();
  }

  @Test
  void whatACallHolds_isGivenBack_howeverItEnds() {
    services.instances("orders", 3, 8081, Map.of());
    BackendTrafficPolicy one = policy(new BackendTrafficPolicy.Limits(1, null, null, null), null);

    Attempt running = begin(TestHead.get("/"), one).attempt(true);
    assertThat(begin(TestHead.get("/"), one).attempt(true).refusal())
        .extracting(Decision.Refuse::error)
        .isEqualTo("connection_limit_reached");

    running.abandoned();
    OutboundCall retried = begin(TestHead.get("/"), one);
    Attempt first = retried.attempt(true);
    assertThat(first.failed(FailureKind.UNSENT).retry()).isTrue();
    first.abandoned(); // given up while the next attempt was waited for
    OutboundCall next = begin(TestHead.get("/"), one);
    Attempt before = next.attempt(true);
    assertThat(before.refusal()).isNull();
    assertThat(before.failed(FailureKind.UNSENT).retry()).isTrue();
    Attempt after = next.attempt(true);
    before.abandoned(); // late: the next attempt goes on
    assertThat(begin(TestHead.get("/"), one).attempt(true).refusal()).isNotNull();
    after.responded(200, 0);
    assertThat(begin(TestHead.get("/"), one).attempt(true).refusal()).isNull();
  }

  // ---- helpers

  private interface Driver {
    Next report(Attempt attempt);
  }

  private interface Change {
    TestHead of(TestHead head);
  }

  private static int attemptsUntilDelivered(OutboundCall call, Driver driver) {
    int attempts = 0;
    Next next;
    do {
      attempts++;
      next = driver.report(call.attempt(true));
    } while (next.retry());
    return attempts;
  }

  private Map<String, Integer> shares(int calls, HttpRoute route, Change change) {
    Map<String, Integer> shares = new HashMap<>();
    for (int i = 0; i < calls; i++) {
      Attempt attempt = begin(change.of(TestHead.get("/")), route).attempt(true);
      shares.merge(nameOf(attempt), 1, Integer::sum);
      attempt.responded(200, 0);
    }
    return shares;
  }

  private Set<String> usersOf(String backend, BackendTrafficPolicy policy, Backend... backends) {
    Set<String> users = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      TestHead head = TestHead.get("/").with("Cookie", "a=b; user=u" + i + "; c=d");
      Attempt attempt = begin(head, route(List.of(backends)), policy).attempt(true);
      if (nameOf(attempt).equals(backend)) {
        users.add("u" + i);
      }
      attempt.responded(200, 0);
    }
    return users;
  }

  private static String nameOf(Attempt attempt) {
    Decision.Refuse refusal = attempt.refusal();
    return refusal != null
        ? refusal.status() + " " + refusal.error()
        : attempt.endpoint().facts().service().name();
  }

  private String answer(Object... specs) {
    Decision.Refuse refusal = begin(TestHead.get("/"), specs).attempt(true).refusal();
    assertThat(refusal).isNotNull();
    return refusal.status() + " " + refusal.error() + " " + refusal.details();
  }

  private OutboundCall begin(TestHead head, Object... specs) {
    return call("orders", 80, head, specs);
  }

  private OutboundCall call(String service, int port, TestHead head, Object... specs) {
    return caused(Cause.NONE, service, port, head, specs);
  }

  private OutboundCall caused(
      Cause cause, String service, int port, TestHead head, Object... specs) {
    return OutboundCall.begin(
        services.routing(new Policies(List.of(specs)), service, port, "default"),
        head,
        surroundings.get(),
        cause);
  }

  private static HttpRoute route(List<Backend> backends) {
    return TestRoute.named("r").rule(List.of(), backends, null, null).build();
  }

  private static HttpRoute retrying(@Nullable Retry retry, @Nullable Timeouts timeouts) {
    return TestRoute.named("r").rule(List.of(), List.of(backend("v1", 1)), timeouts, retry).build();
  }

  private static BackendTrafficPolicy hashing(boolean cookie, String name) {
    return new BackendTrafficPolicy(
        TestRoute.metadata("default", "p", null),
        List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
        new BackendTrafficPolicy.LoadBalancer(
            BackendTrafficPolicy.Balancing.CONSISTENT_HASH,
            new BackendTrafficPolicy.Hash(cookie, name),
            null),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static BackendTrafficPolicy policy(
      BackendTrafficPolicy.@Nullable Limits limits, BackendTrafficPolicy.@Nullable Fault fault) {
    return new BackendTrafficPolicy(
        TestRoute.metadata("default", "p", null),
        List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
        null,
        null,
        null,
        null,
        limits,
        null,
        null,
        null,
        null,
        fault);
  }

  private static @Nullable String header(@Nullable HeadEdit edit) {
    if (edit != null) {
      for (int i = 0; i < edit.set().length; i += 2) {
        if (edit.set()[i].equals(Attempt.TIMEOUT_HEADER)) {
          return edit.set()[i + 1];
        }
      }
    }
    return null;
  }
}
