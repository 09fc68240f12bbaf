package dev.weft.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = -5 * SECOND; // nanoTime may be negative
  private final RetryBudget budget = new RetryBudget(20, 10 * SECOND, 10, START);

  @Test
  void withoutTraffic_10aSecond() {
    assertThat(retries(START)).isEqualTo(100);
    assertThat(retries(START + 5 * SECOND)).isZero();
    assertThat(retries(START + 10 * SECOND)).isEqualTo(100);
  }

  @Test
  void aFifthOfTheRequests_onTop() {
    requests(1_000, START);
    assertThat(retries(START + SECOND)).isEqualTo(300);
  }

  @Test
  void requestsThatAreLongAgo_countNoMore() {
    requests(1_000, START);
    assertThat(retries(START + 9 * SECOND)).isEqualTo(300);
    requests(10, START + 19 * SECOND);
    assertThat(retries(START + 19 * SECOND)).isEqualTo(102);
  }

  @Test
  void inSteadyTraffic_aFifthAnd10aSecond_neverMore() {
    long now = START;
    int retried = 0;
    for (int second = 0; second < 60; second++) {
      requests(500, now);
      retried += retries(now);
      now += SECOND;
    }
    // A first window's worth of 10 a second at once; then 110 each second.
    assertThat(retried).isBetween(60 * 110, 60 * 110 + 110);
  }

  @Test
  void nothingIsAllowed_ifNothingIsGiven() {
    RetryBudget none = new RetryBudget(0, 10 * SECOND, 0, START);
    none.record(START);
    assertThat(none.tryRetry(START)).isFalse();
  }

  @Test
  void aMomentReadEarlier_isNoTrouble() {
    requests(10, START + 50 * SECOND);
    requests(10, START + 39 * SECOND);
    requests(10, START - SECOND);
    assertThat(retries(START + 50 * SECOND)).isEqualTo(102);
  }

  private void requests(int count, long now) {
    for (int i = 0; i < count; i++) {
      budget.record(now);
    }
  }

  private int retries(long now) {
    int allowed = 0;
    while (budget.tryRetry(now)) {
      allowed++;
    }
    return allowed;
  }
}
