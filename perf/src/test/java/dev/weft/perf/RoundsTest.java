package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.example.perf.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  /** One second, so many requests, no CPU worth mentioning. */
  private static Measurement of(long requests) {
    return new Measurement(new Outcome(requests, 1_000_000_000L, 0, 1, 1, 1), 0, 0, 0, 0, 0, 16);
  }

  private static Rounds rounds(long[]... perLeg) {
    Rounds rounds = new Rounds();
    for (long[] round : perLeg) {
      rounds.begin();
      for (int leg = 0; leg < round.length; leg++) {
        rounds.add(LegKind.values()[leg], of(round[leg]));
      }
    }
    return rounds;
  }

  @Test
  void ratio_isTakenWithinARound() {
    // The second round ran on a machine half as fast. Ratios of medians would hide that.
    Rounds rounds = rounds(new long[] {100, 110}, new long[] {50, 55}, new long[] {100, 90});
    Spread ratio = rounds.ratio(LegKind.PLAIN_2, LegKind.PLAIN_1, Measurement::perSecond);
    assertThat(ratio).isEqualTo(new Spread(1.1, 0.9, 1.1));
  }

  @Test
  void overPlain_dividesByTheMeanOfBothPlainLegs() {
    Rounds rounds = rounds(new long[] {90, 110, 50});
    assertThat(rounds.overPlain(LegKind.BY_HAND, Measurement::perSecond).median()).isEqualTo(0.5);
  }

  @Test
  void added_isWhatALegHasMoreThanPlaintext_inItsRound() {
    // The order of LegKind: both plaintext legs, by hand, Weft.
    Rounds rounds = rounds(new long[] {90, 110, 500, 140}, new long[] {200, 200, 400, 260});
    assertThat(rounds.addedToPlain(LegKind.WEFT, Measurement::perSecond))
        .isEqualTo(new Spread(50, 40, 60));
    assertThat(rounds.addedRatio(LegKind.WEFT, LegKind.BY_HAND, Measurement::perSecond))
        .isEqualTo(new Spread(0.2, 0.1, 0.3));
  }

  @Test
  void inOrder_everyOtherRoundIsBackwards() {
    assertThat(Rounds.inOrder(List.of(1, 2, 3), 0)).containsExactly(1, 2, 3);
    assertThat(Rounds.inOrder(List.of(1, 2, 3), 1)).containsExactly(3, 2, 1);
  }

  @Test
  void missingLeg_isNamed() {
    Rounds rounds = rounds(new long[] {90, 110});
    assertThatThrownBy(() -> rounds.overPlain(LegKind.WEFT, Measurement::perSecond))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("weft");
  }

  @Test
  void micros_areOfAllProcesses() {
    Measurement measurement =
        new Measurement(
            new Outcome(1000, 1_000_000_000L, 0, 1, 1, 1), 0.06, 0.04, 0.03, 0.02, 0, 16);
    assertThat(measurement.clientMicros()).isEqualTo(60);
    assertThat(measurement.serverMicros()).isEqualTo(40);
    assertThat(measurement.clientProxyMicros()).isEqualTo(30);
    assertThat(measurement.serverProxyMicros()).isEqualTo(20);
    assertThat(measurement.micros()).isEqualTo(150);
  }

  @Test
  void spread_medianOfAnEvenNumberIsBetweenTheTwo() {
    assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(2.5, 1, 4));
  }

  @Test
  void spread_ofNothing_isRefused() {
    assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
  }
}
