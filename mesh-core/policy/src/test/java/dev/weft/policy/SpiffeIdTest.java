package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiffeIdTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  @Test
  void parsesWhatItPrints() {
    assertThat(ORDERS.toString()).isEqualTo("spiffe://weft.internal/ns/default/sa/orders");
    assertThat(SpiffeId.parse(ORDERS.toString())).isEqualTo(ORDERS);
    assertThat(SpiffeId.parse("spiffe://a-b_c.d/ns/" + "n".repeat(63) + "/sa/0")).isNotNull();
    assertThat(ORDERS.sniHost()).isEqualTo("orders.default.weft.internal");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe://",
        "spiffe://weft.internal",
        "spiffe:///ns/default/sa/orders",
        "SPIFFE://weft.internal/ns/default/sa/orders",
        "spiffe://Weft.internal/ns/default/sa/orders",
        "spiffe://.weft/ns/default/sa/orders",
        "spiffe://weft.internal:80/ns/default/sa/orders",
        "spiffe://user@weft.internal/ns/default/sa/orders",
        "spiffe://weft.internal/ns/default/sa/",
        "spiffe://weft.internal/ns//sa/orders",
        "spiffe://weft.internal/ns/default/sa/orders/",
        "spiffe://weft.internal/ns/default/sa/orders/x",
        "spiffe://weft.internal/ns/default/sa/orders?x=1",
        "spiffe://weft.internal/ns/default/sa/orders#x",
        "spiffe://weft.internal/ns/default/sa/ORDERS",
        "spiffe://weft.internal/ns/default/sa/-orders",
        "spiffe://weft.internal/ns/default/sa/orders-",
        "spiffe://weft.internal/ns/default/sa/or_ders",
        "spiffe://weft.internal/ns/default/sa/or%64ers",
        "spiffe://weft.internal/ns/default/sa/..",
        "spiffe://weft.internal/sa/orders/ns/default",
        "spiffe://weft.internal/ns/default/sa/orders ",
        "spiffe://weft.internal/ns/default/sa/orders\n",
        "spiffe://weft.internal/ns/../sa/orders",
        " spiffe://weft.internal/ns/default/sa/orders",
        "spiffe://weft.internal//ns/default/sa/orders",
        "https://weft.internal/ns/default/sa/orders",
        "spiffe://weft.internal/ns/default/sa/örders",
        "spiffe://weft.internal/ns/default/sa/orders\u0000"
      })
  void parsesNothingElse(String text) {
    assertThat(SpiffeId.parse(text)).isNull();
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThat(SpiffeId.parse("spiffe://w/ns/" + "n".repeat(64) + "/sa/s")).isNull();
    assertThat(SpiffeId.parse("spiffe://" + "w".repeat(256) + "/ns/n/sa/s")).isNull();
    assertThat(SpiffeId.parse("spiffe://" + "w".repeat(255) + "/ns/n/sa/s")).isNotNull();
    assertThat(SpiffeId.parse(null)).isNull();
  }

  @Test
  void refusesPartsThatItWouldNotParse() {
    assertThatThrownBy(() -> new SpiffeId("weft.internal", "default", "Orders"))
        .hasMessage("service: \"Orders\" (expected: a DNS-1123 label)");
    assertThatThrownBy(() -> new SpiffeId("weft.internal", "", "orders"))
        .hasMessageStartingWith("namespace: \"\"");
    assertThatThrownBy(() -> new SpiffeId("weft/internal", "default", "orders"))
        .hasMessageStartingWith("trust domain: \"weft/internal\"");
  }
}
