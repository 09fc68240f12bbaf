package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EndpointTlsTest {
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  private final TestClock clock = new TestClock();
  private final TestCa ca = new TestCa("mesh", clock.instant());
  private final MeshTls shop = new MeshTls(clock, new TlsCounters(), null);
  private final MeshTls orders = new MeshTls(clock, new TlsCounters(), null);
  private final ClientTls toOrders = shop.client(ORDERS.sniHost(), Set.of(ORDERS));
  private EngineServer server;

  @BeforeEach
  void start() throws IOException {
    shop.install(ca.identity(SHOP));
    shop.install(TestCa.bundle(ca));
    ordersLiveFor(Duration.ofHours(1));
    orders.install(TestCa.bundle(ca));
    server = new EngineServer(orders);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void ordersLiveFor(Duration life) {
    KeyPair keys = Keys.newKeyPair();
    orders.install(ca.identity(keys, ca.leaf(keys.getPublic(), ORDERS).life(life).issue()));
  }

  private void call(Client client, EndpointTls endpoint) throws IOException {
    try (Client.Connection connection = client.connect(endpoint, server)) {
      assertThat(connection.ask()).startsWith(SHOP.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void isOver_withTheCertificateThatItHasSeen(Client client) throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    assertThat(endpoint.over()).as("before any connection").isFalse();
    call(client, endpoint);
    clock.advance(Duration.ofMinutes(59));
    assertThat(endpoint.over()).isFalse();
    clock.advance(Duration.ofMinutes(1));
    assertThat(endpoint.over()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void isOver_withTheFirstOfSeveral(Client client) throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    call(client, endpoint);
    ordersLiveFor(Duration.ofHours(10));
    call(client, endpoint);
    clock.advance(Duration.ofHours(1));
    assertThat(endpoint.over()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aShorterLifeThatIsSeenLater_counts(Client client) throws Exception {
    ordersLiveFor(Duration.ofHours(10));
    EndpointTls endpoint = toOrders.endpoint();
    call(client, endpoint);
    assertThat(endpoint.over()).isFalse();
    ordersLiveFor(Duration.ofHours(1));
    call(client, endpoint);
    clock.advance(Duration.ofHours(1));
    assertThat(endpoint.over()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aResumedSession_isTheCertificatesThatItWasMadeWith(Client client) throws Exception {
    call(client, toOrders.endpoint());
    long seen = shop.counters().chainsVerified() + shop.counters().chainsFromCache();
    EndpointTls another = toOrders.endpoint();
    call(client, another);
    assertThat(shop.counters().chainsVerified() + shop.counters().chainsFromCache())
        .as("resumed")
        .isEqualTo(seen);
    clock.advance(Duration.ofHours(1));
    assertThat(another.over()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void next_asksForTheCertificateAnew(Client client) throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    call(client, endpoint);
    clock.advance(Duration.ofMinutes(61));
    EndpointTls next = endpoint.next();
    assertThatThrownBy(() -> call(client, next))
        .as("no session of the ended one is resumed")
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("nobody any more");
    ordersLiveFor(Duration.ofHours(10));
    call(client, next);
    assertThat(next.over()).isFalse();
    assertThat(endpoint.over()).isTrue();
  }

  @Test
  void aFailedHandshake_saysNothing() throws Exception {
    EndpointTls wrong =
        shop.client("pay.default.weft.internal", Set.of(new SpiffeId("weft.internal", "d", "pay")))
            .endpoint();
    for (Client client : Client.values()) {
      assertThatThrownBy(() -> call(client, wrong)).isInstanceOf(SSLException.class);
    }
    clock.advance(Duration.ofHours(1));
    assertThat(wrong.over()).isFalse();
  }

  @Test
  void manyHandshakesThatNeverEnd_areForgotten_andTheNewestStillCounts() throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    for (int i = 0; i < 100; i++) {
      endpoint.engine("127.0.0.1", server.port());
    }
    call(Client.ENGINE, endpoint);
    clock.advance(Duration.ofHours(1));
    assertThat(endpoint.over()).isTrue();
  }
}
