package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> KNOWN = List.of("mtls", "portLevelMtls", "selector");

  @Test
  void oneLetterOff() {
    assertThat(Nearest.of("mtl", KNOWN)).isEqualTo("mtls");
    assertThat(Nearest.of("mlts", KNOWN)).as("swapped").isEqualTo("mtls");
    assertThat(Nearest.of("selectors", KNOWN)).isEqualTo("selector");
  }

  @Test
  void letterCaseAside() {
    assertThat(Nearest.of("portlevelMTLS", KNOWN)).isEqualTo("portLevelMtls");
  }

  @Test
  void nothingClose() {
    assertThat(Nearest.of("hostnames", KNOWN)).isNull();
    assertThat(Nearest.of("x", KNOWN)).isNull();
    assertThat(Nearest.of("", KNOWN)).isNull();
    assertThat(Nearest.of("selector".repeat(1000), KNOWN)).isNull();
    assertThat(Nearest.of("mtls", List.of())).isNull();
  }
}
