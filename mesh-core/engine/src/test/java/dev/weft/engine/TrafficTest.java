package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrafficTest {
  private static final String RULE = "mesh default";

  @Test
  void withoutAnyPolicy_theDefaultsOfTheContracts() {
    assertThat(Traffic.DEFAULT)
        .isEqualTo(
            new Traffic(
                new Traffic.Balance(Balancing.PEAK_EWMA, null, seconds(30), RULE),
                new Traffic.Ejection(5, seconds(10), 50, RULE),
                new Traffic.Panic(0, RULE),
                null,
                new Traffic.Limits(1_024, 1_024, 1_024, 1_024, RULE),
                null,
                new Traffic.Retry(2, Set.of(), Set.of(), 0, millis(25), millis(250), false, RULE),
                new Traffic.Budget(20, seconds(10), 10, RULE),
                new Traffic.Timeouts(0, 0, RULE),
                null));
  }

  @Test
  void eachPart_comesFromTheNarrowestPolicyThatHasIt_andRemembersWhose() {
    BackendTrafficPolicy ofTheRoute =
        TestService.policy(
            "route",
            null,
            new BackendTrafficPolicy.Ejection(3, null, null),
            null,
            new BackendTrafficPolicy.Limits(7, null, null, null),
            null);
    BackendTrafficPolicy ofTheService =
        TestService.policy(
            "service",
            new BackendTrafficPolicy.LoadBalancer(
                Balancing.ROUND_ROBIN, null, Duration.ofSeconds(5)),
            new BackendTrafficPolicy.Ejection(9, Duration.ofSeconds(1), 10),
            30,
            null,
            new BackendTrafficPolicy.FailureRate(
                60, 5, Duration.ofSeconds(20), Duration.ofSeconds(3)));

    Traffic traffic = Traffic.of(List.of(ofTheRoute, ofTheService));

    String route = "BackendTrafficPolicy default/route";
    String service = "BackendTrafficPolicy default/service";
    assertThat(traffic.ejection()).isEqualTo(new Traffic.Ejection(3, seconds(10), 50, route));
    assertThat(traffic.limits()).isEqualTo(new Traffic.Limits(7, 1_024, 1_024, 1_024, route));
    assertThat(traffic.balance())
        .isEqualTo(new Traffic.Balance(Balancing.ROUND_ROBIN, null, seconds(5), service));
    assertThat(traffic.panic()).isEqualTo(new Traffic.Panic(30, service));
    assertThat(traffic.failureRate())
        .isEqualTo(new Traffic.FailureRate(60, 5, 20, seconds(3), service));
    assertThat(traffic.budget()).isEqualTo(Traffic.DEFAULT.budget());
  }

  private static long seconds(long seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
