package dev.weft.engine.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BalancerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int PICKS = 40_000;
  private final IntUnaryOperator random = new Random(11)::nextInt;

  record Kind(String name, Function<IntUnaryOperator, Balancer> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(
        new Kind("PeakEwma", Balancer::peakEwma),
        new Kind("LeastRequest", Balancer::leastRequest),
        new Kind("RoundRobin", Balancer::roundRobin),
        new Kind("Random", Balancer::random));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void equalOnes_getEqualShares(Kind kind) {
    Fake[] all = fakes(4);

    picks(kind, all, e -> false, 0, null);

    for (Fake one : all) {
      assertThat((double) one.picked / PICKS).isBetween(0.23, 0.27);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theAvoidedOnes_areAvoided_andIfThatIsAll_nobodyIsPicked(Kind kind) {
    Fake[] all = fakes(50);

    picks(kind, all, e -> e != all[17], 0, null);
    assertThat(all[17].picked).isEqualTo(PICKS);

    Balancer balancer = kind.make.apply(random);
    assertThat(balancer.pick(all, (Fake e) -> true, 0, null)).isNull();
    assertThat(balancer.pick(new Fake[0], (Fake e) -> false, 0, null)).isNull();
    assertThat(balancer.pick(fakes(1), (Fake e) -> true, 0, null)).isNull();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aNewOne_isEasedIn_byItsAge(Kind kind) {
    // In 30 s the newest of ten goes from a tenth of an equal share to all of it.
    for (Map.Entry<Long, Double> expected :
        Map.of(0L, 0.1, 3L, 0.1, 15L, 0.5, 24L, 0.8, 30L, 1.0, 100L, 1.0).entrySet()) {
      Fake[] all = fakes(10);
      all[9].born = 1_000 * SECOND;
      double equal = expected.getValue() / (9 + expected.getValue());

      picks(kind, all, e -> false, 1_000 * SECOND + expected.getKey() * SECOND, easing(all));

      assertThat((double) all[9].picked / PICKS)
          .as("after %d s", expected.getKey())
          .isBetween(equal * 0.8, equal * 1.25);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void oneOfTwo_isEasedInToo(Kind kind) {
    Fake[] all = fakes(2);
    all[1].born = 1_000 * SECOND;

    picks(kind, all, e -> false, 1_003 * SECOND, easing(all));

    assertThat((double) all[1].picked / PICKS).isBetween(0.06, 0.16);
  }

  @Test
  void allNewAlike_orAllOldEnough_needNoEasing() {
    Fake[] all = fakes(3);
    assertThat(Easing.of(all, 30 * SECOND)).isNull();
    all[2].born = 5 * SECOND;
    assertThat(Easing.of(all, 0)).isNull();
    Easing easing = Easing.of(all, 30 * SECOND);
    assertThat(easing).isNotNull();
    assertThat(easing.active(34 * SECOND)).isTrue();
    assertThat(easing.active(36 * SECOND)).isFalse();
  }

  @Test
  void roundRobin_givesEachItsTurn() {
    Fake[] all = fakes(3);
    Balancer balancer = Balancer.roundRobin(bound -> 0);

    for (int i = 0; i < 9; i++) {
      assertThat(balancer.pick(all, (Fake e) -> false, 0, null)).isSameAs(all[i % 3]);
    }
  }

  @Test
  void ofTwo_theOneWithLessToDo_orTheQuickerOne() {
    Fake[] all = fakes(2);
    all[0].outstanding = 3;
    all[1].cost = 10;
    for (int i = 0; i < 100; i++) {
      assertThat(Balancer.leastRequest(random).pick(all, (Fake e) -> false, 0, null))
          .isSameAs(all[1]);
      assertThat(Balancer.peakEwma(random).pick(all, (Fake e) -> false, 0, null)).isSameAs(all[0]);
    }
  }

  private void picks(
      Kind kind,
      Fake[] all,
      Avoid<Fake> avoid,
      long now,
      @org.jspecify.annotations.Nullable Easing easing) {
    Balancer balancer = kind.make.apply(random);
    for (int i = 0; i < PICKS; i++) {
      Fake picked = balancer.pick(all, avoid, now, easing);
      assertThat(picked).isNotNull();
      picked.picked++;
    }
  }

  private static @org.jspecify.annotations.Nullable Easing easing(Fake[] all) {
    return Easing.of(all, 30 * SECOND);
  }

  private static Fake[] fakes(int count) {
    Fake[] fakes = new Fake[count];
    for (int i = 0; i < count; i++) {
      fakes[i] = new Fake();
    }
    return fakes;
  }

  private static final class Fake implements Candidate {
    double cost = 1;
    int outstanding;
    long born;
    int picked;

    @Override
    public double cost(long nowNanos) {
      return cost;
    }

    @Override
    public int outstanding() {
      return outstanding;
    }

    @Override
    public long bornNanos() {
      return born;
    }
  }
}
