package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import dev.weft.wire.Json;
import dev.weft.wire.Revoked;
import java.io.IOException;
import java.net.Socket;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates that are believed no more, on both sides of a connection. */
class RevocationTest {
  private static final Instant NOW = new TestClock().instant();
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  private final TestClock clock = new TestClock();
  private final TestCa ca = new TestCa("mesh", NOW);
  private final MeshTls shop = new MeshTls(clock, new TlsCounters(), null);
  private final MeshTls orders = new MeshTls(clock, new TlsCounters(), null);
  private final ClientTls toOrders = shop.client(ORDERS.sniHost(), Set.of(ORDERS));
  private final CountDownLatch hungUp = new CountDownLatch(1);
  private final Runnable hangUp = hungUp::countDown;
  private EngineServer server;

  @BeforeEach
  void start() throws IOException {
    shop.install(ca.identity(SHOP));
    shop.install(TestCa.bundle(ca));
    orders.install(ca.identity(ORDERS));
    orders.install(TestCa.bundle(ca));
    server = new EngineServer(orders, () -> orders.serverEngine(hangUp));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private TrustBundle revoking(Revoked... revoked) throws CertificateException {
    return TrustBundle.of(1, TestCa.der(ca.root), List.of(revoked));
  }

  private static Revoked certificate(MeshTls of) {
    return Revoked.certificate(of.identity().certificate().getSerialNumber().toString(16));
  }

  private static Revoked allOf(SpiffeId id, Instant before) {
    return Revoked.service(id.namespace(), id.service(), before.toEpochMilli());
  }

  @ParameterizedTest
  @EnumSource
  void theCallee_endsConnectionsOfARevokedCaller(Client client) throws Exception {
    try (Client.Connection connection = client.connect(toOrders, server)) {
      assertThat(connection.ask()).startsWith(SHOP.toString());

      assertThat(orders.install(revoking(certificate(shop)))).isTrue();

      assertThat(hungUp.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(orders.counters().connectionsRevoked()).isEqualTo(1);
      assertThatThrownBy(connection::ask).isInstanceOf(IOException.class);
      connection.abandon();
    }
    assertThatThrownBy(
            () -> {
              try (Client.Connection again = client.connect(toOrders, server)) {
                again.ask();
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(orders.counters().peersRefused()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void theCaller_leavesARevokedCallee(Client client) throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    Client.Connection connection = client.connect(endpoint, server);
    assertThat(connection.ask()).startsWith(SHOP.toString());
    assertThat(endpoint.over()).isFalse();

    shop.install(revoking(certificate(orders)));

    assertThat(endpoint.over()).isTrue();
    assertThat(shop.counters().connectionsRevoked()).isEqualTo(1);
    assertThatThrownBy(connection::ask).isInstanceOf(IOException.class);
    connection.abandon();
    assertThatThrownBy(() -> client.connect(endpoint.next(), server))
        .hasStackTraceContaining("was revoked");

    orders.install(ca.identity(ORDERS));
    EndpointTls next = endpoint.next();
    try (Client.Connection again = client.connect(next, server)) {
      assertThat(again.ask()).startsWith(SHOP.toString());
      assertThat(next.over()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void others_goOn(Client client) throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    try (Client.Connection connection = client.connect(endpoint, server)) {
      connection.ask();
      TrustBundle others =
          revoking(
              Revoked.certificate("1"),
              allOf(new SpiffeId("weft.internal", "prod", "shop"), NOW.plusSeconds(9)),
              allOf(SHOP, NOW.minusSeconds(600)));
      shop.install(others);
      orders.install(others);
      assertThat(connection.ask()).startsWith(SHOP.toString());
      assertThat(endpoint.over()).isFalse();
    }
    assertThat(hungUp.getCount()).isEqualTo(1);
  }

  @Test
  void aServices_areThoseThatBeginBefore() throws Exception {
    Instant begin = shop.identity().notBefore();
    Revocations exactly = Revocations.of(List.of(allOf(SHOP, begin)));
    Revocations after =
        Revocations.of(List.of(allOf(SHOP, begin), allOf(SHOP, begin.plusMillis(1))));
    assertThat(exactly.contains(shop.identity().certificate(), SHOP)).isFalse();
    assertThat(after.contains(shop.identity().certificate(), SHOP)).isTrue();
    assertThat(after.contains(orders.identity().certificate(), ORDERS)).isFalse();
  }

  /** As the authority makes serial numbers: 01, the second, the lineage, the certificate. */
  private String serial(Instant begin, String lineage, String certificate) {
    return String.format("01%010x", begin.getEpochSecond()) + lineage + certificate;
  }

  private X509Certificate shops(String serial) {
    return ca.leaf(Keys.newKeyPair().getPublic(), SHOP).serial(serial).issue();
  }

  @Test
  void withACertificate_goesItsWholeLineage() throws Exception {
    Revocations revoked =
        Revocations.of(
            List.of(Revoked.certificate(serial(NOW, "a1a2a3a4a5a6", "00000000000000ff"))));
    assertThat(revoked.contains(shops(serial(NOW, "a1a2a3a4a5a6", "f000000000000000")), SHOP))
        .isTrue();
    assertThat(revoked.contains(shops(serial(NOW, "a1a2a3a4a5a7", "00000000000000ff")), SHOP))
        .isFalse();
    // What renews one of an earlier version has its last octets.
    Revocations old =
        Revocations.of(List.of(Revoked.certificate("fedcba9876543210fedca1a2a3a4a5a6")));
    assertThat(old.contains(shops("fedcba9876543210fedca1a2a3a4a5a6"), SHOP)).isTrue();
    assertThat(old.contains(shops(serial(NOW, "a1a2a3a4a5a6", "f000000000000000")), SHOP)).isTrue();
    assertThat(old.contains(shops("fedcba9876543210fedca1a2a3a4a5a7"), SHOP)).isFalse();
  }

  @Test
  void aServicesLineages_beginWithTheirFirst() throws Exception {
    Revocations revoked = Revocations.of(List.of(allOf(SHOP, NOW)));
    Instant before = NOW.minusSeconds(1);
    X509Certificate late =
        ca.leaf(Keys.newKeyPair().getPublic(), SHOP)
            .serial(serial(before, "a1a2a3a4a5a6", "0000000000000001"))
            .from(NOW)
            .issue();
    assertThat(revoked.contains(late, SHOP)).as("it renews an earlier one").isTrue();
    assertThat(revoked.contains(shops(serial(NOW, "a1a2a3a4a5a6", "0000000000000001")), SHOP))
        .isFalse();
  }

  @Test
  void whoseOwnIsRevoked_isNobodyUntilTheNext() throws Exception {
    shop.install(revoking(certificate(shop)));
    assertThat(shop.unready()).isEqualTo("this process's certificate was revoked");
    assertThatThrownBy(() -> Client.SOCKET.connect(toOrders, server))
        .hasStackTraceContaining("was revoked");
    shop.install(ca.identity(SHOP));
    assertThat(shop.ready()).isTrue();
  }

  @Test
  void theSameAgain_isNothingNew() throws Exception {
    Revoked one = certificate(shop);
    assertThat(orders.install(revoking(one))).isTrue();
    assertThat(orders.install(revoking(one))).isFalse();
    assertThat(orders.install(revoking(one, allOf(SHOP, NOW)))).isTrue();
    assertThat(orders.install(revoking())).as("a list that became shorter").isTrue();
  }

  /** A peer that does not read must not hold up whoever tells of the revocation. */
  @Test
  void aSocketThatIsBusyWriting_isClosedAtOnce() throws Exception {
    EndpointTls endpoint = toOrders.endpoint();
    try (Socket socket = endpoint.layer(server.dial(), 20_000)) {
      CountDownLatch failed = new CountDownLatch(1);
      Thread writer =
          new Thread(
              () -> {
                try {
                  while (true) {
                    // No line end: the server answers nothing, and its buffer has a limit.
                    socket.getOutputStream().write(new byte[1 << 16]);
                  }
                } catch (IOException e) {
                  failed.countDown();
                }
              });
      writer.setDaemon(true);
      writer.start();
      shop.install(revoking(certificate(orders)));
      assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatWasRevoked_isKeptWithTheIdentity() throws Exception {
    KeyPair keys = Keys.newKeyPair();
    Identity identity = ca.identity(keys, ca.leaf(keys.getPublic(), SHOP).issue());
    TrustBundle bundle = revoking(Revoked.certificate("a1"), allOf(ORDERS, NOW));
    Map<String, Object> tree = Json.parseObject(Json.bytes(SavedIdentity.tree(identity, bundle)));
    assertThat(SavedIdentity.bundle(tree, 1).saysTheSameAs(bundle)).isTrue();
    tree.put("revoked", List.of(Map.of("ns", "default")));
    assertThatThrownBy(() -> SavedIdentity.bundle(tree, 1))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("revoked.service");
  }

  @Test
  void whatCannotBeRead_isRefused_notIgnored() {
    assertThatThrownBy(() -> Revocations.of(List.of(Revoked.certificate("xyz"))))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("revoked[0].serial: xyz");
  }
}
