package dev.weft.engine;

import static dev.weft.engine.TestService.SECOND;
import static dev.weft.engine.TestService.hashed;
import static dev.weft.engine.TestService.trying;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy.Balancing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PickTest {
  @ParameterizedTest
  @EnumSource(Balancing.class)
  void anotherAttempt_goesToAnotherEndpoint_asLongAsThereIsOne(Balancing type) {
    TestService service = new TestService(5, TestService.balancing(type));
    for (int run = 0; run < 50; run++) {
      List<Endpoint> tried = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        tried.add(service.pick(trying(tried.toArray(new Endpoint[0]))));
      }
      assertThat(new HashSet<>(tried)).hasSize(5).doesNotContainNull();
      assertThat(service.pick(trying(tried.toArray(new Endpoint[0])))).as("then again").isNotNull();
    }
  }

  @Test
  void tiers_inTheirOrder() {
    TestService service = new TestService(5);
    service.service.update(
        List.of(
            TestService.member(0, Endpoint.Standing.READY),
            TestService.member(1, Endpoint.Standing.SUSPECT),
            TestService.member(2, Endpoint.Standing.READY),
            TestService.member(3, Endpoint.Standing.READY),
            TestService.member(4, Endpoint.Standing.DRAINING)));
    service.at(2).becomeUnreachable();
    service.fail(3, 5);

    assertThat(service.picked()).containsExactly(0);
    assertThat(service.pick(trying(service.at(0)))).isEqualTo(service.at(1));
    assertThat(service.pick(trying(service.at(0), service.at(1)))).isEqualTo(service.at(0));

    service.at(0).becomeUnreachable();
    assertThat(service.picked()).containsExactly(1);
    service.at(1).becomeUnreachable();
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2);
    Endpoint[] unreachable = {service.at(0), service.at(1), service.at(2)};
    assertThat(service.pick(trying(unreachable))).isEqualTo(service.at(3));
    assertThat(service.pick(trying(service.at(0), service.at(1), service.at(2), service.at(3))))
        .as("who can be reached is asked again")
        .isEqualTo(service.at(3));
  }

  @Test
  void labels_selectMembers_andAppIsWhatTheCertificateSays() {
    TestService service = new TestService(3);

    assertThat(numbers(service, Map.of("number", "1"))).containsExactly(1);
    assertThat(numbers(service, Map.of("app", "orders", "number", "2"))).containsExactly(2);
    assertThat(numbers(service, Map.of("app", "payments"))).isEmpty();
    assertThat(numbers(service, Map.of("number", "9"))).isEmpty();
    Pool none = service.service.pool(Map.of("number", "9"), -1, Traffic.DEFAULT);
    assertThat(none.pick(Pick.ANY, service.time.now())).isNull();
    assertThat(Decision.nobody(none, "canary[0]"))
        .isEqualTo(
            Decision.unavailable(
                "canary[0]", "no instance has the labels that the route asks for"));
  }

  @Test
  void poolsOfTheSame_areTheSame_howeverTheyAreAskedFor() {
    TestService service = new TestService(1);
    assertThat(service.service.pool(Map.of(), 80, Traffic.DEFAULT)).isSameAs(service.pool);
    assertThat(service.service.pool(new HashMap<>(), -1, Traffic.of(List.of())))
        .isSameAs(service.pool);
  }

  @Test
  void howeverManyPoolsAreAskedFor_onlySomeAreRemembered_andTheOldOnesStillWork() {
    TestService service = new TestService(2);
    for (int port = 1_000; port < 2_000; port++) {
      assertThat(service.service.pool(Map.of(), port, Traffic.DEFAULT).isEmpty()).isTrue();
    }
    service.instances(3);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2);
    service.fail(2, 5);
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void aNewInstance_isEasedIn_butNotWhenAllAreNew() {
    TestService service = new TestService(9, TestService.balancing(Balancing.RANDOM));
    assertThat(share(service, 8)).isBetween(0.09, 0.13);

    service.time.advance(60 * SECOND);
    service.instances(10);
    service.time.advance(3 * SECOND);
    assertThat(share(service, 9)).isBetween(0.005, 0.02);
    service.time.advance(12 * SECOND);
    assertThat(share(service, 9)).isBetween(0.04, 0.07);
    service.time.advance(15 * SECOND);
    assertThat(share(service, 9)).isBetween(0.08, 0.12);
  }

  @Test
  void aPoolAskedForLater_doesNotTakeOldInstancesForNew() {
    TestService service = new TestService(2, TestService.balancing(Balancing.RANDOM));
    service.service.pool(Map.of("number", "0"), -1, Traffic.DEFAULT);
    service.time.advance(10 * SECOND);

    Pool later = service.service.pool(Map.of(), -1, TestService.balancing(Balancing.ROUND_ROBIN));
    int[] picked = new int[2];
    for (int i = 0; i < 100; i++) {
      picked[TestService.number(later.pick(Pick.ANY, service.time.now()))]++;
    }
    assertThat(picked).containsExactly(50, 50);
  }

  @Test
  void theSameHash_goesToTheSameInstance_whoeverComesAndGoesElsewhere() {
    TestService service = new TestService(10, TestService.balancing(Balancing.CONSISTENT_HASH));
    Map<Long, Integer> before = owners(service);
    assertThat(new HashSet<>(before.values())).hasSize(10);
    assertThat(owners(service)).isEqualTo(before);

    service.instances(11);
    Map<Long, Integer> after = owners(service);
    after.forEach((hash, owner) -> assertThat(owner).isIn(before.get(hash), 10));
    assertThat(after.values()).contains(10);

    service.instances(10);
    assertThat(owners(service)).isEqualTo(before);
  }

  @Test
  void whoseInstanceIsOut_goesToTheNextOnTheRing_alwaysTheSame_andComesBack() {
    TestService service = new TestService(10, TestService.balancing(Balancing.CONSISTENT_HASH));
    Map<Long, Integer> before = owners(service);
    service.fail(3, 5);
    service.at(4).becomeUnreachable();

    Map<Long, Integer> meanwhile = owners(service);
    before.forEach(
        (hash, owner) -> {
          if (owner == 3 || owner == 4) {
            assertThat(meanwhile.get(hash)).isNotIn(3, 4);
          } else {
            assertThat(meanwhile.get(hash)).isEqualTo(owner);
          }
        });
    assertThat(owners(service)).isEqualTo(meanwhile);

    service.at(4).becomeReachable();
    service.time.advance(11 * SECOND);
    long itsOwn =
        before.entrySet().stream().filter(e -> e.getValue() == 3).findAny().get().getKey();
    long another =
        before.entrySet().stream().filter(e -> e.getValue() == 7).findAny().get().getKey();
    assertThat(service.pick(hashed(another))).as("it tries nobody else's").isEqualTo(service.at(7));
    service.end(service.pick(hashed(itsOwn)), Endpoint.Outcome.SUCCESS);
    assertThat(owners(service)).isEqualTo(before);
  }

  @Test
  void anotherAttemptOfTheSameHash_isAlwaysAtTheSameSecond() {
    TestService service = new TestService(10, TestService.balancing(Balancing.CONSISTENT_HASH));
    for (long hash = 0; hash < 50; hash++) {
      Endpoint first = service.pick(hashed(hash));
      Set<Endpoint> seconds = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        seconds.add(service.pick(hashed(hash, first)));
      }
      assertThat(seconds).hasSize(1).doesNotContain(first);
    }
  }

  @Test
  void withoutAHash_chanceDecides() {
    TestService service = new TestService(4, TestService.balancing(Balancing.CONSISTENT_HASH));
    assertThat(service.picked()).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  private static Map<Long, Integer> owners(TestService service) {
    Map<Long, Integer> owners = new HashMap<>();
    for (long hash = 0; hash < 500; hash++) {
      Endpoint picked = service.pick(hashed(hash));
      assertThat(picked).isNotNull();
      owners.put(hash, TestService.number(picked));
    }
    return owners;
  }

  private static Set<Integer> numbers(TestService service, Map<String, String> labels) {
    Set<Integer> numbers = new HashSet<>();
    for (Endpoint endpoint : service.service.pool(labels, -1, Traffic.DEFAULT).endpoints()) {
      numbers.add(TestService.number(endpoint));
    }
    return numbers;
  }

  private static double share(TestService service, int number) {
    int mine = 0;
    for (int i = 0; i < 20_000; i++) {
      mine += TestService.number(service.pick()) == number ? 1 : 0;
    }
    return mine / 20_000.0;
  }
}
