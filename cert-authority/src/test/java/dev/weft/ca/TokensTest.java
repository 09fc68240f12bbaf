package dev.weft.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.JoinToken;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TokensTest {
  private static final String PIN = "A".repeat(43);
  private final SettableClock clock = new SettableClock();
  private final MemoryStores.Tokens store = new MemoryStores.Tokens();
  private final Tokens tokens = new Tokens(store, () -> PIN, clock, new SecureRandom());

  private String orders(Duration ttl, int uses) {
    return tokens.create("default", "orders", ttl, uses).text();
  }

  private static TokenRecord take(
      Tokens from, String text, String namespace, String service, boolean loopback)
      throws TokenRefused {
    Tokens.Grant grant = from.check(text, namespace, service, loopback);
    grant.take();
    return grant.token();
  }

  private void refused(TokenRefused.Code code, String part, String... textNsService) {
    assertThatThrownBy(
            () -> take(tokens, textNsService[0], textNsService[1], textNsService[2], false))
        .isInstanceOfSatisfying(
            TokenRefused.class, refused -> assertThat(refused.code()).isEqualTo(code))
        .hasMessageContaining(part);
  }

  @Test
  void grantsItsServiceOnly() throws Exception {
    String text = orders(Duration.ofDays(30), Tokens.UNLIMITED);

    assertThat(take(tokens, text, "default", "orders", false).service()).isEqualTo("orders");
    assertThat(take(tokens, text, "default", "orders", true).usesLeft()).isEqualTo(-1);
    refused(TokenRefused.Code.NOT_GRANTED, "not for default/payments", text, "default", "payments");
    refused(TokenRefused.Code.NOT_GRANTED, "not for other/orders", text, "other", "orders");
    refused(TokenRefused.Code.NOT_GRANTED, "DNS-1123", text, "default", "Orders");
    refused(TokenRefused.Code.NOT_GRANTED, "DNS-1123", text, "default", "orders/../payments");
  }

  @Test
  void wrongSecretAndUnknownIdLookAlike() {
    JoinToken token = JoinToken.parse(orders(Duration.ofDays(1), Tokens.UNLIMITED));
    String wrongSecret = new JoinToken(PIN, token.id(), "B".repeat(43)).text();
    String unknown = new JoinToken(PIN, "0".repeat(16), token.secret()).text();

    refused(TokenRefused.Code.BAD_TOKEN, "unknown, revoked, or", wrongSecret, "default", "orders");
    refused(TokenRefused.Code.BAD_TOKEN, "unknown, revoked, or", unknown, "default", "orders");
    refused(
        TokenRefused.Code.BAD_TOKEN,
        "the join token is not valid: its second part",
        "weft1.x.y.z",
        "default",
        "orders");
    refused(
        TokenRefused.Code.BAD_TOKEN,
        "the join token is not valid: it has more than",
        "x".repeat(100_000),
        "default",
        "orders");
  }

  @Test
  void guesses_costTheStoreNothing() throws Exception {
    JoinToken token = JoinToken.parse(orders(Duration.ofDays(1), Tokens.UNLIMITED));
    store.asked = 0;
    for (int i = 0; i < 1_000; i++) {
      String id = String.format("%016x", i);
      refused(
          TokenRefused.Code.BAD_TOKEN,
          "unknown",
          new JoinToken(PIN, id, token.secret()).text(),
          "default",
          "orders");
      refused(
          TokenRefused.Code.BAD_TOKEN,
          "wrong secret",
          new JoinToken(PIN, token.id(), "B".repeat(43)).text(),
          "default",
          "orders");
    }
    assertThat(store.asked).as("once, in no time").isEqualTo(1);
  }

  @Test
  void whatAnotherCoordinatorMakesAndRevokes_countsHere() throws Exception {
    Tokens other = new Tokens(store, () -> PIN, clock, new SecureRandom());
    String first = other.create("default", "orders", Duration.ofDays(1), -1).text();
    assertThat(take(tokens, first, "default", "orders", false).service()).isEqualTo("orders");
    String second = other.create("default", "orders", Duration.ofDays(1), -1).text();
    clock.advance(Duration.ofMillis(KnownTokens.INTERVAL_MILLIS));
    assertThat(take(tokens, second, "default", "orders", false).service()).isEqualTo("orders");

    other.revoke(JoinToken.parse(first).id());
    refused(TokenRefused.Code.BAD_TOKEN, "unknown, revoked", first, "default", "orders");
    clock.advance(Duration.ofDays(-1));
    String third = other.create("default", "orders", Duration.ofDays(1), -1).text();
    assertThat(take(tokens, third, "default", "orders", false).service())
        .as("after a clock that was set back")
        .isEqualTo("orders");
  }

  @Test
  void expires() throws Exception {
    String text = orders(Duration.ofHours(1), Tokens.UNLIMITED);
    clock.advance(Duration.ofMinutes(59));
    take(tokens, text, "default", "orders", false);
    clock.advance(Duration.ofMinutes(1));

    refused(TokenRefused.Code.BAD_TOKEN, "expired", text, "default", "orders");
  }

  @Test
  void checkSpendsNoUseAndTakeDoes() throws Exception {
    String text = orders(Duration.ofHours(1), 2);
    tokens.check(text, "default", "orders", false);
    take(tokens, text, "default", "orders", false);
    take(tokens, text, "default", "orders", false);

    refused(TokenRefused.Code.BAD_TOKEN, "uses are spent", text, "default", "orders");
    assertThat(tokens.list()).singleElement().extracting(TokenRecord::usesLeft).isEqualTo(0);
  }

  @Test
  void usesAreCountedAcrossThreads() throws Exception {
    String text = orders(Duration.ofHours(1), 7);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> attempts = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        attempts.add(
            () -> {
              try {
                take(tokens, text, "default", "orders", false);
                return true;
              } catch (TokenRefused e) {
                return false;
              }
            });
      }
      int granted = 0;
      for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
        granted += attempt.get() ? 1 : 0;
      }
      assertThat(granted).isEqualTo(7);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void ofTwoThatWereGrantedTheLastUse_oneHasIt() throws Exception {
    String text = orders(Duration.ofHours(1), 1);
    Tokens.Grant one = tokens.check(text, "default", "orders", false);
    Tokens.Grant other = tokens.check(text, "default", "orders", false);
    one.take();
    assertThatThrownBy(other::take)
        .isInstanceOf(TokenRefused.class)
        .hasMessageContaining("uses are spent");
  }

  @Test
  void developersTokenIsForAnyServiceButOnlyOnThisMachine() throws Exception {
    String text = tokens.createDevelopers(Duration.ofDays(90)).text();

    take(tokens, text, "default", "orders", true);
    take(tokens, text, "billing", "payments", true);
    refused(
        TokenRefused.Code.NOT_LOOPBACK, "coordinator's machine only", text, "default", "orders");
    assertThat(tokens.isDevelopers(text, Duration.ofDays(30))).isTrue();
    assertThat(tokens.isDevelopers(text, Duration.ofDays(91))).isFalse();
    assertThat(tokens.isDevelopers(orders(Duration.ofDays(90), -1), Duration.ofDays(1))).isFalse();
  }

  @Test
  void nobodyBecomesTheMeshItself() {
    String text = tokens.createDevelopers(Duration.ofDays(1)).text();

    assertThatThrownBy(() -> take(tokens, text, "weft-system", "coordinator", true))
        .isInstanceOf(TokenRefused.class)
        .hasMessageContaining("any service outside weft-system");
    assertThatThrownBy(() -> tokens.create("weft-system", "coordinator", Duration.ofDays(1), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the mesh's own");
  }

  @Test
  void revokedIsUnknown() {
    String text = orders(Duration.ofDays(1), -1);

    assertThat(tokens.revoke(JoinToken.parse(text).id())).isTrue();
    assertThat(tokens.revoke(JoinToken.parse(text).id())).isFalse();
    refused(TokenRefused.Code.BAD_TOKEN, "unknown, revoked", text, "default", "orders");
  }

  @Test
  void expiredTokensAreSwept() {
    orders(Duration.ofHours(1), -1);
    orders(Duration.ofDays(10), -1);
    clock.advance(Duration.ofDays(2));

    assertThat(tokens.sweep()).isEqualTo(1);
    assertThat(store.all).hasSize(1);
  }

  @Test
  void secretIsNotStoredOrPrinted() {
    JoinToken token = JoinToken.parse(orders(Duration.ofDays(1), -1));

    assertThat(token.toString()).doesNotContain(token.secret());
    assertThat(store.all.get(token.id()).token().secretHash()).hasSize(32);
  }

  @Test
  void argumentsAreChecked() {
    assertThatThrownBy(() -> tokens.create("default", "orders", Duration.ZERO, -1))
        .hasMessageContaining("ttl: PT0S");
    assertThatThrownBy(() -> tokens.create("default", "orders", Duration.ofDays(1), 0))
        .hasMessageContaining("uses: 0");
    assertThatThrownBy(() -> tokens.create("default", "a_b", Duration.ofDays(1), 1))
        .hasMessageContaining("service: \"a_b\"");
    assertThatThrownBy(() -> granting(List.of("10.8.0.0/16", "everywhere")))
        .hasMessageContaining("addresses: not a range");
    assertThatThrownBy(() -> granting(Collections.nCopies(17, "10.8.0.0/16")))
        .hasMessageContaining("addresses: 17 ranges (expected: at most 16)");
  }

  @Test
  void addressesAreOfTheToken_howeverOftenItIsUsed() throws Exception {
    String text = granting(List.of("10.8.0.0/16")).text();
    assertThat(take(tokens, text, "default", "orders", false).addresses())
        .containsExactly("10.8.0.0/16");
    assertThat(take(tokens, text, "default", "orders", false).addresses())
        .containsExactly("10.8.0.0/16");
    assertThat(take(tokens, orders(Duration.ofDays(1), 1), "default", "orders", false).addresses())
        .isEmpty();
  }

  private JoinToken granting(List<String> addresses) {
    return tokens.create("default", "orders", Duration.ofDays(1), 2, addresses);
  }

  @Test
  void pinsAreOfTokensThatCanStillBeUsed() throws Exception {
    JoinToken once = tokens.create("default", "orders", Duration.ofHours(2), 1);
    assertThat(tokens.pins()).containsExactly(PIN);
    take(tokens, once.text(), "default", "orders", false);
    assertThat(tokens.pins()).as("used up").isEmpty();
    tokens.create("default", "orders", Duration.ofHours(1), Tokens.UNLIMITED);
    assertThat(tokens.pins()).containsExactly(PIN);
    clock.advance(Duration.ofHours(1));
    assertThat(tokens.pins()).as("expired").isEmpty();
  }
}
