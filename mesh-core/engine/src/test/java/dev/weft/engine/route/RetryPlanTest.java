package dev.weft.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy.Trigger;
import dev.weft.policy.HttpRoute;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPlanTest {
  private static final long MILLI = 1_000_000L;

  @ParameterizedTest
  @CsvSource({
    "GET, 503, true",
    "HEAD, 502, true",
    "OPTIONS, 504, true",
    "PUT, 503, true",
    "DELETE, 503, true",
    "POST, 503, false",
    "PATCH, 503, false",
    "get, 503, false",
    "GET, 500, false",
    "GET, 429, false",
    "GET, 200, false",
  })
  void withoutPolicy_whatMayBeRepeatedIs(String method, int status, boolean retried) {
    assertThat(RetryPlan.DEFAULT.onStatus(status, method)).isEqualTo(retried);
    assertThat(RetryPlan.of(Traffic.DEFAULT.retry()).onStatus(status, method)).isEqualTo(retried);
  }

  @Test
  void withoutPolicy_aBrokenConnectionIsRetriedForWhatMayBeRepeated_anUnsentRequestForAll() {
    assertThat(RetryPlan.DEFAULT.retries()).isEqualTo(2);
    assertThat(RetryPlan.DEFAULT.onBroken("GET")).isTrue();
    assertThat(RetryPlan.DEFAULT.onBroken("POST")).isFalse();
    assertThat(RetryPlan.DEFAULT.onUnsent()).isTrue();
  }

  @Test
  void codesOfARoute_areConsentForEveryMethod_andTakeThePlaceOfTheDefaultOnes() {
    RetryPlan plan = RetryPlan.of(new HttpRoute.Retry(Set.of(500, 429), 4, null));
    assertThat(plan.retries()).isEqualTo(4);
    assertThat(plan.onStatus(500, "POST")).isTrue();
    assertThat(plan.onStatus(429, "GET")).isTrue();
    assertThat(plan.onStatus(503, "GET")).isFalse();
    assertThat(plan.onBroken("POST")).as("never a duplicate POST").isFalse();
    assertThat(plan.onBroken("GET")).isTrue();
  }

  @Test
  void aRouteWithoutCodes_keepsTheDefaultOnes() {
    RetryPlan plan = RetryPlan.of(new HttpRoute.Retry(Set.of(), 1, null));
    assertThat(plan.onStatus(503, "GET")).isTrue();
    assertThat(plan.onStatus(503, "POST")).isFalse();
  }

  @Test
  void attemptsHaveABound() {
    RetryPlan plan = RetryPlan.of(new HttpRoute.Retry(Set.of(), 1_000, null));
    assertThat(plan.retries()).isEqualTo(HttpRoute.MAX_ATTEMPTS);
  }

  @Test
  void triggers_haveEnvoysMeanings() {
    RetryPlan gateway = plan(Set.of(), Trigger.GATEWAY_ERROR);
    assertThat(gateway.onStatus(502, "POST")).isTrue();
    assertThat(gateway.onStatus(500, "POST")).isFalse();
    assertThat(gateway.onBroken("GET")).isFalse();
    assertThat(gateway.onUnsent()).isFalse();

    RetryPlan all = plan(Set.of(), Trigger.SERVER_ERROR);
    assertThat(all.onStatus(599, "GET")).isTrue();
    assertThat(all.onBroken("GET")).isTrue();
    assertThat(all.onUnsent()).isTrue();

    assertThat(plan(Set.of(), Trigger.RETRIABLE_4XX).onStatus(409, "GET")).isTrue();
    assertThat(plan(Set.of(), Trigger.CONNECT_FAILURE).onUnsent()).isTrue();
    assertThat(plan(Set.of(), Trigger.CONNECT_FAILURE).onBroken("GET")).isFalse();
    RetryPlan codes = plan(Set.of(418), Trigger.RETRIABLE_STATUS_CODES);
    assertThat(codes.onStatus(418, "POST")).isTrue();
    assertThat(codes.onStatus(503, "GET")).isFalse();
  }

  @Test
  void theWait_isFullJitterThatDoubles_upToItsCap() {
    RetryPlan plan = RetryPlan.DEFAULT;
    assertThat(plan.delayNanos(0, 0)).isZero();
    assertThat(plan.delayNanos(0, 0.5)).isEqualTo(12_500_000);
    assertThat(plan.delayNanos(1, 0.5)).isEqualTo(25 * MILLI);
    assertThat(plan.delayNanos(9, 0.5)).isEqualTo(125 * MILLI);
  }

  @Test
  void aRoutesBackoff_isTheLeastWait() {
    RetryPlan plan = RetryPlan.of(new HttpRoute.Retry(Set.of(), 3, Duration.ofMillis(100)));
    assertThat(plan.delayNanos(0, 0)).isEqualTo(100 * MILLI);
    assertThat(plan.delayNanos(0, 0.5)).isEqualTo(150 * MILLI);
    assertThat(plan.delayNanos(9, 0.999)).isEqualTo(1_000 * MILLI);
  }

  private static RetryPlan plan(Set<Integer> codes, Trigger trigger) {
    return RetryPlan.of(
        new Traffic.Retry(
            2, codes, Set.of(trigger), 0, 25 * MILLI, 250 * MILLI, true, "BackendTrafficPolicy"));
  }
}
