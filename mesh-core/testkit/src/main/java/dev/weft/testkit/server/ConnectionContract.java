package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.Await;
import dev.weft.testkit.HostileStranger;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a connection is: mesh TLS, plaintext, or none of our business. */
public interface ConnectionContract extends ServerKit {
  @Test
  default void plaintextAndMeshTlsShareThePort() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop", "http/1.1")) {
      for (int i = 0; i < 2; i++) {
        assertThat(plain.get("/facts").status()).isEqualTo(200);
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly(null, "shop", null, "shop");
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::protocol)
          .containsExactly(null, "TLSv1.3", null, "TLSv1.3");
    }
  }

  @Test
  default void portIsReportedAndWithdrawn() throws Exception {
    TestListener listener;
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      listener = server.listener();
      assertThat(listener.library()).isEqualTo(fixture().adapter());
      assertThat(listener.ownTls()).isFalse();
      assertThat(listener.bound())
          .isEqualTo(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), server.port()));
      assertThat(listener.closed()).isFalse();
    }
    assertThat(listener.closed()).isTrue();
  }

  @Test
  default void theApplicationsOwnTlsIsLeftAlone() throws Exception {
    needs(ServerCapability.OWN_TLS);
    try (ServerUnderTest server = start(Setup.OWN_TLS);
        Http1 https =
            Http1.tls(Http1.connect(server.port()), "shop", "orders.example.com", "http/1.1")) {
      assertThat(https.get("/facts").text()).contains("scheme=https\n", "secure=true\n");
      if (can(ServerCapability.OWN_TLS_LISTENER)) {
        assertThat(server.listener().ownTls()).isTrue();
        assertThat(server.listener().sniffs()).isZero();
      }
    }
  }

  @Test
  default void tlsThatIsNotTheMeshsIsTheServersToRefuse() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Socket raw = Http1.connect(server.port())) {
      // What is no request line to it, a server may also wait to see the end of.
      raw.setSoTimeout(1_000);
      assertThatThrownBy(() -> Http1.tls(raw, "shop", "shop.example.com"))
          .isInstanceOf(IOException.class);
      Await.until("that it is looked at", () -> server.listener().sniffs() > 0);
      // Servers may ask even about what they could not parse.
      assertThat(server.listener().asked())
          .allMatch(asked -> asked.peer() == null && asked.head().target().isEmpty());
    }
  }

  @Test
  default void strangersAreNotLetIn() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      assertRefused(server, Identities.anonymous(), "TLSv1.3");
      assertRefused(server, Identities.impostor(), "TLSv1.3");
      assertRefused(server, Identities.context("shop"), "TLSv1.2");
      assertThat(server.listener().asked()).isEmpty();
      try (Http1 tls = Http1.tls(server.port(), "shop")) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
    }
  }

  @Test
  default void connectionsOfARevokedPeerEnd() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 kept = Http1.tls(server.port(), "shop", "http/1.1")) {
      assertThat(kept.get("/facts").status()).isEqualTo(200);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      System.gc(); // the mesh holds nothing of it: the connection has to
      assertThat(server.listener().endConnections()).isEqualTo(1);
      assertThat(kept.closedByPeer()).isTrue();
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      try (Http1 next = Http1.tls(server.port(), "shop", "http/1.1")) {
        assertThat(next.get("/facts").status()).isEqualTo(200);
      }
    }
  }

  private static void assertRefused(ServerUnderTest server, SSLContext context, String protocol)
      throws IOException {
    try (Socket raw = Http1.connect(server.port());
        SSLSocket tls =
            (SSLSocket)
                context
                    .getSocketFactory()
                    .createSocket(raw, TestListener.SNI, server.port(), true)) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(TestListener.SNI)));
      parameters.setProtocols(new String[] {protocol});
      tls.setSSLParameters(parameters);
      assertThatThrownBy(
              () -> {
                // In TLS 1.3 a client learns only with its first read what became of it.
                tls.startHandshake();
                Http1.over(tls).get("/facts");
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  default void bytesOneAtATime() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Relay relay = new Relay(server.port(), 1);
        Http1 tls = Http1.tls(relay.port(), "shop");
        Relay other = new Relay(server.port(), 1);
        Http1 plain = Http1.plain(other.port())) {
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      int sniffs = server.listener().sniffs();
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(server.listener().sniffs()).isEqualTo(sniffs + 1);
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly("shop", "shop", null, null);
    }
  }

  @Test
  default void helloOfManyKilobytes() throws Exception {
    String[] alpn = new String[50];
    for (int i = 0; i < alpn.length - 1; i++) {
      alpn[i] = ("protocol" + i).repeat(25).substring(0, 200);
    }
    alpn[alpn.length - 1] = "http/1.1";
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 tls = Http1.tls(server.port(), "shop", alpn)) {
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(((SSLSocket) tls.socket()).getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  default void helloOfMoreThanIsPeekedIsCutOff() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 odd = Http1.plain(server.port())) {
      odd.out().write(new byte[] {0x16, 3, 1, (byte) 0xff, (byte) 0xff, 1, 1});
      assertThat(odd.closedByPeer()).isTrue();
    }
  }

  @Test
  default void clientsThatSendNothingOrHalfAHandshakeHoldNobodyUp() throws Exception {
    byte[] hello = HostileStranger.clientHello();
    List<Http1> slow = new ArrayList<>();
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      for (int i = 0; i < 30; i++) {
        Http1 client = Http1.plain(server.port());
        slow.add(client);
        client.out().write(hello, 0, i % 3 * hello.length / 2);
      }
      for (int i = 0; i < 20; i++) {
        try (Http1 tls = Http1.tls(server.port(), "shop");
            Http1 plain = Http1.plain(server.port())) {
          assertThat(tls.get("/facts").status()).isEqualTo(200);
          assertThat(plain.get("/facts").status()).isEqualTo(200);
        }
      }
      assertThat(server.listener().asked()).hasSize(40);
    } finally {
      for (Http1 client : slow) {
        client.close();
      }
    }
  }

  @Test
  default void handshakesThatDoNotGoOnAreHungUpOn() throws Exception {
    byte[] hello = HostileStranger.clientHello();
    try (ServerUnderTest server = start(Setup.IMPATIENT);
        Http1 silent = Http1.plain(server.port());
        Http1 twoBytes = Http1.plain(server.port());
        Http1 half = Http1.plain(server.port());
        Http1 helloOnly = Http1.plain(server.port())) {
      twoBytes.out().write(hello, 0, 2);
      half.out().write(hello, 0, hello.length / 2);
      helloOnly.out().write(hello);
      assertThat(twoBytes.closedByPeer()).isTrue();
      assertThat(half.closedByPeer()).isTrue();
      helloOnly.in().transferTo(OutputStream.nullOutputStream());
      if (can(ServerCapability.CLIENT_TIMEOUT)) {
        assertThat(silent.closedByPeer()).isTrue();
      } else {
        assertThat(silent.get("/facts").status()).isEqualTo(200);
      }
    }
  }

  @Test
  default void clientsThatLeaveEarly() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      Http1.connect(server.port()).close();
      try (Http1 half = Http1.plain(server.port());
          Http1 none = Http1.plain(server.port())) {
        half.out().write(new byte[] {0x16, 3, 1});
        half.socket().shutdownOutput();
        assertThat(half.closedByPeer()).isTrue();
        none.socket().shutdownOutput();
        assertThat(none.closedByPeer()).isTrue();
      }
      try (Http1 tls = Http1.tls(server.port(), "shop")) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
    }
  }

  @Test
  default void halfClosedClientsAreAnswered() throws Exception {
    needs(ServerCapability.HALF_CLOSE);
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        client.send("GET /facts HTTP/1.1\r\nHost: orders\r\n\r\n");
        client.socket().shutdownOutput();
        assertThat(client.read().text()).contains("scheme=http\n");
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @Test
  default void nextConnectionsForgetThePeersOfEarlierOnes() throws Exception {
    List<@Nullable String> expected = new ArrayList<>();
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      for (int i = 0; i < 20; i++) {
        String service = i % 4 == 0 ? "shop" : "billing";
        try (Http1 connection =
            i % 2 == 0 ? Http1.tls(server.port(), service) : Http1.plain(server.port())) {
          assertThat(connection.get("/facts", "Connection: close").status()).isEqualTo(200);
          assertThat(connection.closedByPeer()).isTrue();
        }
        expected.add(i % 2 == 0 ? service : null);
      }
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  default void keyUpdatesInTheMiddleAreFollowed() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 tls = Http1.tls(server.port(), "shop")) {
      for (int i = 0; i < 3; i++) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
        // On an established TLS 1.3 connection this asks both sides for new keys.
        ((SSLSocket) tls.socket()).startHandshake();
      }
      assertThat(tls.get("/download?bytes=100000").body()).hasSize(100_000);
    }
  }
}
