package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class DrainTest {
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final Duration AT_MOST = Duration.ofSeconds(10);

  private long now;

  /** What happens at each glance, until there is nothing left to happen. */
  private final Deque<Runnable> events = new ArrayDeque<>();

  private final Drain drain =
      new Drain(
          () -> now,
          nanos -> {
            now += nanos;
            if (!events.isEmpty()) {
              events.poll().run();
            }
          });

  private long millis() {
    return Duration.ofNanos(now).toMillis();
  }

  @Test
  void nothingInFlight_quietIsWaitedFor() throws InterruptedException {
    assertThat(drain.close(QUIET, AT_MOST)).isZero();
    assertThat(millis()).isBetween(300L, 310L);
    assertThat(drain.closing()).isTrue();
  }

  @Test
  void aRequestInFlight_itsEndAndQuietAreWaitedFor() throws InterruptedException {
    drain.begin();
    for (int i = 0; i < 99; i++) {
      events.add(() -> {});
    }
    events.add(drain::end);
    assertThat(drain.close(QUIET, AT_MOST)).isZero();
    assertThat(millis()).isBetween(1290L, 1310L);
  }

  @Test
  void requestsThatStillCome_startTheQuietAnew() throws InterruptedException {
    for (int i = 0; i < 50; i++) {
      events.add(
          () -> {
            drain.begin();
            drain.end();
          });
    }
    assertThat(drain.close(QUIET, AT_MOST)).isZero();
    assertThat(millis()).isBetween(800L, 820L);
  }

  @Test
  void aRequestThatNeverEnds_isGivenUpAndCounted() throws InterruptedException {
    drain.begin();
    assertThat(drain.close(QUIET, AT_MOST)).isEqualTo(1);
    assertThat(millis()).isBetween(10_000L, 10_010L);
  }

  @Test
  void acknowledgement() throws InterruptedException {
    assertThat(drain.awaitAcknowledged(Duration.ZERO)).isFalse();
    drain.acknowledged();
    assertThat(drain.awaitAcknowledged(Duration.ZERO)).isTrue();
  }
}
