package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a connection is: mesh TLS, plaintext, or none of our business. */
class ConnectionTest extends AbstractTomcatTest {
  ConnectionTest(String version) {
    super(version);
  }

  @Test
  void plaintextAndMeshTlsShareThePort() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly(null, "shop", null, "shop");
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::protocol)
          .containsExactly(null, "TLSv1.3", null, "TLSv1.3");
    }
  }

  @Test
  void theApplicationSeesPlaintext() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      String facts = tls.get("/facts").text();
      assertThat(facts)
          .isEqualTo(plain.get("/facts").text())
          .contains("scheme=http\n", "secure=false\n", "url=http://orders/facts\n")
          .contains("request.X509Certificate=null\n", "request.cipher_suite=null\n");
    }
  }

  @Test
  void meshTlsWithoutACertificateIsRefused() throws Exception {
    try (TomcatUnderTest tomcat = start()) {
      SSLSocket anonymous =
          (SSLSocket)
              Identities.anonymous()
                  .getSocketFactory()
                  .createSocket(Http1.connect(tomcat.port()), TestListener.SNI, 1, true);
      assertThatThrownBy(
              () -> {
                anonymous.startHandshake();
                Http1.over(anonymous).get("/facts");
              })
          .isInstanceOf(IOException.class);
      assertThat(tomcat.listener().asked()).isEmpty();
    }
  }

  @Test
  void helloOfOneByteAtATime() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 tls =
            Http1.tls(new DribblingSocket(tomcat.port()), "shop", TestListener.SNI, "http/1.1")) {
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(tomcat.listener().sniffs()).isGreaterThan(1);
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly("shop", "shop");
    }
  }

  @Test
  void plaintextOfOneByteAtATime() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.over(new DribblingSocket(tomcat.port()))) {
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertThat(tomcat.listener().sniffs()).isEqualTo(1);
    }
  }

  @Test
  void helloLargerThanTomcatsReadBuffer() throws Exception {
    String[] alpn = new String[50];
    for (int i = 0; i < alpn.length - 1; i++) {
      alpn[i] = ("protocol" + i).repeat(25).substring(0, 200);
    }
    alpn[alpn.length - 1] = "http/1.1";
    try (TomcatUnderTest tomcat = start();
        Http1 tls = Http1.tls(tomcat.port(), "shop", alpn)) {
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(((SSLSocket) tls.socket()).getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void halfAHelloKeepsNobodyBusy() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 half = Http1.plain(tomcat.port())) {
      half.out().write(new byte[] {0x16, 3, 1, 1, 0, 1, 0});
      for (int i = 0; i < 20; i++) {
        try (Http1 tls = Http1.tls(tomcat.port(), "shop")) {
          assertThat(tls.get("/facts").status()).isEqualTo(200);
        }
      }
      assertThat(tomcat.listener().sniffs()).isBetween(21, 41);
    }
  }

  @Test
  void clientsThatLeaveEarly() throws Exception {
    try (TomcatUnderTest tomcat = start()) {
      Http1.connect(tomcat.port()).close();
      try (Http1 half = Http1.plain(tomcat.port())) {
        half.out().write(new byte[] {0x16, 3, 1});
        half.socket().shutdownOutput();
        assertThat(half.closedByPeer()).isTrue();
      }
      try (Http1 none = Http1.plain(tomcat.port())) {
        none.socket().shutdownOutput();
        assertThat(none.closedByPeer()).isTrue();
      }
      try (Http1 tls = Http1.tls(tomcat.port(), "shop")) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void silentAndStalledClientsAreCutByTomcatsTimeout() throws Exception {
    try (TomcatUnderTest tomcat = start("connector.connectionTimeout", "300");
        Http1 silent = Http1.plain(tomcat.port());
        Http1 stalled = Http1.plain(tomcat.port())) {
      stalled.out().write(new byte[] {0x16, 3, 1, 1, 0, 1});
      assertThat(silent.closedByPeer()).isTrue();
      assertThat(stalled.closedByPeer()).isTrue();
    }
  }

  @Test
  void tlsThatIsNotTheMeshsIsTomcatsToRefuse() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Socket raw = Http1.connect(tomcat.port())) {
      assertThatThrownBy(() -> Http1.tls(raw, "shop", "shop.example.com"))
          .isInstanceOf(IOException.class);
      assertThat(tomcat.listener().sniffs()).isPositive();
      // Tomcat asks even about what it could not parse.
      assertThat(tomcat.listener().asked())
          .allMatch(asked -> asked.peer() == null && asked.path() == null);
    }
  }

  @Test
  void listenerMayCloseAConnection() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 odd = Http1.plain(tomcat.port())) {
      odd.out().write(new byte[] {0x16, 3, 1, (byte) 0xff, (byte) 0xff, 1, 1});
      assertThat(odd.closedByPeer()).isTrue();
    }
  }

  @Test
  void recycledChannelsForgetTheirPeer() throws Exception {
    try (TomcatUnderTest tomcat = start()) {
      for (int i = 0; i < 20; i++) {
        String service = i % 4 == 0 ? "shop" : "billing";
        try (Http1 connection =
            i % 2 == 0 ? Http1.tls(tomcat.port(), service) : Http1.plain(tomcat.port())) {
          assertThat(connection.get("/facts", "Connection: close").status()).isEqualTo(200);
          assertThat(connection.closedByPeer()).isTrue();
        }
      }
      List<@Nullable String> expected = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        expected.add(i % 2 == 1 ? null : i % 4 == 0 ? "shop" : "billing");
      }
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  void http2OverMeshTlsWhereTheApplicationSpeaksIt() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true)) {
      HttpClient client = meshClient();
      HttpResponse<String> response =
          client.send(request(tomcat, "/facts").build(), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.body())
          .contains("scheme=http\n", "secure=false\n", "protocol=HTTP/2.0\n");
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly("shop");
      try (Http1 plain = Http1.plain(tomcat.port());
          Http1 tls = Http1.tls(tomcat.port(), "shop", "http/1.1")) {
        assertThat(plain.get("/facts").text()).contains("protocol=HTTP/1.1\n");
        assertThat(tls.get("/facts").text()).contains("protocol=HTTP/1.1\n");
      }
    }
  }

  @Test
  void http1OverMeshTlsWhereItDoesNot() throws Exception {
    try (TomcatUnderTest tomcat = start()) {
      HttpResponse<String> response =
          meshClient().send(request(tomcat, "/facts").build(), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(response.body()).contains("secure=false\n", "scheme=http\n");
    }
  }

  @Test
  void everyHttp2StreamKnowsItsPeerAndStaysHttp() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http2 tls = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"));
        Http2 plain = Http2.over(Http1.plain(tomcat.port()))) {
      for (int stream = 1; stream < 20; stream += 2) {
        assertThat(tls.get(stream, "http", "/facts").body(stream))
            .isEqualTo(plain.get(stream, "http", "/facts").body(stream))
            .contains("scheme=http\n", "secure=false\n", "request.X509Certificate=null\n");
      }
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .hasSize(20)
          .containsOnly("shop", null);
      assertThat(tomcat.listener().asked())
          .filteredOn(asked -> "shop".equals(asked.peer()))
          .hasSize(10);
    }
  }

  @Test
  void upgradeToHttp2InPlaintextAndInsideMeshTls() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      String[] upgrade = {
        "Upgrade: h2c",
        "Connection: Upgrade, HTTP2-Settings",
        "HTTP2-Settings: AAQAAP__",
        "weft-peer: forged"
      };
      assertThat(plain.get("/facts", upgrade).status()).isEqualTo(101);
      assertThat(Http2.over(plain).body(1))
          .contains("protocol=HTTP/2.0\n")
          .doesNotContain("forged");
      assertThat(tls.get("/facts", upgrade).status()).isEqualTo(101);
      assertThat(Http2.over(tls).body(1)).contains("protocol=HTTP/2.0\n").doesNotContain("forged");
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly(null, "shop");
    }
  }

  @Test
  void theApplicationsOwnTlsIsLeftAlone() throws Exception {
    try (TomcatUnderTest tomcat =
            start("keys", Identities.keys("orders"), "password", Identities.password());
        Http1 https =
            Http1.tls(Http1.connect(tomcat.port()), "shop", "orders.example.com", "http/1.1")) {
      assertThat(https.get("/facts").text()).contains("scheme=https\n", "secure=true\n");
      assertThat(tomcat.listener().ownTls()).isTrue();
      assertThat(tomcat.listener().sniffs()).isZero();
    }
  }

  @Test
  void nio2IsLeftAlone() throws Exception {
    try (TomcatUnderTest tomcat = start("protocol", "org.apache.coyote.http11.Http11Nio2Protocol");
        Http1 plain = Http1.plain(tomcat.port())) {
      assertThat(plain.get("/facts", "weft-peer: seen").text()).contains("header:weft-peer=seen");
      assertThat(TestMesh.get().listeners()).isEmpty();
    }
  }

  @Test
  void portOpensWithTheConnectorAndClosesWithIt() throws Exception {
    TestListener first;
    try (TomcatUnderTest tomcat = start("connector.bindOnInit", "false")) {
      first = tomcat.listener();
      assertThat(first.library()).isEqualTo("tomcat");
      assertThat(first.ownTls()).isFalse();
      assertThat(first.bound().getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
      tomcat.tell("pause");
      assertThat(first.closed()).isTrue();
      assertThat(TestMesh.get().listeners()).hasSize(1);
      tomcat.tell("resume");
      assertThat(TestMesh.get().listeners()).hasSize(2);
      assertThat(tomcat.listener()).isNotSameAs(first);
      try (Http1 tls = Http1.tls(tomcat.port(), "shop")) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
    }
    assertThat(TestMesh.get().listeners()).hasSize(2).allMatch(TestListener::closed);
  }

  /** Sends every byte in a segment of its own. */
  private static final class DribblingSocket extends Socket {
    DribblingSocket(int port) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      setTcpNoDelay(true);
      setSoTimeout(60_000);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          for (int i = offset; i < offset + length; i++) {
            out.write(bytes[i]);
            out.flush();
            Thread.yield();
          }
        }
      };
    }
  }
}
