package dev.weft.engine;

import static dev.weft.engine.TestService.MILLI;
import static dev.weft.engine.TestService.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy.Balancing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * One of ten instances is bad for a minute and then heals, at 200 requests a second in fake time,
 * with overlapping answers of 5 to 15 ms. Retried once on another endpoint within the budget.
 */
class OneBadOfTenTest {
  private static final int BAD = 3;
  private static final long GAP = 5 * MILLI;

  private record Answer(long at, Endpoint endpoint, long begun, boolean good, Call call) {}

  private static final class Call {
    final Permit permit;
    final List<Endpoint> tried = new ArrayList<>();

    Call(Permit permit) {
      this.permit = permit;
    }
  }

  private final PriorityQueue<Answer> underWay =
      new PriorityQueue<>(Comparator.comparingLong(Answer::at));
  private final ArrayDeque<Integer> recent = new ArrayDeque<>();
  private int calls;
  private int failed;
  private int hurt;

  @ParameterizedTest
  @EnumSource(value = Balancing.class, mode = Mode.EXCLUDE, names = "CONSISTENT_HASH")
  void callersHardlyNotice_andItsShareComesBack(Balancing type) {
    TestService service = new TestService(10, TestService.balancing(type));
    run(service, 60 * SECOND, false);
    assertThat(failed).isZero();
    assertThat(share()).as("share while all is well").isBetween(0.07, 0.13);

    calls = 0;
    hurt = 0;
    run(service, 60 * SECOND, true);
    assertThat(1 - (double) failed / calls).isGreaterThanOrEqualTo(0.999);
    assertThat(hurt).as("attempts that met the bad one: five in a row, then probes").isLessThan(40);
    assertThat(share()).isLessThan(0.01);

    calls = 0;
    failed = 0;
    run(service, 60 * SECOND, false);
    assertThat(failed).isZero();
    assertThat(share()).as("share within a minute of being healed").isBetween(0.07, 0.13);

    while (!underWay.isEmpty()) {
      answer(service, underWay.remove(), false);
    }
    for (int i = 0; i < 10; i++) {
      assertThat(service.at(i).outstanding()).isZero();
    }
  }

  /** The bad one's share of the last 3,000 attempts. */
  private double share() {
    return recent.stream().filter(number -> number == BAD).count() / (double) recent.size();
  }

  private void run(TestService service, long nanos, boolean bad) {
    for (long until = service.time.now() + nanos; service.time.now() < until; ) {
      long next = service.time.now() + GAP;
      while (!underWay.isEmpty() && underWay.peek().at <= next) {
        Answer answer = underWay.remove();
        service.time.advance(Math.max(0, answer.at - service.time.now()));
        answer(service, answer, bad);
      }
      service.time.advance(Math.max(0, next - service.time.now()));
      calls++;
      attempt(service, new Call(service.pool.admit(service.time.now())), bad);
    }
  }

  private void attempt(TestService service, Call call, boolean bad) {
    Endpoint picked = service.pick(TestService.trying(call.tried.toArray(new Endpoint[0])));
    assertThat(picked).isNotNull();
    call.tried.add(picked);
    picked.begin();
    int number = TestService.number(picked);
    recent.add(number);
    if (recent.size() > 3_000) {
      recent.remove();
    }
    boolean good = !(bad && number == BAD);
    hurt += good ? 0 : 1;
    long now = service.time.now();
    // A bad one is quick to fail: that must not make it attractive.
    long rtt = good ? 5 * MILLI + service.time.random(10_000_000) : MILLI;
    underWay.add(new Answer(now + rtt, picked, now, good, call));
  }

  private void answer(TestService service, Answer answer, boolean bad) {
    long now = service.time.now();
    answer.endpoint.end(
        now, now - answer.begun, answer.good ? Endpoint.Outcome.SUCCESS : Endpoint.Outcome.FAILURE);
    if (answer.good) {
      answer.call.permit.success();
    } else if (answer.call.tried.size() <= 2 && answer.call.permit.tryRetry(now)) {
      attempt(service, answer.call, bad);
    } else {
      failed++;
      answer.call.permit.failure();
    }
  }
}
