package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.bridge.HeadChange;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.ClosedPort;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Unreachable;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application's calls through its HTTP proxy: the driver of calls and attempts. */
class OutboundTest {
  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  private Backend other;

  @BeforeEach
  void startAnother() throws IOException {
    other = new Backend();
  }

  @AfterEach
  void stopIt() throws IOException {
    other.close();
  }

  private static String get(String uri, String... fields) {
    StringBuilder head = new StringBuilder("GET " + uri + " HTTP/1.1\r\n");
    String rest = uri.substring("http://".length());
    head.append("Host: ").append(rest.split("[/?]", 2)[0]).append("\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  private static String post(String host, String body) {
    return "POST http://"
        + host
        + "/ HTTP/1.1\r\nHost: "
        + host
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private TestEndpoint endpoint() {
    return TestEndpoint.plain("stock", other.port());
  }

  /** Nobody listens there. */
  private static TestEndpoint nobody() throws IOException {
    return TestEndpoint.plain("stock", ClosedPort.get());
  }

  @Test
  void absoluteForm_isRoutedByItsHost_andSentInOriginForm() throws IOException {
    proxy.outbound().route("stock", endpoint());
    try (Http1 application = proxy.application()) {
      assertThat(application.send(get("http://Stock:8080/a?b=c")).read().text()).isEqualTo("ok");
      assertThat(application.send(get("http://stock")).read().text()).isEqualTo("ok");
    }
    assertThat(proxy.outbound().described())
        .extracting(TestOutbound.Described::host, TestOutbound.Described::port)
        .containsExactly(tuple("stock", 8080), tuple("stock", -1));
    assertThat(other.received())
        .extracting(Backend.Received::line, request -> request.field("host"))
        .containsExactly(
            tuple("GET /a?b=c HTTP/1.1", "Stock:8080"), tuple("GET / HTTP/1.1", "stock"));
    assertThat(other.connections()).isEqualTo(1);
    assertThat(proxy.outbound().outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "CONNECT"})
  void whatMayNotLeaveTheMesh_isAnswered_andReachesNobody(String method) throws IOException {
    Refusal denied =
        new Refusal(
            403,
            "weft; error=http_request_denied",
            "{\"status\":403}".getBytes(StandardCharsets.UTF_8),
            null);
    String outside = "127.0.0.1:" + other.port();
    proxy.outbound().route("127.0.0.1", () -> TestAttempt.refused(denied));
    String head =
        method.equals("GET")
            ? get("http://" + outside + "/")
            : "CONNECT " + outside + " HTTP/1.1\r\nHost: " + outside + "\r\n\r\n";
    for (int i = 0; i < 2; i++) {
      try (Http1 application = proxy.application()) {
        Http1.Response answer = application.send(head).read();
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("proxy-status")).isEqualTo("weft; error=http_request_denied");
      }
    }
    assertThat(other.connections()).isZero();
  }

  @Test
  void meshTls_isSpokenWithTheEndpoint() throws IOException {
    // Another proxy's inbound port would do as well; here it is our own.
    proxy.outbound().route("orders", TestEndpoint.tls("orders", proxy.inboundPort()));
    try (Http1 application = proxy.application()) {
      for (int i = 0; i < 3; i++) {
        assertThat(application.send(get("http://orders/x")).read().text()).isEqualTo("ok");
      }
    }
    assertThat(proxy.listener().asked())
        .extracting(TestListener.Asked::peer)
        .containsExactly("shop", "shop", "shop");
    assertThat(proxy.listener().sniffs()).isLessThan(10);
  }

  @Test
  void theWrongPeer_is502AndNothingIsSent() throws IOException {
    proxy.outbound().route("stock", TestEndpoint.tls("stock", proxy.inboundPort()));
    proxy.outbound().route("stock", () -> TestAttempt.to(new WrongPeer(proxy.inboundPort())));
    try (Http1 application = proxy.application()) {
      Http1.Response answer = application.send(get("http://stock/")).read();
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.header("proxy-status")).contains("error=tls_certificate_error");
    }
    assertThat(proxy.backend().received()).isEmpty();
    assertThat(proxy.outbound().attempts().get(0).unsent()).isTrue();
  }

  /** Says that it trusts nobody. */
  private static final class WrongPeer extends dev.weft.bridge.MeshAddress {
    private static final long serialVersionUID = 1L;

    WrongPeer(int port) {
      super(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public boolean tls() {
      return true;
    }

    @Override
    public javax.net.ssl.SSLEngine clientEngine(String... alpn) {
      try {
        // The JDK's own roots have never heard of our services.
        javax.net.ssl.SSLEngine engine =
            javax.net.ssl.SSLContext.getDefault()
                .createSSLEngine("orders.default.weft.internal", 1);
        engine.setUseClientMode(true);
        return engine;
      } catch (java.security.NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public java.net.Socket layer(java.net.Socket raw, int timeoutMillis) {
      throw new UnsupportedOperationException();
    }

    @Override
    public javax.net.ssl.SSLSocketFactory sslSocketFactory() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aRefusedConnection_isTriedElsewhere_withItsBody() throws IOException {
    TestEndpoint gone = nobody();
    proxy
        .outbound()
        .script(
            "stock",
            List.of(
                () -> TestAttempt.to(gone).onFailure(Verdict.retryAfter(1_000_000)),
                () -> TestAttempt.to(endpoint())));
    try (Http1 application = proxy.application()) {
      assertThat(application.send(post("stock", "hello")).read().text()).isEqualTo("ok");
    }
    assertThat(other.received().element().text()).isEqualTo("hello");
    assertThat(proxy.outbound().attempts().get(0).unsent()).isTrue();
    assertThat(proxy.outbound().described().get(0).replayable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aConnectionThatTakesTooLong_isMadeElsewhere_handshakesIncluded(boolean tls)
      throws IOException {
    try (Unreachable nobody = tls ? Unreachable.silent() : Unreachable.full();
        Http1 application = proxy.application()) {
      TestEndpoint endpoint =
          tls
              ? TestEndpoint.tls("stock", nobody.port())
              : TestEndpoint.plain("stock", nobody.port());
      proxy
          .outbound()
          .script(
              "stock",
              List.of(
                  () ->
                      TestAttempt.to(endpoint)
                          .withConnectTimeout(Duration.ofMillis(100))
                          .onFailure(Verdict.retryAfter(0)),
                  () -> TestAttempt.to(endpoint()).withConnectTimeout(Duration.ofSeconds(30)),
                  () -> TestAttempt.to(endpoint).withConnectTimeout(Duration.ofMillis(100))));
      assertThat(application.send(post("stock", "hello")).read().text()).isEqualTo("ok");
      Http1.Response answer = application.send(get("http://stock/")).read();
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.header("proxy-status")).contains("error=connection_timeout");
    }
    assertThat(proxy.outbound().outcomes())
        .containsExactly(
            List.of("java.net.ConnectException"),
            List.of("200"),
            List.of("java.net.ConnectException"));
    assertThat(proxy.outbound().attempts().get(0).unsent()).isTrue();
    assertThat(proxy.outbound().attempts().get(0).error())
        .isInstanceOf(ConnectTimeoutException.class)
        .hasMessage("no connection within 100 ms");
    assertThat(other.received()).hasSize(1);
  }

  @Test
  void a503_isRetried_withTheSameBody() throws IOException {
    other.script(
        exchange ->
            exchange.send(
                exchange.request().connection() == 1
                    ? "HTTP/1.1 503 Nope\r\nContent-Length: 3\r\n\r\nbad"
                    : Backend.OK));
    proxy
        .outbound()
        .route(
            "stock",
            () ->
                TestAttempt.to(endpoint())
                    .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
    try (Http1 application = proxy.application()) {
      assertThat(application.send(post("stock", "hello")).read().text()).isEqualTo("ok");
    }
    assertThat(other.received())
        .extracting(Backend.Received::text)
        .containsExactly("hello", "hello");
    assertThat(proxy.outbound().outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 100000", "Transfer-Encoding: chunked"})
  void aLargeOrUnboundedBody_isNotReplayable_butWaitsForWhoTakesIt(String framing)
      throws IOException {
    TestEndpoint gone = nobody();
    proxy
        .outbound()
        .script(
            "stock",
            List.of(
                () -> TestAttempt.to(gone).onFailure(Verdict.retryAfter(0)),
                () -> TestAttempt.to(endpoint())));
    String body = "x".repeat(100_000);
    try (Http1 application = proxy.application()) {
      application.send(
          "POST http://stock/ HTTP/1.1\r\nHost: stock\r\n"
              + framing
              + "\r\n\r\n"
              + (framing.startsWith("T") ? "186a0\r\n" + body + "\r\n0\r\n\r\n" : body));
      assertThat(application.read().text()).isEqualTo("ok");
    }
    assertThat(other.received().element().text()).isEqualTo(body);
    assertThat(proxy.outbound().described().get(0).replayable()).isFalse();
    assertThat(proxy.outbound().attempts().get(0).unsent()).isTrue();
  }

  @Test
  void aBrokenConnection_isNotSaidToBeUnsent() throws IOException {
    other.script(exchange -> exchange.socket().close());
    proxy.outbound().route("stock", endpoint());
    try (Http1 application = proxy.application()) {
      assertThat(application.send(post("stock", "hello")).read().status()).isEqualTo(502);
    }
    assertThat(proxy.outbound().attempts().get(0).unsent()).isFalse();
    assertThat(other.received()).hasSize(1);
  }

  @Test
  void timeouts_endAttempts_andAreAnswered() throws IOException {
    other.script(exchange -> exchange.in().read());
    proxy
        .outbound()
        .script(
            "stock",
            List.of(
                () ->
                    TestAttempt.to(endpoint())
                        .withTimeout(Duration.ofMillis(50))
                        .onTimeout(Verdict.retryAfter(0)),
                () -> TestAttempt.to(endpoint()).withTimeout(Duration.ofMillis(50))));
    try (Http1 application = proxy.application()) {
      Http1.Response answer = application.send(get("http://stock/")).read();
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.header("proxy-status")).contains("error=http_response_timeout");
    }
    assertThat(proxy.outbound().outcomes())
        .containsExactly(List.of("timed out"), List.of("timed out"));
  }

  @Test
  void refusals_redirects_andAnswers_areResponses() throws IOException {
    other.answers("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    proxy
        .outbound()
        .script(
            "stock",
            List.of(
                () -> TestAttempt.refused(TestListener.refusal(503, "nobody")),
                () -> TestAttempt.refused(Refusal.redirect(301, "http://other/")),
                () ->
                    TestAttempt.to(endpoint())
                        .onResponse(
                            status -> Verdict.answer(TestListener.refusal(504, "deadline")))));
    try (Http1 application = proxy.application()) {
      assertThat(application.send(get("http://stock/")).read().text()).contains("nobody");
      Http1.Response redirect = application.send(get("http://stock/")).read();
      assertThat(redirect.status()).isEqualTo(301);
      assertThat(redirect.header("location")).isEqualTo("http://other/");
      assertThat(application.send(get("http://stock/")).read().text()).contains("deadline");
    }
  }

  @Test
  void heads_areChangedAsRoutesSay() throws IOException {
    proxy
        .outbound()
        .route(
            "stock",
            () ->
                TestAttempt.to(endpoint())
                    .with(
                        new HeadChange(
                            new String[] {"x-gone"},
                            new String[] {"X-Set", "new"},
                            new String[] {"X-Add", "more"},
                            "v2.stock",
                            "/v2?q"))
                    .withResponse(
                        new HeadChange(
                            new String[0],
                            new String[] {"X-By", "mesh"},
                            new String[0],
                            null,
                            null)));
    try (Http1 application = proxy.application()) {
      Http1.Response answer =
          application.send(get("http://stock/", "X-Gone: 1", "X-Set: old", "X-Add: one")).read();
      assertThat(answer.header("x-by")).isEqualTo("mesh");
    }
    Backend.Received sent = other.received().element();
    assertThat(sent.line()).isEqualTo("GET /v2?q HTTP/1.1");
    assertThat(sent.head().subList(1, sent.head().size()))
        .containsExactly("Host: v2.stock", "X-Add: one", "X-Set: new", "X-Add: more");
  }

  @Test
  void mirrors_getACopy_andTheirAnswersGoNowhere() throws Exception {
    proxy.outbound().route("stock", endpoint());
    TestAttempt copy = TestAttempt.to(TestEndpoint.plain("shadow", proxy.backend().port()));
    proxy.outbound().mirror("stock", copy);
    proxy.backend().answers("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    try (Http1 application = proxy.application()) {
      assertThat(application.send(post("stock", "hello")).read().text()).isEqualTo("ok");
      assertThat(copy.awaitOutcome()).isEqualTo("500");
    }
    assertThat(proxy.backend().received().element().text()).isEqualTo("hello");
  }

  @Test
  void delays_areSpent() throws IOException {
    proxy
        .outbound()
        .route("stock", () -> TestAttempt.to(endpoint()).withDelay(Duration.ofMillis(200)));
    long begun = System.nanoTime();
    try (Http1 application = proxy.application()) {
      assertThat(application.send(get("http://stock/")).read().status()).isEqualTo(200);
    }
    assertThat(System.nanoTime() - begun).isGreaterThan(190_000_000L);
  }

  @Test
  void aCallerThatGoes_abandonsItsAttempt() throws Exception {
    other.script(exchange -> exchange.in().read());
    TestAttempt attempt = TestAttempt.to(endpoint());
    proxy.outbound().route("stock", () -> attempt);
    Http1 application = proxy.application();
    application.send(get("http://stock/"));
    while (other.received().isEmpty()) {
      Thread.onSpinWait();
    }
    application.close();
    assertThat(attempt.awaitOutcome()).isEqualTo("abandoned");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CALL", "ATTEMPT"})
  void anErrorOfOurs_isAnAnswer(TestOutbound.Op failing) throws IOException {
    proxy.outbound().route("stock", endpoint());
    proxy.outbound().fail(failing);
    try (Http1 application = proxy.application()) {
      assertThat(application.send(get("http://stock/")).read().status()).isEqualTo(500);
    }
    assertThat(proxy.log()).contains("boom in " + failing);
  }

  @Test
  void others_arePassedOnAsByAnyProxy() throws IOException {
    try (Http1 application = proxy.application()) {
      String uri = "http://127.0.0.1:" + other.port() + "/a";
      assertThat(application.send(get(uri)).read().text()).isEqualTo("ok");
      assertThat(application.send(get(uri)).read().text()).isEqualTo("ok");
      Http1.Response unknown = application.send(get("http://no-such-host.invalid/")).read();
      assertThat(unknown.status()).isEqualTo(502);
      assertThat(unknown.header("proxy-status")).contains("error=dns_error");
    }
    assertThat(other.received())
        .extracting(Backend.Received::line)
        .containsExactly("GET /a HTTP/1.1", "GET /a HTTP/1.1");
  }

  @Test
  void connectToTheMesh_isAStream_withOneWarning() throws IOException {
    proxy.outbound().route("orders", TestEndpoint.tls("orders", proxy.inboundPort()));
    for (int i = 0; i < 2; i++) {
      try (Http1 application = proxy.application()) {
        application.send("CONNECT orders:80 HTTP/1.1\r\nHost: orders:80\r\n\r\n");
        assertThat(line(application)).isEqualTo("HTTP/1.1 200 Connection established");
        assertThat(line(application)).isEmpty();
        assertThat(application.get("/inside").text()).isEqualTo("ok");
      }
    }
    assertThat(proxy.listener().asked())
        .extracting(TestListener.Asked::peer, TestListener.Asked::path)
        .containsOnly(tuple("shop", "/inside"));
    assertThat(proxy.log().split("CONNECT orders:80 is passed on", -1)).hasSize(2);
  }

  @Test
  void connectToOthers_isAStream_withItsHalves() throws IOException {
    other.script(
        exchange -> {
          byte[] rest = exchange.in().readAllBytes();
          exchange.send("got " + new String(rest, StandardCharsets.US_ASCII));
          exchange.socket().close();
        });
    try (Http1 application = proxy.application()) {
      application.send(
          "CONNECT 127.0.0.1:"
              + other.port()
              + " HTTP/1.1\r\nHost: 127.0.0.1:"
              + other.port()
              + "\r\n\r\nGET / HTTP/1.1\r\n\r\nthe");
      assertThat(line(application)).isEqualTo("HTTP/1.1 200 Connection established");
      application.send(" rest").socket().shutdownOutput();
      assertThat(new String(application.in().readAllBytes(), StandardCharsets.US_ASCII))
          .isEqualTo("\r\ngot the rest");
    }
  }

  @Test
  void connectToNobody_is502() throws IOException {
    int port = nobody().getPort();
    try (Http1 application = proxy.application()) {
      application.send(
          "CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n");
      assertThat(application.read().status()).isEqualTo(502);
    }
  }

  @Test
  void aPortOfAService_isThatService() throws IOException {
    proxy.outbound().route("stock", endpoint());
    int port = proxy.listeners().service(ProxyUnderTest.loopback(0), "stock", 8080).getPort();
    try (Http1 application = Http1.plain(port)) {
      assertThat(application.send(to("127.0.0.1:" + port)).read().text()).isEqualTo("ok");
      assertThat(application.send("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n").read().status())
          .isEqualTo(405);
    }
    assertThat(other.received().element().field("host")).isEqualTo("stock:8080");
    assertThat(proxy.outbound().asked()).containsExactly("http://stock:8080");
  }

  @Test
  void aPortOfAServiceThatIsNone_is503() throws IOException {
    int port = proxy.listeners().service(ProxyUnderTest.loopback(0), "nobody", -1).getPort();
    try (Http1 application = Http1.plain(port)) {
      assertThat(application.send(to("localhost")).read().status()).isEqualTo(503);
    }
  }

  private static String to(String host) {
    return "GET /a HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  }

  /** Its own name may have been made to lead here by a page in a browser. */
  @Test
  void aPortOfAServiceIsNobodyElses() throws IOException {
    proxy.outbound().route("stock", endpoint());
    int port = proxy.listeners().service(ProxyUnderTest.loopback(0), "stock", -1).getPort();
    for (String host :
        List.of("localhost", "LOCALHOST:" + port, "127.0.0.1", "127.1.2.3:1", "[::1]", "Stock")) {
      try (Http1 application = Http1.plain(port)) {
        assertThat(application.send(to(host)).read().status()).as(host).isEqualTo(200);
      }
    }
    int before = other.received().size();
    for (String host :
        List.of(
            "evil.example:" + port, "localhost.evil.example", "127.0.0.1.example", "10.0.0.1")) {
      try (Http1 application = Http1.plain(port)) {
        Http1.Response refused = application.send(to(host)).read();
        assertThat(refused.status()).as(host).isEqualTo(403);
        assertThat(refused.text()).contains("Host: " + host).contains("expected: localhost");
        assertThat(application.closedByPeer()).isTrue();
      }
    }
    assertThat(other.received()).hasSize(before);
  }

  @Test
  void originForm_isNoRequestToAProxy() throws IOException {
    try (Http1 application = proxy.application()) {
      Http1.Response answer = application.get("/");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("this is an HTTP proxy");
    }
  }

  private static String line(Http1 connection) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = connection.in().read(); c != '\n'; c = connection.in().read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }
}
