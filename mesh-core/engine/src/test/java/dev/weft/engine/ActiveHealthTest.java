package dev.weft.engine;

import static dev.weft.engine.TestService.SECOND;
import static dev.weft.engine.TestService.hashed;
import static dev.weft.engine.TestService.trying;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Surroundings.Finding;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ActiveHealthTest {
  /** Answers as it is told, at once or later, and remembers who was asked. */
  private static final class Prober implements Surroundings.Prober {
    final Set<Integer> ill = new HashSet<>();
    final List<Integer> asked = new ArrayList<>();
    final List<String> changes = new ArrayList<>();
    final List<Consumer<Finding>> held = new ArrayList<>();
    Finding illness = Finding.UNHEALTHY;
    boolean holding;

    @Override
    public void ask(Endpoint endpoint, ActiveCheck check, Consumer<Finding> told) {
      int number = TestService.number(endpoint);
      asked.add(number);
      if (holding) {
        held.add(told);
      } else {
        told.accept(ill.contains(number) ? illness : Finding.HEALTHY);
      }
    }

    @Override
    public void changed(Endpoint endpoint, ActiveCheck check, Finding because) {
      changes.add(TestService.number(endpoint) + " " + because);
    }
  }

  private final Prober prober = new Prober();

  private TestService service(int instances) {
    return service(instances, 2, 2, 0, Balancing.PEAK_EWMA);
  }

  private TestService service(
      int instances, int unhealthy, int healthy, int panic, Balancing type) {
    return new TestService(
        instances, TestService.activeCheck(unhealthy, healthy, panic, type), prober);
  }

  /** Calls all the time, which is what makes the checks go on. */
  private static void live(TestService service, int seconds) {
    for (int i = 0; i < seconds * 10; i++) {
      service.pick().unused();
      service.time.advance(SECOND / 10);
    }
  }

  @Test
  void whoFailsOftenEnough_isLeftAlone_untilItIsWellOftenEnough() {
    TestService service = service(3);
    prober.ill.add(1);

    live(service, 2);
    assertThat(service.picked()).as("one failure is not two").containsExactlyInAnyOrder(0, 1, 2);
    live(service, 4);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 2);
    assertThat(service.at(1).health()).isEqualTo(Endpoint.Health.READY);

    prober.ill.clear();
    live(service, 6);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(prober.changes).containsExactly("1 UNHEALTHY", "1 HEALTHY");
  }

  @Test
  void onlyFailuresInARowCount() {
    TestService service = service(2, 3, 1, 0, Balancing.PEAK_EWMA);
    for (int i = 0; i < 5; i++) {
      prober.ill.add(1);
      while (timesAsked(1) < 2) {
        live(service, 1);
      }
      prober.ill.clear();
      prober.asked.clear();
      live(service, 5);
      prober.asked.clear();
    }
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1);
    assertThat(prober.changes).isEmpty();
  }

  private int timesAsked(int number) {
    return (int) prober.asked.stream().filter(asked -> asked == number).count();
  }

  @Test
  void nobodyIsAskedBeforeTheFirstCall_norLongAfterTheLast() {
    TestService service = service(2);
    service.time.advance(100 * SECOND);
    assertThat(prober.asked).isEmpty();
    assertThat(service.time.timers()).isZero();

    prober.ill.add(0);
    live(service, 10);
    assertThat(service.picked()).containsExactly(1);
    service.time.advance(100 * SECOND);
    assertThat(service.time.timers()).as("nothing goes on for ever").isZero();
    prober.asked.clear();
    service.time.advance(100 * SECOND);
    assertThat(prober.asked).isEmpty();

    assertThat(service.picked()).as("forgotten").containsExactlyInAnyOrder(0, 1);
    live(service, 10);
    assertThat(service.picked()).as("asked again").containsExactly(1);
  }

  @Test
  void theyAreAskedInTurn_spreadOverTheInterval_andNotTooMany() {
    TestService service = service(4);
    service.pick().unused();
    service.time.advance(SECOND / 10);
    assertThat(prober.asked).as("not all at once").containsExactly(0);
    live(service, 20);
    assertThat(prober.asked.subList(0, 8)).containsExactly(0, 1, 2, 3, 0, 1, 2, 3);
    assertThat(prober.asked).hasSizeBetween(34, 41);

    TestService crowd = service(5_000);
    prober.asked.clear();
    live(crowd, 10);
    assertThat(prober.asked).hasSizeLessThanOrEqualTo(1_001).doesNotHaveDuplicates();
  }

  @Test
  void whoHasNotAnsweredYet_isNotAskedAgain_andALateAnswerCountsOnce() {
    TestService service = service(1, 1, 1, 0, Balancing.PEAK_EWMA);
    prober.holding = true;
    live(service, 20);
    assertThat(prober.asked).hasSize(1);

    prober.held.get(0).accept(Finding.UNHEALTHY);
    live(service, 5);
    assertThat(prober.asked).hasSize(2);
    assertThat(prober.changes).containsExactly("0 UNHEALTHY");
  }

  @Test
  void whatCouldNotBeAsked_saysNothing() {
    TestService service = service(2, 1, 1, 0, Balancing.PEAK_EWMA);
    prober.ill.add(0);
    prober.illness = Finding.NOT_ASKED;
    live(service, 10);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1);
    assertThat(prober.changes).isEmpty();
  }

  @Test
  void allFailing_isBetterThanNobody_eachBeforeAnyoneAgain() {
    TestService service = service(3);
    prober.ill.addAll(Set.of(0, 1, 2));
    live(service, 10);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(service.pick(trying(service.at(0), service.at(1)))).isEqualTo(service.at(2));
    assertThat(service.pick(trying(service.at(0), service.at(1), service.at(2)))).isNotNull();
  }

  @Test
  void belowThePanicThreshold_allAreUsed() {
    TestService service = service(4, 1, 1, 50, Balancing.PEAK_EWMA);
    prober.ill.addAll(Set.of(0, 1));
    live(service, 10);
    assertThat(service.picked()).as("half of them is not less").containsExactlyInAnyOrder(2, 3);
    prober.ill.add(2);
    live(service, 10);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void withAHash_itsOwnerIsPassedOver_andComesBack() {
    TestService service = service(5, 1, 1, 0, Balancing.CONSISTENT_HASH);
    Endpoint owner = service.pick(hashed(42));
    assertThat(owner).isNotNull();
    prober.ill.add(TestService.number(owner));
    live(service, 10);
    assertThat(service.pick(hashed(42))).isNotNull().isNotEqualTo(owner);
    prober.ill.clear();
    live(service, 10);
    assertThat(service.pick(hashed(42))).isEqualTo(owner);
  }

  @Test
  void onlyPoliciesThatAsk_heedTheAnswer_andThoseThatAskTheSameShareIt() {
    TestService service = service(2, 1, 1, 0, Balancing.PEAK_EWMA);
    prober.ill.add(0);
    live(service, 10);
    Pool other = service.service.pool(Map.of(), -1, Traffic.DEFAULT);
    Pool same =
        service.service.pool(
            Map.of(), -1, TestService.activeCheck(1, 1, 0, Balancing.LEAST_REQUEST));
    assertThat(numbers(service, other)).containsExactlyInAnyOrder(0, 1);
    assertThat(numbers(service, same)).containsExactly(1);
  }

  private static Set<Integer> numbers(TestService service, Pool pool) {
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      Endpoint picked = pool.pick(Pick.ANY, service.time.now());
      if (picked != null) {
        picked.unused();
        numbers.add(TestService.number(picked));
      }
    }
    return numbers;
  }

  @Test
  void theLastOneWhoseChecksSucceed_isNotEjected() {
    TestService service = service(2, 1, 1, 0, Balancing.PEAK_EWMA);
    prober.ill.add(0);
    live(service, 10);
    service.fail(1, 5);
    assertThat(service.picked()).containsExactly(1);
  }

  @Test
  void whoHasLeft_isForgotten() {
    TestService service = service(2, 1, 1, 0, Balancing.RANDOM);
    prober.ill.add(1);
    live(service, 10);
    service.instances(1);
    live(service, 10);
    prober.ill.clear();
    prober.holding = true;
    service.instances(2);
    assertThat(service.picked()).as("somebody new").containsExactlyInAnyOrder(0, 1);
  }
}
