package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.perf.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class YoungTest {
  private final Young young = new Young(List.of(100, 200, 400));

  /** So many requests that took so many microseconds of the client's CPU each. */
  private static Measurement of(long requests, double micros) {
    return new Measurement(
        new Outcome(requests, 1_000_000_000L, 0, 1, 1, 1), requests * micros / 1e6, 0, 0, 0, 0, 16);
  }

  private void round(LegKind leg, double first, double second, double third) {
    young.add(leg, List.of(of(100, first), of(100, second), of(200, third)));
  }

  @Test
  void ratio_isOfAllRequestsAfterTheMark_withinARound() {
    young.begin();
    round(LegKind.BY_HAND, 900, 100, 100);
    round(LegKind.WEFT, 9_000, 150, 120);
    young.begin();
    round(LegKind.BY_HAND, 900, 200, 200);
    round(LegKind.WEFT, 9_000, 200, 200);
    // 100 of 150 and 200 of 120 are 130 a request.
    assertThat(young.micros(LegKind.WEFT, 100).min()).isEqualTo(130);
    assertThat(young.ratio(LegKind.WEFT, LegKind.BY_HAND, 100))
        .isEqualTo(new Spread(1.15, 1.0, 1.3));
  }

  @Test
  void part_isTheOneThatEndsAtTheMark() {
    young.begin();
    round(LegKind.PLAIN_1, 900, 100, 50);
    assertThat(young.part(200).spread(LegKind.PLAIN_1, Measurement::micros).median())
        .isEqualTo(100);
    assertThat(young.part(200).has(LegKind.WEFT)).isFalse();
  }
}
