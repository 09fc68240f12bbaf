package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestContextTest {
  private final RequestContext context =
      RequestContext.of(new FakeIncoming().with("weft-timeout-ms", "250"), 4, "shop", 1_000);
  private @Nullable Object outer;

  @BeforeEach
  void enter() {
    outer = context.enter();
  }

  @AfterEach
  void leave() {
    RequestContext.leave(outer);
    assertThat(RequestContext.current()).isNull();
  }

  @Test
  void isWhatTheHeadSays() {
    assertThat(context.hops()).isEqualTo(4);
    assertThat(context.peer()).isEqualTo("shop");
    assertThat(context.deadlineNanos()).isEqualTo(250_001_000);
    assertThat(context.traceparent()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1000",
    "soon, 0",
    "-5, 0",
    "' 5', 0",
    "99999999999, 0",
    "9999999999, 9999999999001000"
  })
  void aDeadlineIsANumberOfMilliseconds(String said, long nanos) {
    FakeIncoming head = new FakeIncoming().with("weft-timeout-ms", said);
    assertThat(RequestContext.of(head, 0, "shop", 1_000).deadlineNanos()).isEqualTo(nanos);
  }

  @Test
  void whomNobodyKnows_isNotHeard() {
    FakeIncoming head =
        new FakeIncoming().with("weft-timeout-ms", "1").with("traceparent", "00-1-2-01");
    RequestContext stranger = RequestContext.of(head, 10, null, 1_000);
    assertThat(stranger.hops()).isZero();
    assertThat(stranger.deadlineNanos()).isZero();
    assertThat(stranger.traceparent()).isEqualTo("00-1-2-01");
  }

  @ParameterizedTest
  @CsvSource({"7, 7", "'', 0", "x, 0", "-1, 0", "2147483648, 2147483647", "99999999999, 0"})
  void hopsAreANumber(String said, int hops) {
    assertThat(RequestContext.hops(new FakeIncoming().with("weft-hops", said))).isEqualTo(hops);
  }

  @Test
  void isOnThisThread_untilTheRequestIsOver() {
    assertThat(RequestContext.current()).isSameAs(context);
    context.end();
    assertThat(RequestContext.current()).isNull();
  }

  @Test
  void onesWithinOthers_giveBackWhatWasThere() {
    RequestContext inner = RequestContext.of(new FakeIncoming(), 0, null, 0);
    Object entered = inner.enter();
    assertThat(RequestContext.current()).isSameAs(inner);
    RequestContext.leave(entered);
    assertThat(RequestContext.current()).isSameAs(context);
  }

  @Test
  void aThreadInherits_asLongAsTheRequestLasts() throws Exception {
    FutureTask<RequestContext> first = new FutureTask<>(RequestContext::current);
    new Thread(first).start();
    assertThat(first.get()).isSameAs(context);

    FutureTask<RequestContext> late = new FutureTask<>(RequestContext::current);
    Thread waiting = new Thread(late);
    context.end();
    waiting.start();
    assertThat(late.get()).isNull();
  }

  /** Whoever's task comes next would be taken for this request's. */
  @Test
  void threadsOfPoolsInheritNothing() throws Exception {
    Callable<Boolean> known = () -> RequestContext.current() != null;
    ExecutorService cached = Executors.newCachedThreadPool();
    ExecutorService factory = Executors.newFixedThreadPool(1, task -> new Thread(task, "own"));
    ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
    ForkJoinPool stealing = new ForkJoinPool(1);
    try {
      assertThat(cached.submit(known).get()).isFalse();
      assertThat(factory.submit(known).get()).isFalse();
      assertThat(scheduled.schedule(known, 1, TimeUnit.MILLISECONDS).get()).isFalse();
      assertThat(stealing.submit(known).get()).isFalse();
    } finally {
      for (ExecutorService pool : new ExecutorService[] {cached, factory, scheduled, stealing}) {
        pool.shutdown();
      }
    }
  }

  /** The thread that a pool's own task starts is that task's child. */
  @Test
  void aThreadOfAPoolHasChildrenToo() throws Exception {
    FutureTask<RequestContext> ofRunnable = new FutureTask<>(RequestContext::current);
    FutureTask<RequestContext> ofForked = new FutureTask<>(RequestContext::current);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    ForkJoinPool stealing = new ForkJoinPool(1);
    try {
      pool.execute(() -> startWithin(ofRunnable));
      stealing.execute(() -> startWithin(ofForked));
      assertThat(ofRunnable.get()).isSameAs(context);
      assertThat(ofForked.get()).isSameAs(context);
    } finally {
      pool.shutdown();
      stealing.shutdown();
    }
  }

  private void startWithin(Runnable child) {
    Object before = context.enter();
    new Thread(child).start();
    RequestContext.leave(before);
  }
}
