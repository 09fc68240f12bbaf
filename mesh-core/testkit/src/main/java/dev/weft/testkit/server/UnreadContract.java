package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Applications that answer without having read the body: what they leave is nobody's request. They
 * are asked for exactly what was decided about.
 */
interface UnreadContract extends ServerKit {
  String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: orders\r\nx: y\r\n\r\n";

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void whatIsLeftUnreadIsNoRequest(Wire wire) throws Exception {
    try (ServerUnderTest server = start(Setup.CARELESS)) {
      String length = "Content-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED;
      String long200K = "x".repeat(200_000 - SMUGGLED.length()) + SMUGGLED;
      for (String method : List.of("GET", "HEAD", "POST", "DELETE", "OPTIONS")) {
        ask(wire, server, method, length);
        ask(
            wire,
            server,
            method,
            "Transfer-Encoding: chunked\r\n\r\n" + chunk(SMUGGLED) + "0\r\n\r\n");
        ask(wire, server, method, "Content-Length: 200000\r\n\r\n" + long200K);
      }
      assertSeen(server);
    }
  }

  /** Whoever waits for {@code 100 Continue} sends no body if it does not come. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  default void whatFollowsAnUnsentBodyIsDecidedAbout(boolean tls) throws Exception {
    try (ServerUnderTest server = start(Setup.CARELESS)) {
      String head =
          "POST /ignore HTTP/1.1\r\nHost: orders\r\nExpect: 100-continue\r\nContent-Length: "
              + SMUGGLED.length()
              + "\r\n\r\n";
      try (Http1 client = connect(tls ? Wire.TLS : Wire.PLAIN, server)) {
        client.send(head);
        int status = client.head().status();
        assertThat(status).isIn(100, 200);
        client.send(SMUGGLED); // the body, or the next request: it may not matter which
        client.closedByPeer();
      }
      assertSeen(server);
    }
  }

  @Test
  default void aProbeCarriesNothing() throws Exception {
    try (ServerUnderTest server = start(Setup.CARELESS)) {
      server.listener().rule(new KitPolicy().strict());
      for (String more :
          List.of(
              "Content-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED,
              "Transfer-Encoding: chunked\r\n\r\n" + chunk(SMUGGLED) + "0\r\n\r\n",
              "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
              "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")) {
        try (Http1 client = Http1.plain(server.port())) {
          client.send("GET /healthz HTTP/1.1\r\nHost: orders\r\n" + more);
          assertThat(client.read().status()).as(more).isEqualTo(403);
          assertThat(client.closedByPeer()).isTrue();
        }
      }
      try (Http1 client = Http1.plain(server.port())) {
        assertThat(client.get("/healthz").status()).isNotEqualTo(403);
        assertThat(client.get("/healthz", "Content-Length: 0").status()).isNotEqualTo(403);
      }
      server.listener().rule(request -> null);
      assertThat(seen(server)).containsExactly("GET /healthz", "GET /healthz");
    }
  }

  private static Http1 connect(Wire wire, ServerUnderTest server) throws IOException {
    return wire.tls() ? Http1.tls(server.port(), "shop") : Http1.plain(server.port());
  }

  /** One request with a body, and as many as are answered after it. */
  private static void ask(Wire wire, ServerUnderTest server, String method, String rest)
      throws IOException {
    try (Http1 client = connect(wire, server)) {
      client.send(method + " /ignore HTTP/1.1\r\nHost: orders\r\n" + rest);
      Http1.Response answer = method.equals("HEAD") ? client.head() : client.read();
      assertThat(answer.status()).isEqualTo(200);
      if ("close".equals(answer.header("connection"))) {
        return;
      }
      // A server may close without having said so, rather than read what nobody wants.
      for (int i = 0; i < 2; i++) {
        Http1.Response next = client.get("/ignore?next=" + i);
        assertThat(next.text()).isEqualTo("ignored");
      }
    } catch (IOException e) {
      // It may, indeed.
    }
  }

  private static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  private static List<String> seen(ServerUnderTest server) throws IOException {
    try (Http1 client = Http1.plain(server.port())) {
      return client.get("/seen").text().lines().toList();
    }
  }

  private static void assertSeen(ServerUnderTest server) throws IOException {
    List<String> seen = seen(server);
    List<String> decided = new ArrayList<>();
    server.listener().asked().forEach(asked -> decided.add(asked.method() + " " + asked.path()));
    decided.remove("GET /seen");
    assertThat(seen).isNotEmpty().containsExactlyInAnyOrderElementsOf(decided);
  }
}
