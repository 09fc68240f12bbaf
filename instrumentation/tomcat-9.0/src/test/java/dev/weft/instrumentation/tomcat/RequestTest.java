package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tomcat's own targets, and its own ways to be asynchronous. */
class RequestTest extends AbstractTomcatTest {
  RequestTest(String version) {
    super(version);
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/async?how=complete",
        "/async?how=dispatch",
        "/async?how=timeout",
        "/async?how=at-once"
      })
  void asynchronousRequestsStartAndEndOnce(String target) throws Exception {
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
      if (!version.equals(TomcatUnderTest.WEAK_HTTP_2) || !target.endsWith("timeout")) {
        h2.get(1, "http", target).body(1);
        listener.awaitEnds(1);
      }
    }
    assertThat(listener.requestsEnded()).isEqualTo(listener.requestsStarted());
  }
}
