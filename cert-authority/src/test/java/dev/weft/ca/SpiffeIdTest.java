package dev.weft.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiffeIdTest {
  @Test
  void readsWhatItWrites() {
    SpiffeId id = new SpiffeId("weft.internal", "default", "orders");

    assertThat(id.uri()).isEqualTo("spiffe://weft.internal/ns/default/sa/orders");
    assertThat(SpiffeId.parse(id.uri())).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://weft.internal/ns/default/sa/orders/",
        "spiffe://weft.internal/ns/default/sa/orders?x=1",
        "spiffe://weft.internal/ns/default/sa/Orders",
        "spiffe://weft.internal/ns/default/sa/-orders",
        "spiffe://weft.internal/ns/../sa/orders",
        "spiffe://weft.internal:443/ns/default/sa/orders",
        "spiffe://user@weft.internal/ns/default/sa/orders",
        "SPIFFE://weft.internal/ns/default/sa/orders",
        "spiffe://weft.internal/ns/default/sa/orders\n",
        "https://weft.internal/ns/default/sa/orders",
        "spiffe:///ns/default/sa/orders",
        ""
      })
  void nothingMoreLenient(String uri) {
    assertThatThrownBy(() -> SpiffeId.parse(uri)).isInstanceOf(IllegalArgumentException.class);
  }
}
