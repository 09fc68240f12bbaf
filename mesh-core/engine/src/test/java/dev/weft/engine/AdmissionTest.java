package dev.weft.engine;

import static dev.weft.engine.TestService.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  @Test
  void moreThanMaxParallelRequests_areRefused_untilOneIsOver() {
    TestService service = limited(new Limits(2, null, null, null));
    Permit first = service.pool.admit(service.time.now());
    Permit second = service.pool.admit(service.time.now());
    assertThat(first.refusal()).isNull();
    assertThat(second.refusal()).isNull();

    Decision.Refuse refusal = service.pool.admit(service.time.now()).refusal();
    assertThat(refusal)
        .isEqualTo(
            new Decision.Refuse(
                503,
                "connection_limit_reached",
                "BackendTrafficPolicy default/test",
                "this process has 2 requests going on (maxParallelRequests)",
                0));

    first.cancelled();
    first.success();
    first.failure();
    assertThat(service.pool.admit(service.time.now()).refusal()).isNull();
    assertThat(service.pool.admit(service.time.now()).refusal())
        .as("ended three times, counted once")
        .isNotNull();
  }

  @Test
  void withoutPolicy_1024MayGoOnAtOnce() {
    TestService service = new TestService(1);
    List<Permit> permits = new ArrayList<>();
    for (int i = 0; i < 1_024; i++) {
      permits.add(service.pool.admit(service.time.now()));
    }

    assertThat(permits).allMatch(permit -> permit.refusal() == null);
    assertThat(service.pool.admit(service.time.now()).refusal()).isNotNull();
    permits.forEach(Permit::success);
    assertThat(service.pool.admit(service.time.now()).refusal()).isNull();
  }

  @Test
  void maxConnections_countsCallsThatHaveOneForThemselves() {
    TestService service = limited(new Limits(null, null, 1, null));
    Permit http1 = service.pool.admit(service.time.now(), false);

    Decision.Refuse refusal = service.pool.admit(service.time.now(), false).refusal();
    assertThat(refusal).isNotNull();
    assertThat(refusal.error()).isEqualTo("connection_limit_reached");
    assertThat(refusal.details()).contains("maxConnections");
    assertThat(service.pool.admit(service.time.now(), true).refusal()).isNull();

    http1.success();
    assertThat(service.pool.admit(service.time.now(), false).refusal()).isNull();
  }

  @Test
  void aChangedLimit_countsWhatIsUnderWay() {
    TestService service = limited(new Limits(2, null, null, null));
    service.pool.admit(service.time.now());
    service.pool.admit(service.time.now());

    Pool changed =
        service.service.pool(Map.of(), -1, TestService.limits(new Limits(3, null, null, null)));

    assertThat(changed.admit(service.time.now()).refusal()).isNull();
    assertThat(changed.admit(service.time.now()).refusal()).isNotNull();
  }

  @Test
  void maxParallelRetries_areCallsThatRetry_untilTheyAreOver() {
    TestService service = limited(new Limits(null, null, null, 1));
    Permit first = service.pool.admit(service.time.now());
    Permit second = service.pool.admit(service.time.now());

    assertThat(first.tryRetry(service.time.now())).isTrue();
    assertThat(first.tryRetry(service.time.now())).as("the same call").isTrue();
    assertThat(second.tryRetry(service.time.now())).isFalse();
    first.failure();
    assertThat(second.tryRetry(service.time.now())).isTrue();
    assertThat(first.tryRetry(service.time.now())).as("it is over").isFalse();
  }

  @Test
  void theBudget_isTheServices_whateverThePool() {
    TestService service = new TestService(1);
    Pool other = service.service.pool(Map.of("number", "0"), 8080, Traffic.DEFAULT);
    assertThat(other.retryBudget()).isSameAs(service.pool.retryBudget());

    int retries = 0;
    Permit permit = service.pool.admit(service.time.now());
    while (permit.tryRetry(service.time.now())) {
      retries++;
    }
    assertThat(retries).isEqualTo(100);
    assertThat(other.admit(service.time.now()).tryRetry(service.time.now())).isFalse();
  }

  @Test
  void withoutFailureRate_nothingEverOpens() {
    TestService service = new TestService(1);
    for (int i = 0; i < 10_000; i++) {
      service.pool.admit(service.time.now()).failure();
    }

    assertThat(service.pool.admit(service.time.now()).refusal()).isNull();
    assertThat(service.pool.breakerOpen()).isFalse();
  }

  @Test
  void tooManyFailures_open_andGoodProbesClose() {
    TestService service = new TestService(1, TestService.failureRate(50, 20, 10, 5));
    outcomes(service, 10, true);
    outcomes(service, 9, false);
    assertThat(service.pool.breakerOpen()).as("19 are too few").isFalse();
    outcomes(service, 1, false);
    assertThat(service.pool.breakerOpen()).isTrue();

    service.time.advance(1_500 * TestService.MILLI);
    Decision.Refuse refusal = service.pool.admit(service.time.now()).refusal();
    assertThat(refusal)
        .isEqualTo(
            new Decision.Refuse(
                503,
                "destination_unavailable",
                "BackendTrafficPolicy default/test",
                "the circuit breaker is open: too many of the last calls failed",
                4));

    service.time.advance(4 * SECOND);
    outcomes(service, 10, true);
    assertThat(service.pool.breakerOpen()).isFalse();
    assertThat(service.pool.admit(service.time.now()).refusal()).isNull();
  }

  @Test
  void badProbes_openAgain() {
    TestService service = opened();
    service.time.advance(6 * SECOND);

    outcomes(service, 10, false);

    assertThat(service.pool.admit(service.time.now()).refusal()).isNotNull();
    service.time.advance(6 * SECOND);
    assertThat(service.pool.admit(service.time.now()).refusal()).isNull();
  }

  @Test
  void failuresThatAreLongAgo_areForgotten() {
    TestService service = new TestService(1, TestService.failureRate(50, 20, 10, 5));
    outcomes(service, 19, false);
    service.time.advance(11 * SECOND);
    outcomes(service, 19, false);

    assertThat(service.pool.breakerOpen()).isFalse();
  }

  @Test
  void aThousandCallsCancelledWhileHalfOpen_leaveNothingStuck() {
    TestService service = opened();
    service.time.advance(6 * SECOND);

    for (int i = 0; i < 1_000; i++) {
      Permit permit = service.pool.admit(service.time.now());
      assertThat(permit.refusal()).isNull();
      permit.cancelled();
    }
    List<Permit> probes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      probes.add(service.pool.admit(service.time.now()));
    }
    assertThat(probes).allMatch(permit -> permit.refusal() == null);
    assertThat(service.pool.admit(service.time.now()).refusal()).as("ten at once").isNotNull();
    probes.forEach(Permit::success);
    assertThat(service.pool.breakerOpen()).isFalse();
  }

  @Test
  void callsBegunWhileClosed_decideNothingWhileHalfOpen() {
    TestService service = new TestService(1, TestService.failureRate(50, 20, 10, 5));
    List<Permit> earlier = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      earlier.add(service.pool.admit(service.time.now()));
    }
    outcomes(service, 20, false);
    service.time.advance(6 * SECOND);
    service.pool.admit(service.time.now()).cancelled(); // half open now

    earlier.subList(0, 20).forEach(Permit::success);
    earlier.subList(20, 40).forEach(Permit::failure);
    earlier.subList(40, 60).forEach(Permit::cancelled);

    assertThat(service.pool.breakerOpen()).isTrue();
    int let = 0;
    while (service.pool.admit(service.time.now()).refusal() == null) {
      let++;
    }
    assertThat(let).isEqualTo(10);
  }

  @Test
  void probesThatNeverEnd_doNotKeepEverybodyOutForEver() {
    TestService service = opened();
    service.time.advance(6 * SECOND);
    for (int i = 0; i < 10; i++) {
      service.pool.admit(service.time.now());
    }

    service.time.advance(31 * SECOND);
    assertThat(service.pool.admit(service.time.now()).refusal()).isNotNull();
    service.time.advance(6 * SECOND);
    outcomes(service, 10, true);
    assertThat(service.pool.breakerOpen()).isFalse();
  }

  private static TestService opened() {
    TestService service = new TestService(1, TestService.failureRate(50, 20, 10, 5));
    outcomes(service, 20, false);
    assertThat(service.pool.breakerOpen()).isTrue();
    return service;
  }

  private static void outcomes(TestService service, int calls, boolean good) {
    for (int i = 0; i < calls; i++) {
      Permit permit = service.pool.admit(service.time.now());
      assertThat(permit.refusal()).isNull();
      if (good) {
        permit.success();
      } else {
        permit.failure();
      }
    }
  }

  private static TestService limited(Limits limits) {
    return new TestService(1, TestService.limits(limits));
  }
}
