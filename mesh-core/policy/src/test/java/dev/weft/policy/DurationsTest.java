package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0s, 0",
    "0h0m0s, 0",
    "500ms, 500",
    "10s, 10000",
    "1h30m10s500ms, 5410500",
    "99999ms, 99999",
    "1s1s, 2000"
  })
  void gatewayAndGo(String text, long millis) {
    assertThat(Durations.GATEWAY.parse(text)).isEqualTo(Duration.ofMillis(millis));
    assertThat(Durations.GO.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1.5s, 1500000000",
    ".5s, 500000000",
    "250us, 250000",
    "1.5h, 5400000000000",
    "100ns, 100",
    "1.5ns, 1",
    "1µs, 1000",
    "100000ms, 100000000000"
  })
  void goOnly(String text, long nanos) {
    assertThat(Durations.GATEWAY.parse(text)).isNull();
    assertThat(Durations.GO.parse(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s",
        "10",
        "-1s",
        "1 s",
        "1S",
        "1d",
        "1s ",
        ".s",
        "1h1m1s1ms1h1m1s1ms",
        "999999999999h"
      })
  void neither(String text) {
    assertThat(Durations.GATEWAY.parse(text)).isNull();
    assertThat(Durations.GO.parse(text)).isNull();
  }
}
