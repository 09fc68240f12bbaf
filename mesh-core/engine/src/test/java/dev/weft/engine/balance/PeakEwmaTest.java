package dev.weft.engine.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PeakEwmaTest {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000 * MILLI;
  private final PeakEwma load = new PeakEwma(0, 30 * MILLI, 10 * SECOND);

  @Test
  void atFirst_30ms() {
    assertThat(load.cost(0)).isEqualTo(30.0 * MILLI);
  }

  @Test
  void aSlowAnswer_isBelievedAtOnce_andForgottenByAndBy() {
    load.begin();
    load.end(SECOND, 400 * MILLI);

    assertThat(load.cost(SECOND)).isEqualTo(400.0 * MILLI);
    assertThat(load.cost(11 * SECOND)).isEqualTo(400.0 * MILLI / Math.E, within(1.0));
    load.begin();
    load.end(11 * SECOND, MILLI);
    assertThat(load.cost(11 * SECOND)).isEqualTo(400.0 * MILLI / Math.E, within(1.0));
  }

  @Test
  void lookingAtIt_changesNothing() {
    double cost = load.cost(5 * SECOND);
    load.cost(3 * SECOND);
    load.cost(60 * SECOND);
    assertThat(load.cost(5 * SECOND)).isEqualTo(cost);
  }

  @Test
  void whatIsOutstanding_multiplies() {
    load.begin();
    load.begin();
    assertThat(load.cost(0)).isEqualTo(90.0 * MILLI);
    load.endUnobserved();
    assertThat(load.cost(0)).isEqualTo(60.0 * MILLI);
    assertThat(load.outstanding()).isEqualTo(1);
  }

  @Test
  void aClockThatIsReadLate_doesNotRunBackwards() {
    load.begin();
    load.end(10 * SECOND, 50 * MILLI);
    load.begin();
    load.end(9 * SECOND, MILLI);
    assertThat(load.cost(10 * SECOND)).isEqualTo(50.0 * MILLI);
  }
}
