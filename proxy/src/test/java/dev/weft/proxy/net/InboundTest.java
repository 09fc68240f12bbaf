package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What others send arrives at the application as they meant it, and its answers at them. */
class InboundTest {
  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  private Backend.Received only() {
    assertThat(proxy.backend().received()).hasSize(1);
    return proxy.backend().received().element();
  }

  @Test
  void plaintextAndMeshTls_onOnePort() throws Exception {
    try (Http1 plain = proxy.caller();
        Http1 mesh = proxy.meshCaller()) {
      assertThat(plain.get("/a?b=c").text()).isEqualTo("ok");
      assertThat(mesh.get("/d").text()).isEqualTo("ok");
      assertThat(mesh.get("/e").text()).isEqualTo("ok");
    }
    assertThat(proxy.listener().asked())
        .extracting(TestListener.Asked::peer, TestListener.Asked::path)
        .containsExactly(tuple(null, "/a"), tuple("shop", "/d"), tuple("shop", "/e"));
    proxy.listener().awaitEnds(3);
    assertThat(proxy.backend().connections()).isBetween(1, 2); // one an event loop
  }

  @Test
  void strict_refusesPlaintextWithAReason_andCloses() throws IOException {
    proxy.listener().strict();
    try (Http1 plain = proxy.caller();
        Http1 mesh = proxy.meshCaller()) {
      Http1.Response refused = plain.get("/");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).contains("PeerAuthentication default/strict");
      assertThat(plain.closedByPeer()).isTrue();
      assertThat(mesh.get("/").status()).isEqualTo(200);
    }
    assertThat(proxy.backend().received()).hasSize(1);
  }

  @Test
  void aRuleThatFails_refuses() throws IOException {
    proxy.listener().fail(TestListener.Op.ADMIT, new IllegalStateException("boom"));
    try (Http1 plain = proxy.caller()) {
      assertThat(plain.get("/").status()).isEqualTo(403);
      assertThat(plain.closedByPeer()).isTrue();
    }
    assertThat(proxy.backend().received()).isEmpty();
    assertThat(TestMesh.get().faults()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"DRAINING", "REQUEST_STARTED", "REQUEST_ENDED"})
  void whatIsOnlyCounted_costsNoRequest(TestListener.Op op) throws IOException {
    proxy.listener().fail(op, new IllegalStateException("boom"));
    try (Http1 plain = proxy.caller()) {
      assertThat(plain.get("/").text()).isEqualTo("ok");
      assertThat(plain.get("/").text()).isEqualTo("ok");
    }
    assertThat(TestMesh.get().faults()).isNotEmpty();
  }

  @Test
  void withoutAnEngine_meshTlsIsClosed_andPlaintextGoesOn() throws IOException {
    proxy.listener().fail(TestListener.Op.SERVER_ENGINE, new IllegalStateException("boom"));
    assertThatThrownBy(() -> proxy.meshCaller()).isInstanceOf(IOException.class);
    try (Http1 plain = proxy.caller()) {
      assertThat(plain.get("/").text()).isEqualTo("ok");
    }
  }

  @Test
  void whatOnlyTheMeshMaySay_isTakenAway() throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.get(
          "/",
          "Weft-Peer: admin",
          "weft_peer: admin",
          "X-Forwarded-Client-Cert: By=admin",
          "x_forwarded_client_cert: By=admin",
          "X-Other: stays");
    }
    assertThat(only().head()).containsExactly("GET / HTTP/1.1", "Host: orders", "X-Other: stays");
  }

  @Test
  void whatIsAboutTheConnection_endsHere() throws IOException {
    proxy
        .backend()
        .answers(
            "HTTP/1.1 200 OK\r\nConnection: x-b, keep-alive\r\nX-B: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Content-Length: 0\r\nX-C: 2\r\n\r\n");
    try (Http1 caller = proxy.caller()) {
      Http1.Response response =
          caller.get(
              "/",
              "Connection: X-A, host, keep-alive",
              "X-A: 1",
              "Keep-Alive: 5",
              "TE: trailers",
              "Proxy-Connection: keep-alive",
              "Upgrade: h2c",
              "HTTP2-Settings: x");
      assertThat(response.headers())
          .extracting(field -> field[0] + ": " + field[1])
          .containsExactly("content-length: 0", "x-c: 2");
    }
    assertThat(only().head()).containsExactly("GET / HTTP/1.1", "Host: orders");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"5\r\nhello\r\n6;a=b;c=\"d\"\r\n world\r\n0\r\n", "B\r\nhello world\r\n000\r\n"})
  void chunks_arriveWithTheirTrailers(String chunks) throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.send(
          "POST /up HTTP/1.1\r\nHost: orders\r\nTransfer-Encoding: Chunked\r\n\r\n"
              + chunks
              + "X-Sum: 42\r\nContent-Length: 3\r\nweft-a: b\r\n\r\n");
      assertThat(caller.read().text()).isEqualTo("ok");
      assertThat(caller.get("/next").text()).isEqualTo("ok");
    }
    Backend.Received first = proxy.backend().received().element();
    assertThat(first.text()).isEqualTo("hello world");
    assertThat(first.trailers()).containsExactly("X-Sum: 42");
    assertThat(first.field("transfer-encoding")).isEqualTo("chunked");
    assertThat(first.field("content-length")).isNull();
  }

  @Test
  void chunksAndTrailersOfAResponse_arrive() throws IOException {
    proxy
        .backend()
        .answers(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
    try (Http1 caller = proxy.caller()) {
      caller.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
      String expected =
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n";
      assertThat(new String(caller.in().readNBytes(expected.length()), StandardCharsets.US_ASCII))
          .isEqualTo(expected);
    }
  }

  @Test
  void pipelined_areAnsweredInOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 10; i < 60; i++) {
      requests.append("POST /").append(i).append(" HTTP/1.1\r\nHost: orders\r\nContent-Length: 3");
      requests.append("\r\n\r\nabc");
    }
    try (Http1 caller = proxy.caller()) {
      proxy
          .backend()
          .script(
              exchange ->
                  exchange.send(
                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                          + exchange.request().line().substring(6, 8)));
      caller.send(requests.toString());
      for (int i = 10; i < 60; i++) {
        assertThat(caller.read().text()).isEqualTo("" + i);
      }
    }
  }

  @Test
  void head_204_and304_haveNoBody() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              String line = exchange.request().line();
              exchange.send(
                  line.startsWith("HEAD")
                      ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                      : line.contains("/204")
                          ? "HTTP/1.1 204 No Content\r\n\r\n"
                          : line.contains("/304")
                              ? "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"
                              : Backend.OK);
            });
    try (Http1 caller = proxy.caller()) {
      caller.send(
          "HEAD / HTTP/1.1\r\nHost: orders\r\n\r\nGET /204 HTTP/1.1\r\nHost: orders\r\n\r\n"
              + "GET /304 HTTP/1.1\r\nHost: orders\r\n\r\nGET / HTTP/1.1\r\nHost: orders\r\n\r\n");
      String expected =
          "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
              + "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"
              + Backend.OK;
      assertThat(new String(caller.in().readNBytes(expected.length()), StandardCharsets.US_ASCII))
          .isEqualTo(expected);
    }
  }

  @Test
  void expectContinue_isTheApplicationsToGrant() throws IOException {
    proxy.backend().leavesBodies();
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send("HTTP/1.1 100 Continue\r\n\r\n");
              String body = new String(exchange.in().readNBytes(5), StandardCharsets.US_ASCII);
              exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body);
            });
    try (Http1 caller = proxy.caller()) {
      caller.send(
          "POST / HTTP/1.1\r\nHost: orders\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(100);
      caller.send("hello");
      assertThat(caller.read().text()).isEqualTo("hello");
    }
  }

  @Test
  void expectContinue_refused_endsTheConnectionAfterTheAnswer() throws IOException {
    proxy.backend().leavesBodies();
    proxy.backend().answers("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    try (Http1 caller = proxy.caller()) {
      caller.send(
          "POST / HTTP/1.1\r\nHost: orders\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      Http1.Response response = caller.read();
      assertThat(response.status()).isEqualTo(417);
      assertThat(response.header("connection")).isEqualTo("close");
      assertThat(caller.closedByPeer()).isTrue();
    }
  }

  /**
   * A server that any caller can have say 101, or an application that says it without a thought.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Upgrade: websocket\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n",
        "Upgrade: h2c\r\nSec-WebSocket-Accept: cai0HFWL7DEHZkyHxdyv1Pn3R6M=\r\n"
      })
  void a101ThatOpensNoWebSocket_isNoStream(String fields) throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send("HTTP/1.1 101 X\r\n" + fields + "\r\n");
              assertThat(exchange.in().readAllBytes()).isEmpty();
            });
    try (Http1 caller = proxy.caller()) {
      caller.send(
          "GET /ws HTTP/1.1\r\nHost: orders\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Key: k\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(502);
    }
  }

  @Test
  void webSocket_becomesAStreamBothWays() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                      + "Sec-WebSocket-Accept: cai0HFWL7DEHZkyHxdyv1Pn3R6M=\r\n\r\nfirst");
              byte[] said = exchange.in().readNBytes(6);
              exchange.send("echo " + new String(said, StandardCharsets.US_ASCII));
              exchange.socket().shutdownOutput();
              byte[] rest = exchange.in().readAllBytes();
              assertThat(rest).isEmpty();
            });
    for (Http1 caller : List.of(proxy.caller(), proxy.meshCaller())) {
      try (caller) {
        caller.send(
            "GET /ws HTTP/1.1\r\nHost: orders\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n\r\nhel");
        Http1.Response response = caller.read();
        assertThat(response.status()).isEqualTo(101);
        assertThat(response.header("upgrade")).isEqualTo("websocket");
        assertThat(response.header("connection")).isEqualTo("Upgrade");
        assertThat(response.header("sec-websocket-accept"))
            .isEqualTo("cai0HFWL7DEHZkyHxdyv1Pn3R6M=");
        caller.send("lo!");
        assertThat(new String(caller.in().readAllBytes(), StandardCharsets.US_ASCII))
            .isEqualTo("firstecho hello!");
      }
    }
    assertThat(proxy.backend().received().element().field("upgrade")).isEqualTo("websocket");
  }

  @Test
  void http10_isAnsweredAndClosed() throws IOException {
    proxy
        .backend()
        .answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    try (Http1 caller = proxy.caller()) {
      caller.send("GET / HTTP/1.0\r\n\r\n");
      assertThat(new String(caller.in().readAllBytes(), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
    }
    assertThat(only().field("host")).isEqualTo("localhost");
  }

  @Test
  void anApplicationOfHttp10_endsItsBodyByClosing() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello");
              exchange.socket().close();
            });
    try (Http1 caller = proxy.caller()) {
      assertThat(caller.get("/").text()).isEqualTo("hello");
      assertThat(caller.get("/").text()).isEqualTo("hello");
    }
  }

  @Test
  void absoluteForm_ofTheSameHost_isTaken() throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.send("GET http://ORDERS:80?a=b HTTP/1.1\r\nHost: orders\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(200);
      caller.send("OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(200);
    }
    assertThat(proxy.backend().received())
        .extracting(Backend.Received::line, request -> request.field("host"))
        .containsExactly(
            tuple("GET /?a=b HTTP/1.1", "orders"), tuple("OPTIONS * HTTP/1.1", "[::1]:8080"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        ""
      })
  void whatIsNoResponse_is502(String response) throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send(response);
              exchange.socket().close();
            });
    try (Http1 caller = proxy.caller()) {
      Http1.Response answer = caller.get("/");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.header("proxy-status")).startsWith("weft; error=");
      assertThat(caller.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n").read().status())
          .isEqualTo(502);
    }
  }

  @Test
  void aResponseThatBreaksOff_isNotMadeToLookWhole() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
              exchange.socket().close();
            });
    try (Http1 caller = proxy.caller()) {
      caller.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
      assertThat(new String(caller.in().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("3\r\nhel\r\n");
    }
  }

  @Test
  void noApplication_is502() throws IOException {
    int port = proxy.backend().port();
    proxy.backend().close();
    // Bound and not listening: nobody else gets the port meanwhile.
    try (Socket held = new Socket();
        Http1 caller = proxy.caller()) {
      held.setReuseAddress(true);
      held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      Http1.Response answer = caller.get("/");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.header("proxy-status")).contains("error=connection_refused");
      assertThat(caller.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void aKeptConnectionThatWasClosed_costsNoRequest() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.send(Backend.OK);
              // As if it had been closed just when the next request was on its way.
              exchange.in().mark(1);
              if (exchange.in().read() >= 0) {
                exchange.socket().setSoLinger(true, 0);
                exchange.socket().close();
              }
            });
    try (Http1 caller = proxy.caller()) {
      for (int i = 0; i < 5; i++) {
        assertThat(caller.get("/" + i).text()).isEqualTo("ok");
      }
    }
  }

  @Test
  void draining_endsConnectionsWithTheirNextAnswer() throws IOException {
    try (Http1 caller = proxy.caller()) {
      assertThat(caller.get("/").header("connection")).isNull();
      proxy.listener().draining(true);
      assertThat(caller.get("/").header("connection")).isEqualTo("close");
      assertThat(caller.closedByPeer()).isTrue();
    }
  }

  @Test
  void aCallerThatGoes_isAnEndForTheApplicationToo() throws Exception {
    proxy
        .backend()
        .script(
            exchange -> {
              assertThat(exchange.in().read()).isEqualTo(-1);
              throw new IOException("as expected");
            });
    Http1 caller = proxy.caller();
    caller.send("GET /slow HTTP/1.1\r\nHost: orders\r\n\r\n");
    while (proxy.backend().received().isEmpty()) {
      Thread.onSpinWait();
    }
    caller.close();
    proxy.listener().awaitEnds(1);
  }

  @Test
  void someOtherTls_isNotSpokenHere() throws IOException {
    try (Socket socket = Http1.connect(proxy.inboundPort())) {
      // A record with a ClientHello, and with an LF in it.
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 0, 5, 1, 0, 0, 1, '\n'});
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400 ");
    }
    assertThat(proxy.backend().received()).isEmpty();
  }
}
