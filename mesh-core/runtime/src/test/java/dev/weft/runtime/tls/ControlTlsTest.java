package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.JoinToken;
import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ControlTlsTest {
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");
  private static final SpiffeId COORDINATOR =
      new SpiffeId("weft.internal", "weft-system", "coordinator");

  private final TestClock clock = new TestClock();
  private final TestCa ca = new TestCa("mesh", clock.instant());
  private final MeshTls coordinator = new MeshTls(clock, new TlsCounters(), null);
  private @Nullable EngineServer started;

  @AfterEach
  void stop() throws IOException {
    if (started != null) {
      started.close();
    }
  }

  /** The coordinator's chain carries its root, so that a joining process can pin it. */
  private Identity coordinatorIdentity(SpiffeId id) {
    KeyPair keys = Keys.newKeyPair();
    return TestCa.identity(keys, ca.leaf(keys.getPublic(), id).issue(), ca.intermediate, ca.root);
  }

  private EngineServer start(Identity identity, boolean needCertificate, String... alpn)
      throws IOException {
    coordinator.install(identity);
    coordinator.install(TestCa.bundle(ca));
    EngineServer server =
        new EngineServer(
            coordinator,
            () -> {
              SSLEngine engine = coordinator.serverEngine(() -> {}, alpn);
              if (!needCertificate) {
                engine.setNeedClientAuth(false);
              }
              return engine;
            });
    started = server;
    return server;
  }

  private MeshTls member() {
    MeshTls member = new MeshTls(clock, new TlsCounters(), null);
    member.install(ca.identity(SHOP));
    member.install(TestCa.bundle(ca));
    return member;
  }

  private static String ask(SSLSocket socket) throws IOException {
    socket.getOutputStream().write("who?\n".getBytes(StandardCharsets.UTF_8));
    byte[] answer = new byte[200];
    int n = socket.getInputStream().read(answer);
    return n < 0 ? "" : new String(answer, 0, n, StandardCharsets.UTF_8);
  }

  @Test
  void aJoiningProcessBelievesThePinnedCoordinator() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), false, "weft/1");
    try (SSLSocket socket = ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000)) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("weft/1");
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(PeerIdentity.of(socket.getSession(), clock.millis())).isEqualTo(COORDINATOR);
      assertThat(socket.getSession().getLocalCertificates()).isNull();
    }
  }

  @Test
  void aTokenOfAnotherMeshIsRefused() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), false, "weft/1");
    JoinToken other = new TestCa("mesh", clock.instant()).token();
    Socket raw = server.dial();
    assertThatThrownBy(() -> ControlTls.joining(other, clock).layer(raw, 20_000))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("the coordinator 127.0.0.1:" + server.port())
        .hasMessageContaining("does not end in the root that the join token t-1 was made under");
    assertThat(raw.isClosed()).isTrue();
  }

  @Test
  void aChainWithoutItsRootIsRefused() throws Exception {
    EngineServer server = start(ca.identity(COORDINATOR), false, "weft/1");
    assertThatThrownBy(() -> ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000))
        .hasMessageContaining("does not end in the root");
  }

  @Test
  void theRightRootBesideAChainThatItDidNotSignIsRefused() throws Exception {
    TestCa foreign = new TestCa("mesh", clock.instant());
    KeyPair keys = Keys.newKeyPair();
    X509Certificate leaf = foreign.leaf(keys.getPublic(), COORDINATOR).issue();
    EngineServer server =
        start(TestCa.identity(keys, leaf, foreign.intermediate, ca.root), false, "weft/1");
    assertThatThrownBy(() -> ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000))
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void aTokenOfAnOldRootStillLeadsToTheCoordinator() throws Exception {
    TestCa second = new TestCa("second", clock.instant());
    TestCa third = new TestCa("third", clock.instant());
    TestCa fourth = new TestCa("fourth", clock.instant());
    KeyPair keys = Keys.newKeyPair();
    X509Certificate leaf = fourth.leaf(keys.getPublic(), COORDINATOR).issue();
    EngineServer server =
        start(
            TestCa.identity( // as many certificates as there can be
                keys,
                leaf,
                fourth.intermediate,
                fourth.root,
                third.cross(fourth),
                third.root,
                second.cross(third),
                second.root,
                ca.cross(second),
                ca.root),
            false,
            "weft/1");
    for (TestCa pinned : new TestCa[] {ca, second, third, fourth}) {
      try (SSLSocket socket =
          ControlTls.joining(pinned.token(), clock).layer(server.dial(), 20_000)) {
        assertThat(PeerIdentity.of(socket.getSession(), clock.millis())).isEqualTo(COORDINATOR);
      }
    }
  }

  @Test
  void anOldRootThatDidNotSignTheNewOneIsRefused() throws Exception {
    TestCa stranger = new TestCa("stranger", clock.instant());
    TestCa next = new TestCa("next", clock.instant());
    KeyPair keys = Keys.newKeyPair();
    X509Certificate leaf = next.leaf(keys.getPublic(), COORDINATOR).issue();
    EngineServer server =
        start(
            TestCa.identity(
                keys, leaf, next.intermediate, next.root, stranger.cross(next), ca.root),
            false,
            "weft/1");
    assertThatThrownBy(() -> ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000))
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void anotherServiceOfTheMeshIsNoCoordinator() throws Exception {
    EngineServer server =
        start(
            coordinatorIdentity(new SpiffeId("weft.internal", "default", "coordinator")),
            false,
            "weft/1");
    assertThatThrownBy(() -> ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000))
        .hasMessageContaining("it is no coordinator");
    assertThatThrownBy(() -> ControlTls.joined(member()).layer(server.dial(), 20_000))
        .hasMessageContaining("not " + COORDINATOR);
  }

  @Test
  void anEndedCoordinatorIsRefused() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), false, "weft/1");
    clock.advance(Duration.ofHours(25));
    assertThatThrownBy(() -> ControlTls.joining(ca.token(), clock).layer(server.dial(), 20_000))
        .hasMessageContaining("ended at");
  }

  @Test
  void aMemberShowsItsCertificate() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true, "weft/1");
    ControlTls control = ControlTls.joined(member());
    try (SSLSocket socket = control.layer(server.dial(), 20_000)) {
      assertThat(ask(socket)).startsWith(SHOP.toString());
    }
  }

  @Test
  void aMemberWithoutACertificateSaysSo() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true, "weft/1");
    MeshTls bare = new MeshTls(clock, new TlsCounters(), null);
    Socket raw = server.dial();
    assertThatThrownBy(() -> ControlTls.joined(bare).layer(raw, 20_000))
        .hasMessageContaining("this process has no certificate yet");
    assertThat(raw.isClosed()).isTrue();
  }

  @Test
  void whatDoesNotSpeakTheProtocolIsRefused() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true);
    Socket raw = server.dial();
    assertThatThrownBy(() -> ControlTls.joined(member()).layer(raw, 20_000))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("did not agree on the protocol \"weft/1\"");
    assertThat(raw.isClosed()).isTrue();
  }

  @Test
  void aSilentPeerIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Socket raw = new Socket(silent.getInetAddress(), silent.getLocalPort());
      assertThatThrownBy(() -> ControlTls.joined(member()).layer(raw, 50))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("127.0.0.1:" + silent.getLocalPort())
          .hasMessageContaining("was not done within 50 ms");
      assertThat(raw.isClosed()).isTrue();
    }
  }

  /** Every read of the client gets its byte in time; only the whole takes too long. */
  @Test
  @Timeout(60)
  void aPeerThatSendsAByteNowAndThenIsGivenUp() throws Exception {
    try (ServerSocket slow = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread dripping =
          new Thread(
              () -> {
                byte[] record = new byte[5 + 16384];
                System.arraycopy(new byte[] {22, 3, 3, 0x40, 0}, 0, record, 0, 5);
                try (Socket socket = slow.accept()) {
                  socket.getInputStream().read(new byte[16384]);
                  socket.setSoTimeout(10);
                  for (byte b : record) {
                    socket.getOutputStream().write(b);
                    try {
                      socket.getInputStream().read();
                    } catch (SocketTimeoutException nextByte) {
                      continue;
                    }
                  }
                } catch (IOException closed) {
                  // By the client, as it should.
                }
              });
      dripping.start();
      Socket raw = new Socket(slow.getInetAddress(), slow.getLocalPort());
      assertThatThrownBy(() -> ControlTls.joined(member()).layer(raw, 300))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("was not done within 300 ms");
      assertThat(raw.isClosed()).isTrue();
      dripping.join();
    }
  }

  private Throwable failure(MeshTls member, Socket raw) {
    try (SSLSocket socket = ControlTls.joined(member).layer(raw, 20_000)) {
      ask(socket);
    } catch (IOException e) {
      return e;
    }
    throw new AssertionError("no failure");
  }

  /** Who is not believed has to join; who was only cut comes back as who it is. */
  @Test
  void aRefusedCertificateIsARefusal_aHandshakeThatWasCutIsNone() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true, "weft/1");
    TestCa foreign = new TestCa("foreign", clock.instant());
    MeshTls stranger = new MeshTls(clock, new TlsCounters(), null);
    stranger.install(foreign.identity(SHOP));
    stranger.install(TestCa.bundle(foreign));
    assertThat(ControlTls.isRefusal(failure(stranger, server.dial()))).as("by us").isTrue();
    stranger.install(TestCa.bundle(ca));
    Throwable refused = failure(stranger, server.dial());
    for (int i = 0; refused instanceof SocketException && i < 20; i++) {
      // Still writing when it was refused, it has not read why; an agent comes again, too.
      refused = failure(stranger, server.dial());
    }
    assertThat(ControlTls.isRefusal(refused)).as("by the coordinator: %s", refused).isTrue();

    try (ServerSocket cutting = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread cutter =
          new Thread(
              () -> {
                try (Socket socket = cutting.accept()) {
                  socket.getInputStream().read(new byte[16384]);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      cutter.start();
      Throwable cut =
          failure(member(), new Socket(cutting.getInetAddress(), cutting.getLocalPort()));
      assertThat(cut).isInstanceOf(SSLException.class);
      assertThat(ControlTls.isRefusal(cut)).as("%s", cut).isFalse();
      cutter.join();
    }
    assertThat(ControlTls.isRefusal(new SSLException("Received fatal alert: internal_error")))
        .isFalse();
  }

  @Test
  void theReadTimeoutOfTheSocketIsPutBack() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true, "weft/1");
    Socket raw = server.dial();
    raw.setSoTimeout(4321);
    try (SSLSocket socket = ControlTls.joined(member()).layer(raw, 20_000)) {
      assertThat(socket.getSoTimeout()).isEqualTo(4321);
    }
  }

  @Test
  void aTimeoutIsNeeded() throws Exception {
    EngineServer server = start(coordinatorIdentity(COORDINATOR), true, "weft/1");
    assertThatThrownBy(() -> ControlTls.joined(member()).layer(server.dial(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("handshakeTimeoutMillis: 0");
  }
}
