package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsTest {
  @ParameterizedTest
  @ValueSource(strings = {"app", "App_1.x", "app.kubernetes.io/name", "a/b", "0"})
  void keys(String key) {
    assertThat(Labels.isKey(key)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a-", "a/", "/a", "a/b/c", "UPPER.io/a", "a b", "*", "a*"})
  void notKeys(String key) {
    assertThat(Labels.isKey(key)).isFalse();
  }

  @Test
  void values() {
    assertThat(Labels.isValue("")).isTrue();
    assertThat(Labels.isValue("v1.2_rc-3")).isTrue();
    assertThat(Labels.isValue("x".repeat(63))).isTrue();
    assertThat(Labels.isValue("x".repeat(64))).isFalse();
    assertThat(Labels.isValue("a/b")).isFalse();
    assertThat(Labels.isValue("*")).isFalse();
    assertThat(Labels.isValue(".a")).isFalse();
  }

  @Test
  void theRecommendedLabelReadsApp() {
    Selector selector = new Selector(Map.of("app.kubernetes.io/name", "orders"));
    assertThat(selector.matches(Map.of("app", "orders"))).isTrue();
    assertThat(selector.matches(Map.of("app", "shop"))).isFalse();
  }

  @Test
  void aFreeLabelDoesNotStandInForTheCertificatesService() {
    Selector selector = new Selector(Map.of("app.kubernetes.io/name", "orders"));
    assertThat(selector.matches(Map.of("app", "shop", "app.kubernetes.io/name", "orders")))
        .isFalse();
  }

  @Test
  void everyLabelOfASelectorMustMatch() {
    Selector selector = new Selector(Map.of("app", "orders", "version", "v2"));
    assertThat(selector.matches(Map.of("app", "orders", "version", "v2", "zone", "a"))).isTrue();
    assertThat(selector.matches(Map.of("app", "orders", "version", "v1"))).isFalse();
    assertThat(selector.matches(Map.of("app", "orders"))).isFalse();
    assertThat(Selector.ALL.matches(Map.of())).isTrue();
  }
}
