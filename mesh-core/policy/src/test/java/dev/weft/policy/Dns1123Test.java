package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Dns1123Test {
  private static final String SIXTY_THREE = "a".repeat(63);

  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "orders", "orders-2", "a--b", "1st"})
  void labels(String name) {
    assertThat(Dns1123.isLabel(name)).isTrue();
    assertThat(Dns1123.isSubdomain(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-a", "a-", "Orders", "order_service", "a b", "ä", "a/b", "a\n", "..", "٣"})
  void neither(String name) {
    assertThat(Dns1123.isLabel(name)).isFalse();
    assertThat(Dns1123.isSubdomain(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b", "orders.v2.internal", "0.1"})
  void subdomainsThatAreNoLabels(String name) {
    assertThat(Dns1123.isLabel(name)).isFalse();
    assertThat(Dns1123.isSubdomain(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {".", ".a", "a.", "a..b", "a.-b", "a-.b"})
  void subdomainsWithBadParts(String name) {
    assertThat(Dns1123.isSubdomain(name)).isFalse();
  }

  @org.junit.jupiter.api.Test
  void lengths() {
    assertThat(Dns1123.isLabel(SIXTY_THREE)).isTrue();
    assertThat(Dns1123.isLabel(SIXTY_THREE + "a")).isFalse();
    String longest = (SIXTY_THREE + ".").repeat(3) + "a".repeat(61);
    assertThat(longest).hasSize(253);
    assertThat(Dns1123.isSubdomain(longest)).isTrue();
    assertThat(Dns1123.isSubdomain(longest + "a")).isFalse();
  }
}
