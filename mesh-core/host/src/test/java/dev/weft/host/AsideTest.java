package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AsideTest {
  private final Executor aside = Aside.threads();

  private Thread runner() throws Exception {
    Exchanger<Thread> ran = new Exchanger<>();
    aside.execute(
        () -> {
          try {
            ran.exchange(Thread.currentThread());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return ran.exchange(Thread.currentThread(), 30, TimeUnit.SECONDS);
  }

  @Test
  void aThreadThatIsIdle_isTaken() throws Exception {
    Thread first = runner();
    while (first.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(runner()).isSameAs(first);
  }

  @Test
  void whoeverComesWhenAllWait_isServedAfterThem() throws Exception {
    int steps = 600;
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(steps);
    for (int i = 0; i < steps; i++) {
      aside.execute(
          () -> {
            threads.add(Thread.currentThread());
            try {
              goOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            done.countDown();
          });
    }
    goOn.countDown();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(threads).hasSizeLessThanOrEqualTo(256);
  }
}
