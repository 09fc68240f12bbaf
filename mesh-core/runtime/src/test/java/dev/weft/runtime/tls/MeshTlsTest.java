package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mesh TLS between two processes' worth of {@link MeshTls}, over real sockets on loopback. */
class MeshTlsTest {
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");
  private static final SpiffeId BILLING = new SpiffeId("weft.internal", "default", "billing");
  private static final Set<SpiffeId> ORDERS_ONLY = Set.of(ORDERS);

  private final TestClock clock = new TestClock();
  private final TestCa ca = new TestCa("mesh", clock.instant());
  private final MeshTls shop = new MeshTls(clock, new TlsCounters(), null);
  private final MeshTls orders = new MeshTls(clock, new TlsCounters(), null);
  private EngineServer server;

  @BeforeEach
  void start() throws IOException {
    shop.install(ca.identity(SHOP));
    shop.install(TestCa.bundle(ca));
    orders.install(ca.identity(ORDERS));
    orders.install(TestCa.bundle(ca));
    server = new EngineServer(orders);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private ClientTls toOrders() {
    return shop.client(ORDERS.sniHost(), ORDERS_ONLY);
  }

  /** Opens a connection, asks once, closes it. */
  private String askOnce(Client client) throws IOException {
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      return connection.ask();
    }
  }

  /**
   * What a client gets of a server that refuses it: an alert on its first read, or a broken
   * connection as soon as it writes on.
   */
  private Throwable refusal(Client client) throws IOException {
    Client.Connection connection;
    try {
      connection = client.connect(toOrders(), server);
    } catch (IOException early) {
      return early;
    }
    Throwable refusal = catchThrowable(connection::ask);
    connection.abandon();
    return refusal;
  }

  private static String serial(MeshTls tls) {
    return Objects.requireNonNull(tls.identity()).certificate().getSerialNumber().toString();
  }

  private static long chainsSeen(MeshTls tls) {
    return tls.counters().chainsVerified() + tls.counters().chainsFromCache();
  }

  @ParameterizedTest
  @EnumSource
  void bothSidesKnowEachOther(Client client) throws Exception {
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      assertThat(connection.ask()).isEqualTo(SHOP + " " + serial(shop));
      assertThat(shop.peer(connection.session())).isEqualTo(ORDERS);
      assertThat(connection.session().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(connection.session().getCipherSuite()).isEqualTo("TLS_AES_128_GCM_SHA256");
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePeerIsForwardedAsEnvoyDoes(Client client) throws Exception {
    byte[] shown = Objects.requireNonNull(orders.identity()).certificate().getEncoded();
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(shown));
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      connection.ask();
      String forwarded = "By=" + SHOP + ";Hash=" + hash + ";URI=" + ORDERS;
      assertThat(shop.forwarded(connection.session())).isEqualTo(forwarded);
      assertThat(shop.forwarded(connection.session())).as("kept").isEqualTo(forwarded);
    }
    assertThat(shop.forwarded(null)).isNull();
  }

  @Test
  void alpnIsNegotiated() throws Exception {
    try (EngineServer h2 = new EngineServer(orders, "h2", "http/1.1")) {
      EngineConnection connection =
          new EngineConnection(h2.dial(), toOrders().engine("127.0.0.1", h2.port(), "h2"));
      connection.handshake();
      assertThat(connection.engine().getApplicationProtocol()).isEqualTo("h2");
      connection.close();
    }
  }

  @Test
  void theServerSeesTheMeshNameAsSni() throws Exception {
    SSLEngine[] seen = new SSLEngine[1];
    try (EngineServer watched =
        new EngineServer(orders, () -> seen[0] = orders.serverEngine(() -> {}))) {
      try (Client.Connection connection = Client.ENGINE.connect(toOrders(), watched)) {
        connection.ask();
        assertThat(
                ((javax.net.ssl.ExtendedSSLSession) seen[0].getSession()).getRequestedServerNames())
            .containsExactly(new javax.net.ssl.SNIHostName("orders.default.weft.internal"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherServiceAtTheAddressIsRefusedAndNamed(Client client) {
    orders.install(ca.identity(BILLING));
    assertThatThrownBy(() -> client.connect(toOrders(), server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining(
            "[weft: the endpoint 127.0.0.1:"
                + server.port()
                + " is "
                + BILLING
                + ", not "
                + ORDERS
                + ": its address may have been taken over]");
    assertThat(shop.counters().peersRefused()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aServerOfAForeignAuthorityIsRefused(Client client) {
    TestCa foreign = new TestCa("foreign", clock.instant());
    orders.install(foreign.identity(ORDERS));
    assertThatThrownBy(() -> client.connect(toOrders(), server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("127.0.0.1:" + server.port())
        .hasMessageContaining(ORDERS.toString())
        .hasMessageContaining("not of this mesh's authority");
  }

  @ParameterizedTest
  @EnumSource
  void aServerOfAForeignAuthorityWithOurAuthoritysNamesIsRefused(Client client) {
    // The same distinguished names with other keys: only the signatures tell.
    orders.install(new TestCa("mesh", clock.instant()).identity(ORDERS));
    assertThatThrownBy(() -> client.connect(toOrders(), server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("is not believed");
  }

  @ParameterizedTest
  @EnumSource
  void aClientOfAForeignAuthorityIsRefused(Client client) throws Exception {
    shop.install(new TestCa("foreign", clock.instant()).identity(SHOP));
    assertThat(refusal(client)).isInstanceOf(IOException.class);
    assertThat(server.failure())
        .hasMessageContaining(SHOP.toString())
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void aClientWithoutACertificateIsRefused() throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    EngineConnection connection =
        new EngineConnection(server.dial(), clientEngine(context, "TLSv1.3"));
    connection.handshake();
    assertThatThrownBy(
            () -> {
              connection.writeLine("who am I?");
              connection.readLine();
            })
        .isInstanceOf(IOException.class);
    assertThat(server.failure()).hasMessageContaining("certificate");
    connection.close();
  }

  @Test
  void tls12IsRefused() throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.2");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    EngineConnection connection =
        new EngineConnection(server.dial(), clientEngine(context, "TLSv1.2"));
    assertThatThrownBy(connection::handshake)
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("protocol_version");
    assertThat(server.failure()).isInstanceOf(SSLException.class);
    connection.close();
  }

  private static SSLEngine clientEngine(SSLContext context, String protocol) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {protocol});
    return engine;
  }

  private static final class TrustAll extends PeerTrustManager {
    @Override
    void checkServer(java.security.cert.X509Certificate[] chain, String address) {}

    @Override
    void checkClient(java.security.cert.X509Certificate[] chain, String address) {}
  }

  @ParameterizedTest
  @EnumSource
  void aReconnectIsResumedAndKnowsThePeer(Client client) throws Exception {
    askOnce(client);
    long shopSaw = chainsSeen(shop);
    long ordersSaw = chainsSeen(orders);
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      assertThat(connection.ask()).isEqualTo(SHOP + " " + serial(shop));
      assertThat(shop.peer(connection.session())).isEqualTo(ORDERS);
    }
    // No certificate was looked at by either side: the handshake was a resumed one.
    assertThat(chainsSeen(shop)).isEqualTo(shopSaw);
    assertThat(chainsSeen(orders)).isEqualTo(ordersSaw);
    assertThat(shop.counters().clientHandshakes()).isEqualTo(2);
    assertThat(orders.counters().serverHandshakes()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void aFullHandshakeWithAPeerSeenBeforeVerifiesNoChain(Client client) throws Exception {
    askOnce(client);
    // Another destination has another context, hence no session to resume.
    ClientTls again = shop.client("orders-v2.default.weft.internal", ORDERS_ONLY);
    try (Client.Connection connection = client.connect(again, server)) {
      connection.ask();
    }
    assertThat(shop.counters().chainsVerified()).isEqualTo(1);
    assertThat(shop.counters().chainsFromCache()).isEqualTo(1);
    assertThat(orders.counters().chainsVerified()).isEqualTo(1);
    assertThat(orders.counters().chainsFromCache()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aKnownChainDoesNotOpenTheDoorOfAnotherService(Client client) throws Exception {
    askOnce(client);
    ClientTls toBilling = shop.client(BILLING.sniHost(), Set.of(BILLING));
    assertThatThrownBy(() -> client.connect(toBilling, server))
        .hasMessageContaining(" is " + ORDERS + ", not " + BILLING);
  }

  @ParameterizedTest
  @EnumSource
  void aNewClientIdentityIsSeenByTheServerAtOnce(Client client) throws Exception {
    askOnce(client);
    askOnce(client);
    shop.install(ca.identity(SHOP));
    long saw = chainsSeen(orders);
    assertThat(askOnce(client)).isEqualTo(SHOP + " " + serial(shop));
    assertThat(chainsSeen(orders)).isEqualTo(saw + 1);
  }

  @ParameterizedTest
  @EnumSource
  void aNewServerIdentityIsSeenByTheClientAtOnce(Client client) throws Exception {
    askOnce(client);
    orders.install(ca.identity(ORDERS));
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      connection.ask();
      assertThat(leafSerial(connection.session())).isEqualTo(serial(orders));
    }
  }

  private static String leafSerial(SSLSession session) throws IOException {
    return ((java.security.cert.X509Certificate) session.getPeerCertificates()[0])
        .getSerialNumber()
        .toString();
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatDroppedARootResumesNobodyOfIt(Client client) throws Exception {
    TestCa next = new TestCa("next", clock.instant());
    shop.install(TestCa.bundle(ca, next));
    orders.install(next.identity(ORDERS));
    askOnce(client); // the client, still of the old root, now holds a ticket
    orders.install(TestCa.bundle(next));
    assertThat(refusal(client)).isInstanceOf(IOException.class);
    assertThat(server.failure()).hasMessageContaining(SHOP.toString());
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatDroppedARootResumesNobodyOfIt(Client client) throws Exception {
    TestCa next = new TestCa("next", clock.instant());
    orders.install(TestCa.bundle(ca, next));
    shop.install(next.identity(SHOP));
    shop.install(TestCa.bundle(ca, next));
    askOnce(client);
    shop.install(TestCa.bundle(next));
    assertThatThrownBy(() -> client.connect(toOrders(), server))
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void theSameRootsAgainChangeNothing() throws Exception {
    askOnce(Client.SOCKET);
    long saw = chainsSeen(orders);
    shop.install(TestCa.bundle(ca));
    orders.install(TestCa.bundle(ca));
    askOnce(Client.SOCKET);
    assertThat(chainsSeen(orders)).isEqualTo(saw);
  }

  @ParameterizedTest
  @EnumSource
  void openConnectionsGoOnAcrossRotationOfIdentityAndRoot(Client client) throws Exception {
    TestCa next = new TestCa("next", clock.instant());
    try (Client.Connection connection = client.connect(toOrders(), server)) {
      String before = connection.ask();
      shop.install(TestCa.bundle(ca, next));
      orders.install(TestCa.bundle(ca, next));
      shop.install(next.identity(SHOP));
      orders.install(next.identity(ORDERS));
      shop.install(TestCa.bundle(next));
      orders.install(TestCa.bundle(next));
      assertThat(connection.ask()).isEqualTo(before);
      assertThat(askOnce(client)).isEqualTo(SHOP + " " + serial(shop));
      assertThat(connection.ask()).isEqualTo(before);
    }
    assertThat(server.failures).isEmpty();
  }

  /**
   * The order of a root rotation: everyone trusts both, everyone is of the new one, and the old one
   * goes when nobody shows it any more.
   */
  @Test
  void noHandshakeFailsWhileIdentitiesAndRootsRotate() throws Exception {
    int threads = 4;
    int each = 50;
    int rotations = 50;
    ReadWriteLock underWay = new ReentrantReadWriteLock(true);
    CountDownLatch rotated = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Integer>> callers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        Client client = t % 2 == 0 ? Client.SOCKET : Client.ENGINE;
        callers.add(
            pool.submit(
                () -> {
                  int asked = 0;
                  // As long as anything rotates, and then no fewer than promised.
                  while (asked < each || rotated.getCount() > 0) {
                    underWay.readLock().lock();
                    try {
                      assertThat(askOnce(client)).startsWith(SHOP + " ");
                    } finally {
                      underWay.readLock().unlock();
                    }
                    asked++;
                  }
                  return asked;
                }));
      }
      TestCa current = ca;
      try {
        for (int i = 1; i <= rotations; i++) {
          if (i % 10 == 0) {
            TestCa next = new TestCa("next", clock.instant());
            shop.install(TestCa.bundle(current, next));
            orders.install(TestCa.bundle(current, next));
            shop.install(next.identity(SHOP));
            orders.install(next.identity(ORDERS));
            // Whoever began a handshake with a certificate of the old root has ended it.
            underWay.writeLock().lock();
            try {
              current = next;
            } finally {
              underWay.writeLock().unlock();
            }
            shop.install(TestCa.bundle(next));
            orders.install(TestCa.bundle(next));
          } else {
            shop.install(current.identity(SHOP));
            orders.install(current.identity(ORDERS));
          }
        }
      } finally {
        rotated.countDown();
      }
      int asked = 0;
      for (Future<Integer> caller : callers) {
        asked += caller.get();
      }
      assertThat(asked).isGreaterThanOrEqualTo(threads * each);
      assertThat(server.failures).isEmpty();
    } finally {
      pool.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnIdentityAClientSaysSo(Client client) {
    MeshTls bare = new MeshTls(clock, new TlsCounters(), null);
    bare.install(TestCa.bundle(ca));
    assertThat(bare.ready()).isFalse();
    assertThatThrownBy(() -> client.connect(bare.client(ORDERS.sniHost(), ORDERS_ONLY), server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("this process has no certificate yet");
  }

  @ParameterizedTest
  @EnumSource
  void withoutABundleAClientSaysSo(Client client) {
    MeshTls bare = new MeshTls(clock, new TlsCounters(), null);
    bare.install(ca.identity(SHOP));
    assertThat(bare.ready()).isFalse();
    assertThatThrownBy(() -> client.connect(bare.client(ORDERS.sniHost(), ORDERS_ONLY), server))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("no roots to trust yet");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnIdentityAServerRefuses(Client client) throws Exception {
    MeshTls bare = new MeshTls(clock, new TlsCounters(), null);
    bare.install(TestCa.bundle(ca));
    try (EngineServer unready = new EngineServer(bare)) {
      assertThat(catchThrowable(() -> client.connect(toOrders(), unready).ask()))
          .isInstanceOf(IOException.class);
      Exception failure = unready.failure();
      // The JDK's words, for there is no peer yet to speak about; the reason is for the asking.
      assertThat(failure)
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("No available authentication scheme");
      assertThat(bare.unready()).startsWith("this process has no certificate yet");
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEndedIdentityIsNotUsed(Client client) {
    clock.advance(TestCa.LEAF_LIFE);
    assertThat(shop.ready()).isFalse();
    assertThatThrownBy(() -> client.connect(toOrders(), server))
        .hasMessageContaining("this process's certificate ended at 2026-06-02T12:00:00Z");
  }

  @ParameterizedTest
  @EnumSource
  void anEndedPeerIsRefused(Client client) throws Exception {
    KeyPair keys = Keys.newKeyPair();
    orders.install(
        ca.identity(keys, ca.leaf(keys.getPublic(), ORDERS).life(Duration.ofHours(1)).issue()));
    askOnce(client);
    clock.advance(Duration.ofHours(2));
    ClientTls fresh = shop.client("fresh.default.weft.internal", ORDERS_ONLY);
    assertThatThrownBy(() -> client.connect(fresh, server))
        .hasMessageContaining("ended at 2026-06-01T13:00:00Z, now it is 2026-06-01T14:00:00Z");
  }

  @Test
  void aPeerThatHasEndedIsNobodyOnOpenAndOnResumedConnections() throws Exception {
    MeshTls slow = slow(SHOP);
    ClientTls toOrders = slow.client(ORDERS.sniHost(), ORDERS_ONLY);
    try (Client.Connection connection = Client.ENGINE.connect(toOrders, server)) {
      assertThat(connection.ask()).startsWith(SHOP.toString());
      clock.advance(Duration.ofMinutes(61));
      assertThat(connection.ask()).startsWith("null ");
    }
    try (Client.Connection resumed = Client.ENGINE.connect(toOrders, server)) {
      assertThat(resumed.ask()).startsWith("null ");
    }
  }

  @Test
  void aSocketWhoseResumedPeerHasEndedIsNotHandedOut() throws Exception {
    MeshTls slow = slow(ORDERS);
    try (EngineServer late = new EngineServer(slow)) {
      try (Client.Connection connection = Client.SOCKET.connect(toOrders(), late)) {
        connection.ask();
      }
      clock.advance(Duration.ofMinutes(61));
      assertThatThrownBy(() -> Client.SOCKET.connect(toOrders(), late))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("nobody any more (its certificate has ended)");
    }
  }

  /**
   * One with a certificate of an hour and a clock that stands still, so that it goes on with its
   * sessions when the others know better.
   */
  private MeshTls slow(SpiffeId id) {
    MeshTls slow = new MeshTls(new TestClock(), new TlsCounters(), null);
    KeyPair keys = Keys.newKeyPair();
    slow.install(
        ca.identity(keys, ca.leaf(keys.getPublic(), id).life(Duration.ofHours(1)).issue()));
    slow.install(TestCa.bundle(ca));
    return slow;
  }

  @Test
  void aPeerOfAnotherTrustDomainIsRefused() {
    SpiffeId stranger = new SpiffeId("other.example", "default", "orders");
    orders.install(ca.identity(stranger));
    ClientTls client = shop.client(ORDERS.sniHost(), Set.of(ORDERS, stranger));
    assertThatThrownBy(() -> Client.SOCKET.connect(client, server))
        .hasMessageContaining("of the trust domain other.example, not of weft.internal");
  }

  @Test
  void theSameDestinationIsTheSameObject() {
    assertThat(shop.client("a.b.weft.internal", Set.of(ORDERS, BILLING)))
        .isSameAs(shop.client("a.b.weft.internal", Set.of(BILLING, ORDERS)))
        .isNotSameAs(shop.client("a.b.weft.internal", ORDERS_ONLY))
        .isNotSameAs(shop.client("c.b.weft.internal", Set.of(ORDERS, BILLING)));
  }

  @Test
  void destinationsAreBoundedAndThoseDroppedStillRotate() throws Exception {
    ClientTls first = toOrders();
    for (int i = 0; i < MeshTls.CLIENTS; i++) {
      shop.client("s" + i + ".default.weft.internal", ORDERS_ONLY);
    }
    assertThat(toOrders()).isNotSameAs(first);
    shop.install(ca.identity(SHOP));
    try (Client.Connection connection = Client.SOCKET.connect(first, server)) {
      assertThat(connection.ask()).isEqualTo(SHOP + " " + serial(shop));
    }
  }

  @Test
  void aDestinationNeedsSomebodyToAccept() {
    assertThatThrownBy(() -> shop.client(ORDERS.sniHost(), Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("accepted: none");
  }

  @Test
  void aRandomnessOfOnesOwnIsUsed() throws Exception {
    AtomicInteger used = new AtomicInteger();
    SecureRandom random =
        new SecureRandom() {
          private static final long serialVersionUID = 1L;

          @Override
          public void nextBytes(byte[] bytes) {
            used.incrementAndGet();
            super.nextBytes(bytes);
          }
        };
    MeshTls own = new MeshTls(clock, new TlsCounters(), random);
    own.install(ca.identity(SHOP));
    own.install(TestCa.bundle(ca));
    try (Client.Connection connection =
        Client.SOCKET.connect(own.client(ORDERS.sniHost(), ORDERS_ONLY), server)) {
      connection.ask();
    }
    assertThat(used.get()).isPositive();
  }
}
