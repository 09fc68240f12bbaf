package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands before the application, and sees each request to its end. */
class RequestTest extends AbstractTomcatTest {
  RequestTest(String version) {
    super(version);
  }

  @Test
  void reservedHeadersAreStrippedFromEveryone() throws Exception {
    String[] forged = {
      "weft-source: a",
      "WEFT-timeout-ms: 1",
      "kept-1: x",
      "Weft-Source: b",
      "weft-: c",
      "X-Forwarded-Client-Cert: By=spiffe://x",
      "x-forwarded-client-cert: again",
      "kept-2: weft-y",
      "weft-last: z"
    };
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http2 streams = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(client.get("/facts", forged).text().lines())
            .filteredOn(line -> line.startsWith("header:"))
            .containsExactlyInAnyOrder(
                "header:host=orders", "header:kept-1=x", "header:kept-2=weft-y");
      }
      String[] literal = {
        "weft-source", "a", "kept-1", "x", "x-forwarded-client-cert", "b", "weft-source", "c"
      };
      assertThat(streams.get(1, "http", "/facts", literal).body(1))
          .contains("header:kept-1=x")
          .doesNotContain("weft", "forwarded");
    }
  }

  @Test
  void asksWithTheRawPathWithoutTheQuery() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http2 streams = Http2.over(Http1.plain(tomcat.port()))) {
      tls.get("/fac%74s;a=b/../facts?x=/y%20");
      tls.send("POST http://orders/facts?q HTTP/1.1\r\nHost: orders\r\nContent-Length: 0\r\n\r\n");
      assertThat(tls.read().status()).isEqualTo(200);
      streams.get(1, "http", "/facts%2e?x").body(1);
      assertThat(tomcat.listener().asked())
          .extracting(TestListener.Asked::method, TestListener.Asked::path)
          .containsExactly(
              tuple("GET", "/fac%74s;a=b/../facts"),
              tuple("POST", "/facts"),
              tuple("GET", "/facts%2e"));
    }
  }

  @Test
  void refusesBeforeTheApplication() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      tomcat
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
      tomcat.listener().awaitEnds(1);
      assertThat(tomcat.listener().requestsStarted()).isEqualTo(1);
    }
  }

  @Test
  void refusedUploadThatWaitsToContinueIsNotAskedFor() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port())) {
      tomcat.listener().strict();
      plain.send(
          "POST /upload HTTP/1.1\r\nHost: orders\r\nContent-Length: 5000000\r\n"
              + "Expect: 100-continue\r\n\r\n");
      assertThat(plain.read().status()).isEqualTo(403);
      assertThat(plain.closedByPeer()).isTrue();
    }
  }

  @Test
  void strictRefusesPlaintextAndLetsMeshTlsIn() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http2 h2c = Http2.over(Http1.plain(tomcat.port()));
        Http2 h2 = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      tomcat.listener().strict();
      Http1.Response refused = plain.get("/facts", "weft-source: shop");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).contains("PeerAuthentication");
      assertThat(plain.closedByPeer()).isTrue();
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(h2c.get(1, "http", "/facts").body(1)).contains("PeerAuthentication");
      assertThat(h2.get(1, "http", "/facts").body(1)).contains("protocol=HTTP/2.0");
      assertThat(
              meshClient().send(request(tomcat, "/facts").build(), BodyHandlers.ofString()).body())
          .contains("protocol=HTTP/2.0");
    }
  }

  @Test
  void refusedHttp2StreamLeavesTheConnection() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http2 h2 = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      tomcat
          .listener()
          .rule(asked -> "/empty".equals(asked.path()) ? TestListener.refusal(403, "no") : null);
      assertThat(h2.get(1, "http", "/empty").body(1)).contains("\"detail\":\"no\"");
      assertThat(h2.get(3, "http", "/facts").body(3)).contains("protocol=HTTP/2.0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/facts",
        "/throw",
        "/nowhere",
        "/empty",
        "/async?how=complete",
        "/async?how=dispatch",
        "/async?how=timeout",
        "/async?how=at-once"
      })
  void everyRequestStartsAndEndsOnce(String target) throws Exception {
    int requests = 2;
    TestListener listener;
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http2 h2 = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      listener = tomcat.listener();
      plain.get(target, "Connection: close");
      listener.awaitEnds(1);
      tls.get(target);
      listener.awaitEnds(1);
      if (!version.equals(WEAK_HTTP_2) || !target.endsWith("timeout")) {
        h2.get(1, "http", target).body(1);
        listener.awaitEnds(1);
        requests++;
      }
    }
    assertThat(listener.requestsStarted()).isEqualTo(requests);
    assertThat(listener.requestsEnded()).isEqualTo(requests);
  }

  @Test
  void asyncRequestEndsWhenItIsDone() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http2 h2 = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      tls.send("GET /async?how=complete&gate=a HTTP/1.1\r\nHost: orders\r\n\r\n");
      h2.get(1, "http", "/async?how=complete&gate=b");
      try (Http1 other = Http1.plain(tomcat.port())) {
        other.get("/facts");
        tomcat.listener().awaitEnds(1);
      }
      assertThat(tomcat.listener().requestsEnded()).isEqualTo(1);
      tomcat.open("a");
      assertThat(tls.read().text()).isEqualTo("done later");
      tomcat.listener().awaitEnds(1);
      tomcat.open("b");
      assertThat(h2.body(1)).isEqualTo("done later");
      tomcat.listener().awaitEnds(1);
      assertThat(tomcat.listener().requestsStarted()).isEqualTo(3);
    }
  }

  @Test
  void lostConnectionsEndTheirRequests() throws Exception {
    TestListener listener;
    try (TomcatUnderTest tomcat = start("http2", true)) {
      listener = tomcat.listener();
      List<AutoCloseable> clients = new ArrayList<>();
      clients.add(
          Http1.tls(tomcat.port(), "shop")
              .send("GET /async?how=complete&gate=g HTTP/1.1\r\nHost: o\r\n\r\n"));
      clients.add(
          Http1.plain(tomcat.port())
              .send("GET /async?how=complete&gate=g HTTP/1.1\r\nHost: o\r\n\r\n"));
      clients.add(
          Http1.tls(tomcat.port(), "shop")
              .send("POST /upload HTTP/1.1\r\nHost: o\r\nContent-Length: 100\r\n\r\nhalf"));
      clients.add(
          Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))
              .get(1, "http", "/async?how=complete&gate=g"));
      // Each was let in before it is lost.
      try (Http1 other = Http1.plain(tomcat.port())) {
        while (listener.requestsStarted() - listener.requestsEnded() < 4) {
          other.get("/facts");
        }
      }
      for (AutoCloseable client : clients) {
        client.close();
      }
      tomcat.open("g");
      listener.awaitEnds(listener.requestsStarted());
    }
    assertThat(listener.requestsEnded()).isEqualTo(listener.requestsStarted());
  }

  @Test
  void stoppingEndsWhatIsInFlight() throws Exception {
    TestListener listener;
    try (TomcatUnderTest tomcat = start();
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      listener = tomcat.listener();
      tls.send("GET /async?how=complete&gate=never HTTP/1.1\r\nHost: o\r\n\r\n");
      try (Http1 other = Http1.plain(tomcat.port())) {
        while (listener.requestsStarted() - listener.requestsEnded() < 1) {
          other.get("/facts");
        }
      }
    }
    listener.awaitEnds(listener.requestsStarted());
  }

  @Test
  void upgradedRequestEndsOnce() throws Exception {
    TestListener listener;
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      listener = tomcat.listener();
      for (Http1 client : List.of(plain, tls)) {
        assertThat(client.get("/upgrade", "Connection: upgrade", "Upgrade: echo").status())
            .isEqualTo(101);
        client.send("round and back");
        assertThat(new String(client.in().readNBytes(14), "US-ASCII")).isEqualTo("round and back");
        listener.awaitEnds(1);
      }
    }
    assertThat(listener.requestsStarted()).isEqualTo(2);
    assertThat(listener.requestsEnded()).isEqualTo(2);
  }

  @Test
  void drainingEndsHttp1Connections() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http1 async = Http1.tls(tomcat.port(), "shop")) {
      assertThat(plain.get("/facts").header("connection")).isNull();
      assertThat(tls.get("/facts").header("connection")).isNull();
      async.send("GET /async?how=complete&gate=g HTTP/1.1\r\nHost: o\r\n\r\n");
      while (tomcat.listener().requestsStarted() < 3) {
        tls.get("/facts");
      }
      tomcat.listener().draining(true);
      tomcat.open("g");
      Http1.Response[] last = {plain.get("/facts"), tls.get("/download?bytes=20000"), async.read()};
      for (Http1.Response response : last) {
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("connection")).isEqualTo("close");
      }
      assertThat(plain.closedByPeer()).isTrue();
      assertThat(tls.closedByPeer()).isTrue();
      assertThat(async.closedByPeer()).isTrue();
    }
  }

  @Test
  void drainingSendsGoAwayOnHttp2() throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http2 h2 = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"))) {
      assertThat(h2.get(1, "http", "/facts").body(1)).contains("HTTP/2.0");
      tomcat.listener().draining(true);
      h2.get(3, "http", "/facts");
      List<Integer> types = new ArrayList<>();
      for (Http2.Frame frame = h2.next(); ; frame = h2.next()) {
        types.add(frame.type());
        if (frame.stream() == 3 && frame.endsStream()) {
          break;
        }
      }
      assertThat(types).contains(Http2.GOAWAY, Http2.DATA).doesNotContain(Http2.RST_STREAM);
    }
  }
}
