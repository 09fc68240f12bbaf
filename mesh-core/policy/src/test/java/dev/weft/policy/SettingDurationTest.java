package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingDurationTest {
  @ParameterizedTest
  @CsvSource({
    "250ms, PT0.25S",
    "3s, PT3S",
    "10m, PT10M",
    "24h, PT24H",
    "30d, P30D",
    "1h30m, PT1H30M",
    "0s, PT0S",
    "999999999d, P999999999D"
  })
  void reads(String text, Duration duration) {
    assertThat(SettingDuration.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3",
        "s",
        "-3s",
        "+3s",
        "3 s",
        " 3s",
        "3s ",
        "3S",
        "1.5s",
        "3x",
        "3ss",
        "1h30",
        "3us",
        "٣s",
        "1000000000s",
        "99999999999999999999s"
      })
  void refuses(String text) {
    assertThat(SettingDuration.parse(text)).isNull();
  }

  @Test
  void nothingIsNone() {
    assertThat(SettingDuration.parse("")).isNull();
  }
}
