package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beyond what it shares with the other two ways to a connection, which {@link Client} names. */
class EndpointSocketTest {
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

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

  private SSLSocketFactory toOrders(int timeoutMillis) {
    return shop.client(ORDERS.sniHost(), Set.of(ORDERS)).endpoint().socketFactory(timeoutMillis);
  }

  private SSLSocket over(Socket raw, int timeoutMillis) throws IOException {
    return (SSLSocket) toOrders(timeoutMillis).createSocket(raw, "x", 1, true);
  }

  @Test
  void whatALibraryWantsOfTls_isAlpnOnly() throws Exception {
    try (SSLSocket socket = over(server.dial(), 20_000)) {
      SSLParameters wanted = new SSLParameters(null, new String[] {"TLSv1.2"});
      wanted.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      wanted.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(wanted);
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.setEnabledCipherSuites(new String[0]);
      socket.setUseClientMode(false);
      assertThat(socket.getEnabledProtocols()).containsExactly("TLSv1.3");
      assertThat(socket.getEnabledCipherSuites())
          .isNotEmpty()
          .containsExactly(toOrders(1).getDefaultCipherSuites());
      assertThat(socket.getUseClientMode()).isTrue();
      SSLParameters own = socket.getSSLParameters();
      assertThat(own.getServerNames()).containsExactly(new SNIHostName(ORDERS.sniHost()));
      assertThat(own.getApplicationProtocols()).containsExactly("h2", "http/1.1");
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void handsAreShakenOnce_atTheLatestToWrite() throws Exception {
    long before = shop.counters().clientHandshakes.sum();
    try (SSLSocket socket = over(server.dial(), 20_000)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("who am I?\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(socket.getInputStream().read()).isEqualTo('s');
      socket.startHandshake();
      assertThat(socket.getSoTimeout()).isEqualTo(20_000);
    }
    assertThat(shop.counters().clientHandshakes.sum()).isEqualTo(before + 1);
  }

  @Test
  void nothingIsWrittenToSomebodyElse() throws Exception {
    orders.install(ca.identity(new SpiffeId("weft.internal", "default", "pay")));
    Socket raw = server.dial();
    SSLSocket socket = over(raw, 20_000);
    assertThatThrownBy(socket::getOutputStream).isInstanceOf(SSLException.class);
    assertThat(raw.isClosed()).isTrue();
    assertThat(socket.getSession().getProtocol()).isEqualTo("NONE");
  }

  @Test
  void aPeerThatNeverShakesHands_isLeft() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Socket raw = new Socket(silent.getInetAddress(), silent.getLocalPort());
      assertThatThrownBy(over(raw, 50)::startHandshake)
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("50 ms");
      assertThat(raw.isClosed()).isTrue();

      Socket impatient = new Socket(silent.getInetAddress(), silent.getLocalPort());
      impatient.setSoTimeout(40);
      assertThatThrownBy(over(impatient, 600_000)::startHandshake)
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("40 ms");
    }
  }

  @Test
  void onlyConnectedSocketsAreTaken_andClosedWithIt() throws Exception {
    SSLSocketFactory sockets = toOrders(20_000);
    assertThatThrownBy(() -> sockets.createSocket("localhost", server.port()))
        .isInstanceOf(SocketException.class);
    try (Socket raw = server.dial()) {
      assertThatThrownBy(() -> sockets.createSocket(raw, "x", 1, false))
          .isInstanceOf(SocketException.class);
      over(raw, 20_000).close();
      assertThat(raw.isClosed()).isTrue();
    }
  }
}
