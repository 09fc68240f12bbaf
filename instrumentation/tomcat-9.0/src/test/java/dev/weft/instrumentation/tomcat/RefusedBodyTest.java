package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are refused before their body is read: what is left of it is no request. */
class RefusedBodyTest extends AbstractTomcatTest {
  private static final String SMUGGLED = "GET /facts?smuggled HTTP/1.1\r\nHost: orders\r\n\r\n";

  RefusedBodyTest(String version) {
    super(version);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: ",
        "Expect: 100-continue\r\nContent-Length: ",
        "Transfer-Encoding: "
      })
  void theConnectionEndsWithTheRefusal(String framing) throws Exception {
    boolean chunked = framing.startsWith("Transfer");
    String size = Integer.toString(SMUGGLED.length(), chunked ? 16 : 10);
    String body =
        chunked
            ? "chunked\r\n\r\n" + size + "\r\n" + SMUGGLED + "\r\n0\r\n\r\n"
            : size + "\r\n\r\n" + SMUGGLED;
    try (TomcatUnderTest tomcat = start()) {
      TestListener listener = tomcat.listener();
      listener.rule(asked -> TestListener.refusal(403, "no"));
      for (boolean tls : new boolean[] {false, true}) {
        try (Http1 client = tls ? Http1.tls(tomcat.port(), "shop") : Http1.plain(tomcat.port())) {
          client.send("POST /facts HTTP/1.1\r\nHost: orders\r\n" + framing + body + SMUGGLED);
          assertThat(client.read().status()).isEqualTo(403);
          assertThat(client.closedByPeer()).isTrue();
        }
      }
      assertThat(listener.asked()).extracting(TestListener.Asked::method).containsOnly("POST");
      assertThat(listener.asked()).hasSize(2);
      assertThat(listener.requestsStarted()).isZero();
    }
  }
}
