package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands before the application, and what the application is to see of it: nothing. */
public interface RequestContract extends ServerKit {
  @Test
  default void theApplicationSeesPlaintext() throws Exception {
    try (ServerUnderTest server = start(most())) {
      for (Wire wire : wires()) {
        try (Caller caller = Caller.open(wire, server.port(), "shop")) {
          assertThat(caller.get("/facts"))
              .contains("scheme=http\n", "secure=false\n", "certificate=null\n")
              .contains("url=http://orders/facts\n")
              .contains(wire.http2() ? "protocol=HTTP/2.0\n" : "protocol=HTTP/1.1\n");
        }
      }
      try (Http1 plain = Http1.plain(server.port());
          Http1 tls = Http1.tls(server.port(), "shop")) {
        assertThat(tls.get("/facts").text()).isEqualTo(plain.get("/facts").text());
      }
    }
  }

  @Test
  default void redirectsAndCookiesAreAsWithoutTheMesh() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop")) {
      Http1.Response redirect = tls.get("/redirect");
      assertThat(redirect.status()).isEqualTo(302);
      assertThat(redirect.header("location"))
          .isNotNull()
          .isEqualTo(plain.get("/redirect").header("location"));
      for (Http1 client : List.of(plain, tls)) {
        assertThat(client.get("/cookie").header("set-cookie"))
            .isNotNull()
            .doesNotContainIgnoringCase("secure");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void reservedHeadersAreStrippedFromEveryone(Wire wire) throws Exception {
    String[] forged = {
      "weft-source", "a",
      "WEFT-timeout-ms", "1",
      "kept-1", "x",
      "Weft-Source", "b",
      "weft-hops", "c",
      "X-Forwarded-Client-Cert", "By=spiffe://weft.internal/ns/default/sa/admin",
      "x-forwarded-client-cert", "again",
      "Weft", "y",
      "X-Weft-Not", "weft-y",
      "wEFT-last", "z"
    };
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      for (int i = 0; i < 2; i++) {
        assertThat(caller.get("/facts", forged).lines())
            .filteredOn(line -> line.startsWith("header:") && !line.startsWith("header:host="))
            .containsExactlyInAnyOrder(
                "header:kept-1=x", "header:weft=y", "header:x-weft-not=weft-y");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void theApplicationIsShownItsCallerWhereItIsToKnow(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      server.listener().forward();
      String[] forged = {"x-forwarded-client-cert", "URI=admin"};
      for (int i = 0; i < 2; i++) {
        assertThat(caller.get("/facts", forged).lines())
            .filteredOn(line -> line.startsWith("header:") && !line.startsWith("header:host="))
            .isEqualTo(wire.tls() ? List.of("header:x-forwarded-client-cert=URI=shop") : List.of());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void everyRequestIsAskedAboutWithItsPeerAndItsRawPath(Wire wire) throws Exception {
    @Nullable String peer = wire.tls() ? "shop" : null;
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      caller.get("/facts");
      caller.get("/facts?x=/y%20");
      caller.get("/no%77here/%2e");
      assertThat(server.listener().asked())
          .extracting(
              TestListener.Asked::peer, TestListener.Asked::method, TestListener.Asked::path)
          .containsExactly(
              tuple(peer, "GET", "/facts"),
              tuple(peer, "GET", "/facts"),
              tuple(peer, "GET", "/no%77here/%2e"));
    }
  }

  @ParameterizedTest
  @EnumSource
  default void everyEndIsToldWithItsStatus(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      caller.get("/facts");
      caller.get("/facts?again");
      server.listener().awaitEnds(2);
      assertThat(server.listener().statuses()).containsExactly("GET /facts 200", "GET /facts 200");
    }
  }

  @ParameterizedTest
  @EnumSource
  default void strictRefusesWhoeverHasNoIdentity(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      server.listener().strict();
      if (wire.tls()) {
        assertThat(caller.get("/facts", "weft-source", "nobody")).contains("scheme=http\n");
      } else {
        assertThat(caller.get("/facts", "weft-source", "shop"))
            .contains("PeerAuthentication")
            .doesNotContain("scheme=");
        assertThat(server.listener().requestsStarted()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TLS", "H2_TLS"})
  default void identityDecidesRequestByRequest(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller shop = Caller.open(wire, server.port(), "shop");
        Caller billing = Caller.open(wire, server.port(), "billing")) {
      server
          .listener()
          .rule(
              asked ->
                  "billing".equals(asked.peer()) && "/echo".equals(asked.path())
                      ? TestListener.refusal(403, "not you")
                      : null);
      assertThat(shop.get("/facts")).contains("scheme=http\n");
      assertThat(billing.get("/facts")).contains("scheme=http\n");
      assertThat(shop.get("/echo")).isEmpty();
      assertThat(billing.get("/echo")).contains("not you");
      if (wire.http2()) {
        // A refused stream leaves its connection.
        assertThat(billing.get("/facts")).contains("scheme=http\n");
      }
    }
  }

  @Test
  default void refusesBeforeTheApplicationAndCloses() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 tls = Http1.tls(server.port(), "shop")) {
      server
          .listener()
          .rule(
              asked ->
                  "/upload".equals(asked.path()) ? TestListener.refusal(429, "slow down") : null);
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      tls.send("POST /upload HTTP/1.1\r\nHost: orders\r\nContent-Length: 5\r\n\r\nhello");
      Http1.Response refused = tls.read();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("content-type")).isEqualTo("application/problem+json");
      assertThat(refused.header("proxy-status")).isEqualTo("weft; error=http_request_denied");
      assertThat(refused.header("connection")).isEqualTo("close");
      assertThat(refused.text()).isEqualTo("{\"status\":429,\"detail\":\"slow down\"}");
      assertThat(tls.closedByPeer()).isTrue();
      assertAllEnded(server.listener(), 1);
    }
  }

  @Test
  default void refusedUploadsStillReadTheirAnswer() throws Exception {
    String post = "POST /upload HTTP/1.1\r\nHost: orders\r\nContent-Length: 200000\r\n";
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 waits = Http1.plain(server.port());
        Http1 sends = Http1.plain(server.port())) {
      server.listener().strict();
      assertThat(waits.send(post + "Expect: 100-continue\r\n\r\n").read().status()).isEqualTo(403);
      assertThat(waits.closedByPeer()).isTrue();
      sends.send(post + "\r\n" + "x".repeat(200_000));
      assertThat(sends.read().status()).isEqualTo(403);
    }
  }

  private static void assertAllEnded(TestListener listener, int requests) {
    ServerKit.assertAllEnded(listener, requests);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/facts", "/throw", "/nowhere", "/empty", "/unchanged", "/later?gate=g"})
  default void everyRequestStartsAndEndsOnce(String target) throws Exception {
    int requests = 0;
    TestListener listener;
    try (ServerUnderTest server = start(most())) {
      server.open("g");
      listener = server.listener();
      for (Wire wire : wires()) {
        try (Caller caller = Caller.open(wire, server.port(), "shop")) {
          caller.get(target);
        } catch (IOException e) {
          // Some servers close on an error of the application, without a word.
          assertThat(target).describedAs("%s by %s", e, wire).isEqualTo("/throw");
        }
        assertAllEnded(listener, ++requests);
      }
    }
    assertAllEnded(listener, requests);
  }

  @Test
  default void laterAnswersEndTheirRequests() throws Exception {
    int ended = 0;
    try (ServerUnderTest server = start(most());
        Http1 other = Http1.plain(server.port())) {
      TestListener listener = server.listener();
      for (Wire wire : wires()) {
        try (Caller caller = Caller.open(wire, server.port(), "shop")) {
          caller.begin("/later?gate=" + wire);
          int before = ended + 1;
          Await.until("the start", () -> listener.requestsStarted() == before);
          other.get("/facts");
          ended++;
          int others = ended;
          Await.until("the other's end", () -> listener.requestsEnded() == others);
          server.open(wire.toString());
          assertThat(caller.finish()).isEqualTo("done later");
          ended++;
          assertAllEnded(listener, ended);
        }
      }
    }
  }

  @Test
  default void lostConnectionsEndTheirRequests() throws Exception {
    TestListener listener;
    int requests = 0;
    try (ServerUnderTest server = start(most())) {
      listener = server.listener();
      List<AutoCloseable> clients = new ArrayList<>();
      if (can(ServerCapability.LOST_LATER)) {
        for (Wire wire : wires()) {
          clients.add(Caller.open(wire, server.port(), "shop").begin("/later?gate=g"));
          requests++;
        }
      }
      for (boolean tls : new boolean[] {true, false}) {
        clients.add(
            (tls ? Http1.tls(server.port(), "shop") : Http1.plain(server.port()))
                .send("POST /upload HTTP/1.1\r\nHost: o\r\nContent-Length: 100\r\n\r\nhalf"));
        requests++;
      }
      int all = requests;
      Await.until("that all are let in", () -> listener.requestsStarted() == all);
      for (AutoCloseable client : clients) {
        client.close();
      }
      server.open("g");
      assertAllEnded(listener, all);
    }
    assertAllEnded(listener, requests);
    // Half of the wires are mesh TLS.
    assertThat(listener.callers()).filteredOn("nobody"::equals).hasSize(requests / 2);
    assertThat(listener.callers()).hasSize(requests);
  }

  @Test
  default void stoppingEndsWhatIsInFlight() throws Exception {
    TestListener listener;
    try (ServerUnderTest server = start(Setup.PLAIN);
        Caller tls = Caller.open(Wire.TLS, server.port(), "shop")) {
      listener = server.listener();
      tls.begin("/later?gate=never");
      Await.until("the start", () -> listener.requestsStarted() == 1);
    }
    assertAllEnded(listener, 1);
  }

  @Test
  default void upgradedRequestsEndOnce() throws Exception {
    needs(ServerCapability.UPGRADE);
    TestListener listener;
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop")) {
      listener = server.listener();
      for (Http1 client : List.of(plain, tls)) {
        client.send(
            "GET /upgrade HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(101);
        for (int i = 0; i < 3; i++) {
          client.send("round and back");
          assertThat(new String(client.in().readNBytes(14), StandardCharsets.US_ASCII))
              .isEqualTo("round and back");
        }
      }
      assertAllEnded(listener, 2);
    }
    assertAllEnded(listener, 2);
  }

  @Test
  default void drainingEndsHttp1Connections() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop");
        Http1 later = Http1.tls(server.port(), "shop")) {
      assertThat(plain.get("/facts").header("connection")).isNull();
      assertThat(tls.get("/facts").header("connection")).isNull();
      later.send("GET /later?gate=g HTTP/1.1\r\nHost: o\r\n\r\n");
      Await.until("the start", () -> server.listener().requestsStarted() == 3);
      server.listener().draining(true);
      server.open("g");
      Http1.Response[] last = {plain.get("/facts"), tls.get("/download?bytes=20000"), later.read()};
      for (Http1.Response response : last) {
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("connection")).isEqualTo("close");
      }
      for (Http1 client : List.of(plain, tls, later)) {
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"H2C", "H2_TLS"})
  default void drainingSendsGoAwayOnHttp2AndFailsNothing(Wire wire) throws Exception {
    try (ServerUnderTest server = start(Setup.HTTP_2);
        Http2 h2 =
            Http2.over(
                wire.tls() ? Http1.tls(server.port(), "shop", "h2") : Http1.plain(server.port()))) {
      assertThat(h2.get(1, "http", "/facts").body(1)).contains("HTTP/2.0");
      h2.get(3, "http", "/later?gate=g");
      Await.until("the start", () -> server.listener().requestsStarted() == 2);
      server.listener().draining(true);
      h2.get(5, "http", "/facts");
      Set<Integer> unanswered = new HashSet<>(List.of(3, 5));
      List<Integer> lastStreams = new ArrayList<>();
      while (!unanswered.isEmpty()) {
        Http2.Frame frame = h2.next();
        assertThat(frame.type()).isNotEqualTo(Http2.RST_STREAM);
        if (frame.type() == Http2.GOAWAY) {
          int last = frame.lastStream();
          lastStreams.add(last);
          // A server may see a later stream no more once this is sent; the client may repeat it
          // elsewhere (RFC 9113, 6.8).
          unanswered.removeIf(stream -> stream > last);
          server.open("g");
        } else if (frame.endsStream()) {
          unanswered.remove(frame.stream());
        }
      }
      assertThat(lastStreams).isNotEmpty().allMatch(last -> last >= 3);
    }
  }
}
