package dev.weft.engine;

import static dev.weft.engine.TestService.MILLI;
import static dev.weft.engine.TestService.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Endpoint.Health;
import dev.weft.engine.Endpoint.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EjectionTest {
  /** S good, F bad, T 429, I made by the mesh, C cancelled. */
  @ParameterizedTest
  @CsvSource({
    "FFFF, READY",
    "FFFFF, EJECTED",
    "FFFFSFFFF, READY",
    "SSSSSSSSSSFFFFF, EJECTED",
    "FSFFFFF, EJECTED",
    "FFFFTF, READY",
    "TTTTTTTT, READY",
    "IIIIIIII, READY",
    "CCCCCCCC, READY",
    "FFFFICF, EJECTED",
  })
  void outcomes_leadTo(String outcomes, Health expected) {
    TestService service = new TestService(3);

    for (char outcome : outcomes.toCharArray()) {
      Endpoint first = service.at(0);
      if (outcome == 'C') {
        first.begin();
        first.endUnobserved();
      } else {
        service.end(first, outcome(outcome));
      }
    }

    assertThat(service.at(0).health()).isEqualTo(expected);
    assertThat(service.at(0).outstanding()).isZero();
    service.time.advance(SECOND);
    service.at(1).begin(); // both others are loaded: the first is picked if it may be
    service.at(2).begin();
    boolean throttled = outcomes.indexOf('T') >= 0;
    assertThat(service.picked().contains(0)).isEqualTo(expected == Health.READY && !throttled);
  }

  @Test
  void anEjectedEndpoint_isTriedOnceAfterItsTime_andIsBackIfThatWentWell() {
    TestService service = new TestService(3);
    service.fail(0, 5);

    service.time.advance(10 * SECOND - MILLI);
    assertThat(service.at(0).health()).isEqualTo(Health.EJECTED);
    service.time.advance(10 * MILLI);
    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);

    Endpoint probe = service.pick();
    assertThat(probe).isEqualTo(service.at(0));
    assertThat(IntStream.range(0, 100).mapToObj(i -> service.pick()))
        .as("nobody else tries it meanwhile")
        .doesNotContain(probe);
    service.end(probe, Outcome.SUCCESS);

    assertThat(service.at(0).health()).isEqualTo(Health.READY);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2);
    service.fail(0, 4);
    assertThat(service.at(0).health()).as("it starts afresh").isEqualTo(Health.READY);
  }

  @Test
  void eachBadProbe_doublesTheTime_upTo300s_andAGoodOneBringsItBackTo10s() {
    TestService service = new TestService(3);
    service.fail(0, 5);

    for (long seconds : List.of(10, 20, 40, 80, 160, 300, 300)) {
      service.time.advance(seconds * SECOND - MILLI);
      assertThat(service.at(0).health()).isEqualTo(Health.EJECTED);
      service.time.advance(10 * MILLI);
      assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
      service.end(service.pick(), Outcome.FAILURE);
      assertThat(service.at(0).health()).isEqualTo(Health.EJECTED);
    }

    service.time.advance(301 * SECOND);
    service.end(service.pick(), Outcome.SUCCESS);
    service.fail(0, 5);
    service.time.advance(10 * SECOND + 10 * MILLI);
    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
  }

  @Test
  void aThousandProbesThatAreCancelled_leaveNothingStuck() {
    TestService service = new TestService(2);
    service.fail(0, 5);
    service.time.advance(11 * SECOND);

    for (int i = 0; i < 1_000; i++) {
      Endpoint probe = service.pick();
      assertThat(probe).isEqualTo(service.at(0));
      if (i % 2 == 0) {
        probe.begin();
        probe.endUnobserved();
      } else {
        probe.unused();
      }
    }

    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
    assertThat(service.at(0).outstanding()).isZero();
    service.end(service.pick(), Outcome.SUCCESS);
    assertThat(service.at(0).health()).isEqualTo(Health.READY);
    assertThat(service.time.timers()).isZero();
  }

  @Test
  void aProbeEndsOnce_whateverIsReportedAfterwards() {
    TestService service = new TestService(2);
    service.fail(0, 5);
    service.time.advance(11 * SECOND);
    Endpoint probe = service.pick();

    service.end(probe, Outcome.FAILURE);
    service.end(probe, Outcome.SUCCESS);
    probe.unused();

    assertThat(service.at(0).health()).isEqualTo(Health.EJECTED);
  }

  @Test
  void callsBegunBeforeTheEjection_decideNothingAboutTheProbation() {
    TestService service = new TestService(2);
    List<Endpoint> earlier = List.of(service.at(0), service.at(0));
    service.fail(0, 5);
    service.end(earlier.get(0), Outcome.SUCCESS);
    assertThat(service.at(0).health()).isEqualTo(Health.EJECTED);
    service.time.advance(11 * SECOND);

    service.end(earlier.get(1), Outcome.SUCCESS);
    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
    Endpoint probe = service.pick();
    service.end(earlier.get(1), Outcome.FAILURE);
    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
    service.end(probe, Outcome.SUCCESS);
    assertThat(service.at(0).health()).isEqualTo(Health.READY);
  }

  @Test
  void aProbeThatNeverEnds_isReplacedAfterAWhile_andThenCountsNoMore() {
    TestService service = new TestService(2);
    service.fail(0, 5);
    service.time.advance(11 * SECOND);
    Endpoint streaming = service.pick();

    service.time.advance(29 * SECOND);
    assertThat(service.pick()).isNotEqualTo(streaming);
    service.time.advance(2 * SECOND);
    Endpoint second = service.pick();
    assertThat(second).isEqualTo(streaming);

    service.end(streaming, Outcome.FAILURE);
    assertThat(service.at(0).health()).isEqualTo(Health.PROBE);
    service.end(second, Outcome.SUCCESS);
    assertThat(service.at(0).health()).isEqualTo(Health.READY);
  }

  @Test
  void aRetry_isNoProbe_unlessThereIsNothingElse() {
    TestService service = new TestService(2);
    service.fail(0, 5);
    service.time.advance(11 * SECOND);

    assertThat(service.pick(TestService.trying(service.at(1)))).isEqualTo(service.at(1));

    service.at(1).becomeUnreachable();
    assertThat(service.pick(TestService.trying(service.at(1)))).isEqualTo(service.at(0));
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 1", "3, 1", "4, 2", "10, 5", "11, 5"})
  void ofSoMany_soManyAreEjected(int instances, int ejected) {
    TestService service = new TestService(instances);

    for (int i = 0; i < instances; i++) {
      service.fail(i, 20);
    }

    assertThat(ejected(service, instances)).isEqualTo(ejected);
    assertThat(service.picked()).hasSize(instances - ejected);
  }

  @Test
  void maxEjectionPercent_isHonoured_atLeastOneButNotTheLast_0IsNever() {
    assertThat(ejectedWith(TestService.ejection(null, 100), 10)).isEqualTo(9);
    assertThat(ejectedWith(TestService.ejection(null, 1), 10)).isEqualTo(1);
    assertThat(ejectedWith(TestService.ejection(null, 0), 10)).isZero();
    assertThat(ejectedWith(TestService.ejection(0, 100), 10)).isZero();
    assertThat(ejectedWith(TestService.ejection(21, 100), 10)).isZero();
    assertThat(ejectedWith(TestService.ejection(20, 100), 10)).isEqualTo(9);
  }

  @Test
  void theLastOneThatIsOfAnyUse_isNotEjected() {
    TestService service = new TestService(4);
    service.at(0).becomeUnreachable();
    service.at(1).becomeUnreachable();
    service.at(2).becomeUnreachable();

    service.fail(3, 50);

    assertThat(service.at(3).health()).isEqualTo(Health.READY);
  }

  @Test
  void whenAllTheOthersAreGone_theEjectedOneIsUsed_andByRetriesToo() {
    TestService service = new TestService(2);
    service.fail(0, 5);
    service.instances(1);

    Endpoint only = service.pick();
    assertThat(only).isEqualTo(service.at(0));
    assertThat(service.pick(TestService.trying(only)))
        .as("what it answers is the application's, not that of a mesh that has nobody left")
        .isEqualTo(only);

    service.time.advance(11 * SECOND);
    Endpoint probe = service.pick();
    assertThat(service.pick(TestService.trying(probe))).as("on probation").isEqualTo(only);
  }

  @Test
  void whoCannotBeReached_isTriedOnceACall() {
    TestService service = new TestService(1);
    service.at(0).becomeUnreachable();

    Endpoint only = service.pick();
    assertThat(only).isEqualTo(service.at(0));
    assertThat(service.pick(TestService.trying(only))).isNull();
  }

  @Test
  void panic_usesAllOfThem_whenFewerThanThePercentageAreFit() {
    TestService service = new TestService(4, TestService.panic(60));
    service.fail(0, 5);
    assertThat(service.picked()).as("75 %% are fit").containsExactlyInAnyOrder(1, 2, 3);

    service.fail(1, 5);
    assertThat(service.picked()).as("50 %% are fit").containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void aChangedPolicy_keepsWhatWasSeen() {
    TestService service = new TestService(3);
    service.fail(0, 5);
    service.at(1).becomeUnreachable();

    Pool changed = service.service.pool(Map.of(), -1, TestService.ejection(7, 80));

    assertThat(changed.pick(Pick.ANY, service.time.now())).isEqualTo(service.at(2));
    service.time.advance(11 * SECOND);
    Endpoint probe = changed.pick(Pick.ANY, service.time.now());
    assertThat(probe).isEqualTo(service.at(0));
    service.end(probe, Outcome.SUCCESS);
    assertThat(service.at(0).health()).as("also for the old pool").isEqualTo(Health.READY);
  }

  @Test
  void anInstanceThatLeaves_andOneOfTheSameNumberThatComes_haveNothingInCommon() {
    TestService service = new TestService(3);
    service.fail(2, 5);
    service.instances(2);
    service.instances(3);

    assertThat(service.at(2).health()).isEqualTo(Health.READY);
    service.time.advance(11 * SECOND);
    assertThat(service.at(2).health()).isEqualTo(Health.READY);
  }

  private static int ejectedWith(Traffic traffic, int instances) {
    TestService service = new TestService(instances, traffic);
    for (int i = 0; i < instances; i++) {
      service.fail(i, 20);
    }
    return ejected(service, instances);
  }

  private static int ejected(TestService service, int instances) {
    Set<Health> out = Set.of(Health.EJECTED);
    return (int)
        IntStream.range(0, instances).filter(i -> out.contains(service.at(i).health())).count();
  }

  private static Outcome outcome(char letter) {
    switch (letter) {
      case 'S':
        return Outcome.SUCCESS;
      case 'F':
        return Outcome.FAILURE;
      case 'T':
        return Outcome.THROTTLED;
      default:
        return Outcome.IGNORED;
    }
  }
}
