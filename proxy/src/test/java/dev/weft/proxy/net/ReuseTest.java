package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestEndpoint;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On which connections to others a second request may follow a first one. */
@Timeout(60)
class ReuseTest {
  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  /** The connections that the backend saw requests on, in order. */
  private List<Integer> connections() {
    return proxy.backend().received().stream().map(Backend.Received::connection).toList();
  }

  private List<List<String>> connectionFields() {
    return proxy.backend().received().stream().map(each -> each.all("connection")).toList();
  }

  @Test
  void withoutABody_theConnectionIsKept() throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.get("/a");
      caller.send("POST /b HTTP/1.1\r\nHost: o\r\nContent-Length: 0\r\n\r\n").read();
      caller.get("/c");
    }
    assertThat(connections()).containsExactly(1, 1, 1);
    assertThat(connectionFields()).containsExactly(List.of(), List.of(), List.of());
  }

  /** Node gives the socket away when it sees an upgrade, whatever is answered. */
  @Test
  void anUpgradeThatIsDeclined_isTheLastOnItsConnection() throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.get("/a");
      Http1.Response answer =
          caller
              .send(
                  "GET /ws HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                      + "Sec-WebSocket-Version: 13\r\n"
                      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
              .read();
      assertThat(answer.text()).isEqualTo("ok");
      caller.get("/c");
    }
    assertThat(connections()).containsExactly(1, 1, 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /b HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\nhi",
        "POST /b HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\nhi",
        "POST /b HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      })
  void aBodyIsTheLastOnItsConnection_butNotOnItsClients(String withBody) throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.get("/a");
      for (int i = 0; i < 2; i++) {
        Http1.Response answer = caller.send(withBody).read();
        assertThat(answer.text()).isEqualTo("ok");
        assertThat(answer.header("connection")).isNull();
      }
      caller.get("/c");
    }
    assertThat(connections()).containsExactly(1, 1, 2, 3);
    assertThat(connectionFields())
        .containsExactly(List.of(), List.of("close"), List.of("close"), List.of());
  }

  /** What comes after the head of such an answer would be read as the next one's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HEAD / HTTP/1.1 200 OK",
        "GET / HTTP/1.1 204 No Content",
        "GET / HTTP/1.1 304 Not Modified"
      })
  void noAnswerIsTakenForTheNext(String both) throws IOException {
    String line = both.substring(0, both.indexOf("HTTP/1.1") + 8);
    String forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    proxy
        .backend()
        .script(
            exchange -> {
              if (exchange.request().line().equals("GET /next HTTP/1.1")) {
                exchange.send(Backend.OK);
                return;
              }
              exchange.send(
                  both.substring(both.indexOf("HTTP/1.1"))
                      + "\r\nContent-Length: "
                      + forged.length()
                      + "\r\n\r\n");
              exchange.in().mark(1);
              if (exchange.in().read() >= 0) { // whoever asks next is given the rest
                exchange.in().reset();
                exchange.send(forged);
              }
            });
    try (Http1 caller = proxy.caller()) {
      caller.send(line + "\r\nHost: o\r\n\r\n").head();
      assertThat(caller.get("/next").text()).isEqualTo("ok");
    }
    assertThat(connections()).containsExactly(1, 2);
  }

  @Test
  void anInterimAnswerHasNoBody() throws IOException {
    proxy.backend().answers("HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\nhello" + Backend.OK);
    try (Http1 caller = proxy.caller()) {
      assertThat(caller.get("/").status()).isEqualTo(502);
    }
  }

  /** It closes with the rest unread, which has its system reset the connection. */
  @Test
  void anAnswerThatComesBeforeTheBodyIsTaken_reachesTheClient() throws Exception {
    proxy.backend().leavesBodies();
    proxy
        .backend()
        .script(
            exchange -> {
              exchange.in().read();
              exchange.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
              exchange.socket().close();
            });
    for (int i = 0; i < 20; i++) {
      try (Http1 caller = proxy.caller()) {
        caller.send("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 3000000\r\n\r\n");
        Thread upload = new Thread(() -> upload(caller));
        upload.start();
        assertThat(caller.read().status()).isEqualTo(413);
        assertThat(caller.closedByPeer()).isTrue();
        upload.join();
      }
    }
  }

  private static void upload(Http1 caller) {
    try {
      for (int i = 0; i < 3_000; i++) {
        caller.send("x".repeat(1_000));
      }
    } catch (IOException e) {
      // Refused, as it should be.
    }
  }

  /** Where mesh TLS ends, somebody reads bodies who is known to: an agent's server, or a proxy. */
  @Test
  void meshTlsIsKept_plaintextIsNot() throws IOException {
    String post = "POST http://orders/ HTTP/1.1\r\nHost: orders\r\nContent-Length: 2\r\n\r\nhi";
    proxy.outbound().route("orders", TestEndpoint.tls("orders", proxy.inboundPort()));
    try (Http1 application = proxy.application()) {
      for (int i = 0; i < 3; i++) {
        assertThat(application.send(post).read().text()).isEqualTo("ok");
      }
    }
    assertThat(proxy.listener().sniffs()).isLessThan(3);
    proxy.outbound().route("orders", TestEndpoint.plain("orders", proxy.backend().port()));
    int before = proxy.backend().connections();
    try (Http1 application = proxy.application()) {
      for (int i = 0; i < 3; i++) {
        assertThat(application.send(post).read().text()).isEqualTo("ok");
      }
    }
    assertThat(proxy.backend().connections()).isEqualTo(before + 3);
  }
}
