package dev.weft.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Listener;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

class TestMeshTest {
  @Test
  void bridgeIsOnTheBootstrapLoader() {
    assertThat(Bridge.class.getClassLoader()).isNull();
  }

  @Test
  void handshakeShowsThePeersService() throws Exception {
    TestMesh mesh = TestMesh.get();
    Listener listener = Bridge.mesh().inbound().open("test", new InetSocketAddress(1), false);
    assertThat(mesh.listener(1).library()).isEqualTo("test");
    SSLEngine server = listener.serverEngine(() -> {}, "http/1.1");
    SSLEngine client = Identities.context("shop").createSSLEngine();
    client.setUseClientMode(true);
    shake(client, server);
    assertThat(Identities.peer(server.getSession())).isEqualTo("shop");
    assertThat(Identities.peer(client.getSession())).isEqualTo("orders");
    mesh.reset();
  }

  private static void shake(SSLEngine client, SSLEngine server) throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(64 * 1024);
    ByteBuffer toClient = ByteBuffer.allocate(64 * 1024);
    ByteBuffer none = ByteBuffer.allocate(0);
    ByteBuffer sink = ByteBuffer.allocate(64 * 1024);
    client.beginHandshake();
    server.beginHandshake();
    for (int step = 0; step < 1000; step++) {
      step(client, none, toServer, toClient, sink);
      step(server, none, toClient, toServer, sink);
      if (client.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
          && server.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
        return;
      }
    }
    throw new AssertionError("no end to the handshake");
  }

  private static void step(
      SSLEngine engine, ByteBuffer none, ByteBuffer out, ByteBuffer in, ByteBuffer sink)
      throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> engine.getDelegatedTask().run();
      case NEED_WRAP -> engine.wrap(none, out);
      case NEED_UNWRAP -> {
        in.flip();
        engine.unwrap(in, sink);
        in.compact();
      }
      default -> {}
    }
  }
}
