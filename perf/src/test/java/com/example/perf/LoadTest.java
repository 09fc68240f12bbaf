package com.example.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static final Duration NONE = Duration.ZERO;
  private static final Duration SHORT = Duration.ofMillis(50);

  private final AtomicInteger going = new AtomicInteger();

  /** Answers as told, on the caller's thread. */
  private static class Scripted implements Caller {
    final AtomicInteger calls = new AtomicInteger();
    final boolean async;

    Scripted(boolean async) {
      this.async = async;
    }

    @Override
    public void call(String path) throws Exception {
      calls.incrementAndGet();
    }

    @Override
    public boolean isAsync() {
      return async;
    }

    @Override
    public CompletableFuture<Void> callAsync(String path) {
      calls.incrementAndGet();
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void forgetSessions() {}
  }

  private Load load(Caller caller) {
    return new Load(caller, going::incrementAndGet);
  }

  @Test
  void open_callsAsOftenAsTheRateSays_whoeverWaits() throws Exception {
    for (boolean async : new boolean[] {true, false}) {
      Scripted caller = new Scripted(async);
      Outcome outcome = load(caller).open(1000, 4, NONE, SHORT);
      assertThat(caller.calls).hasValue(50);
      assertThat(outcome.requests()).isEqualTo(50);
      assertThat(outcome.errors()).isZero();
    }
    assertThat(going).hasValue(2);
  }

  @Test
  void open_callsBeforeTheMeasuredTimeAreNotCounted() throws Exception {
    Scripted caller = new Scripted(true);
    Outcome outcome = load(caller).open(1000, 4, SHORT, SHORT);
    assertThat(caller.calls).hasValue(100);
    assertThat(outcome.requests()).isEqualTo(50);
  }

  @Test
  void open_aCallThatHadToWaitForItsTurn_countsFromWhenItWasDue() throws Exception {
    Scripted caller =
        new Scripted(false) {
          @Override
          public void call(String path) {
            if (calls.incrementAndGet() == 1) {
              long until = System.nanoTime() + Duration.ofMillis(30).toNanos();
              while (System.nanoTime() < until) {
                Thread.onSpinWait();
              }
            }
          }
        };
    // One caller: while the first call takes 30 ms, 29 others become due.
    Outcome outcome = load(caller).open(1000, 1, NONE, SHORT);
    assertThat(outcome.requests()).isEqualTo(50);
    // Seen from the calls' own begin only one of them would be slow, and the median near zero.
    assertThat(outcome.p50Nanos()).isGreaterThan(Duration.ofMillis(4).toNanos());
  }

  @Test
  void failedCalls_areErrorsAndNoLatencies() throws Exception {
    Scripted caller =
        new Scripted(true) {
          @Override
          public void call(String path) throws IOException {
            if (calls.incrementAndGet() % 2 == 0) {
              throw new IOException("every other");
            }
          }

          @Override
          public CompletableFuture<Void> callAsync(String path) {
            return calls.incrementAndGet() % 2 == 0
                ? CompletableFuture.failedFuture(new IOException("every other"))
                : CompletableFuture.completedFuture(null);
          }
        };
    Outcome connections = load(caller).connections(10, true);
    assertThat(connections.requests()).isEqualTo(5);
    assertThat(connections.errors()).isEqualTo(5);
    Outcome open = load(caller).open(1000, 4, NONE, SHORT);
    assertThat(open.requests()).isEqualTo(25);
    assertThat(open.errors()).isEqualTo(25);
  }

  @Test
  void closed_countsWhatWasAnswered() throws Exception {
    Scripted caller = new Scripted(false);
    // On a busy machine a thread may need longer than SHORT for its first call.
    Duration second = Duration.ofSeconds(1);
    Outcome outcome = load(caller).closed(2, NONE, second);
    assertThat(outcome.requests()).isPositive().isLessThanOrEqualTo(caller.calls.get());
    assertThat(outcome.nanos()).isEqualTo(second.toNanos());
  }

  @Test
  void counted_callsAsOftenAsTheLastMarkSays_andAnswersAtEach() throws Exception {
    Scripted caller =
        new Scripted(false) {
          @Override
          public void call(String path) throws IOException {
            if (calls.incrementAndGet() == 250) {
              throw new IOException("one of them");
            }
          }
        };
    List<Outcome> parts = new CopyOnWriteArrayList<>();
    parts.add(load(caller).counted(4, List.of(100, 300, 1000), parts::add));
    assertThat(caller.calls).hasValue(1000);
    assertThat(going).hasValue(1);
    assertThat(parts).hasSize(3);
    assertThat(parts.stream().mapToLong(Outcome::requests).sum()).isEqualTo(999);
    assertThat(parts.stream().mapToLong(Outcome::errors).sum()).isEqualTo(1);
  }

  @Test
  void counted_oneCaller_eachPartHasWhatCameSinceTheOneBefore() throws Exception {
    List<Outcome> parts = new ArrayList<>();
    parts.add(load(new Scripted(false)).counted(1, List.of(100, 300, 1000), parts::add));
    assertThat(parts).extracting(Outcome::requests).containsExactly(100L, 200L, 700L);
  }

  @Test
  void outcome_isReadAsItWasWritten() {
    Outcome outcome = new Outcome(1, 2, 3, 4, 5, 6);
    assertThat(Outcome.parse(outcome.line())).isEqualTo(outcome);
  }

  @Test
  void outcome_anythingElse_isRefused() {
    assertThatThrownBy(() -> Outcome.parse("go"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"go\"");
  }
}
