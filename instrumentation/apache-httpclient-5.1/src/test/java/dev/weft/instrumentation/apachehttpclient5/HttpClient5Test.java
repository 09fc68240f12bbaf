package dev.weft.instrumentation.apachehttpclient5;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bootstrap.Failure;
import dev.weft.bootstrap.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Await;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What only this library has, on the versions of the contract and on others between them. */
@Timeout(20)
@ParameterizedClass(name = "HttpClient {0}")
@MethodSource("versions")
class HttpClient5Test {
  private final String version;
  private final TestMesh mesh = TestMesh.get();
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new ArrayList<>();
  private BiFunction<String, String, Object> app;

  HttpClient5Test(String version) {
    this.version = version;
  }

  static Stream<String> versions() {
    return Stream.concat(Versions.CONTRACT.stream(), Versions.SMOKE.stream()).distinct();
  }

  @BeforeEach
  void weave() {
    Weaver.install(new ApacheHttpClient5Module());
    mesh.reset();
    mesh.outbound(outbound);
  }

  @AfterEach
  void close() throws IOException {
    for (Origin origin : origins) {
      origin.close();
    }
    assertThat(Weaver.errors()).isEmpty();
    assertThat(mesh.faults()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  private Origin origin(String identity) throws IOException {
    Origin origin = new Origin(identity);
    origins.add(origin);
    return origin;
  }

  /** A server of the service {@code orders} over mesh TLS, to which its calls go. */
  private Origin orders() throws IOException {
    Origin origin = origin("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    return origin;
  }

  @SuppressWarnings("unchecked")
  private Object app(String what, String url) throws Exception {
    if (app == null) {
      app =
          (BiFunction<String, String, Object>)
              Versions.load(version, Application.class, BiFunction.class);
    }
    return app.apply(what, url);
  }

  @Test
  void connectionsAreSharedThroughAManagerAndHaveNoState() throws Exception {
    Origin origin = orders();
    assertThat(app("shared manager", "http://orders/")).isEqualTo(List.of(1, "null", "null"));
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(origin.requests()).hasSize(20);
  }

  /** One that asks a service for tokens, which is down. */
  @Test
  void anInterceptorThatFailsIsNotTheEndpointsFault() throws Exception {
    orders();
    assertThat(app("broken interceptor", "http://orders/"))
        .isInstanceOfSatisfying(
            IOException.class, e -> assertThat(e).hasMessageContaining("no token"));
    assertThat(outbound.attempts()).hasSize(1);
    assertThat(outbound.attempts().get(0).known()).isEqualTo(Failure.OTHER);
    assertThat(app("erring interceptor", "http://orders/")).isEqualTo("of the application");
    assertThat(outbound.outcomes()).hasSize(2);
  }

  @Test
  void aPlannerOfTheApplicationsDoesNotMatter() throws Exception {
    orders();
    assertThat(app("own planner", "http://orders:80/")).isEqualTo("200 ok");
  }

  @Test
  void aProxyIsPassedBy() throws Exception {
    Origin origin = orders();
    assertThat(app("proxy", "http://orders/a?b")).isEqualTo("200 ok");
    Origin.Request seen = origin.requests().get(0);
    assertThat(seen.line()).isEqualTo("GET /a?b HTTP/1.1");
    assertThat(seen.headers().keySet()).noneMatch(name -> name.startsWith("proxy"));
  }

  @Test
  void nothingIsLookedUp() throws Exception {
    orders();
    assertThat(app("resolver", "http://orders/")).isEqualTo("200 ok");
  }

  @Test
  void aTargetBesideARelativeUriIsWhereItGoes() throws Exception {
    Origin origin = orders();
    assertThat(app("target", "http://orders:8080/there")).isEqualTo("200 ok");
    assertThat(origin.requests().get(0).headers()).containsEntry("host", "orders:8080");
    assertThat(outbound.asked()).containsExactly("http://orders:8080");
  }

  @Test
  void theContextShowsTheApplicationsRouteAndUri() throws Exception {
    orders();
    assertThat(app("context", "http://orders/x"))
        .isEqualTo(
            List.of(
                "http://orders:80", "http://orders:80", "http://orders/x", "null", "null", "null"));
  }

  @Test
  void theLibrarysRetriesAreOffForTheMeshAndOnForOthers() throws Exception {
    Origin origin = orders();
    origin.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(app("strategy", "http://orders/")).isEqualTo(List.of("503 busy", 0));
    assertThat(origin.requests()).hasSize(1);
    origin.script((request, connection, out) -> connection.close());
    assertThat(app("strategy", "http://orders/")).isEqualTo(List.of("NoHttpResponseException", 0));
    assertThat(origin.requests()).hasSize(2);
    assertThat(outbound.attempts().get(1).known()).isEqualTo(Failure.CONNECTION_TERMINATED);

    Origin other = origin(null);
    other.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(app("strategy", "http://127.0.0.1:" + other.port() + "/"))
        .isEqualTo(List.of("503 busy", 3));
    assertThat(other.requests()).hasSize(3);
  }

  @Test
  void aHandlerSeesTheLastResponseOnly() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            out.write(
                ("HTTP/1.1 "
                        + (turns.getAndIncrement() < 2 ? 503 : 201)
                        + " x\r\nContent-Length: 4\r\n\r\nbody")
                    .getBytes(StandardCharsets.ISO_8859_1)));
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
    assertThat(app("handler", "http://orders/")).isEqualTo(List.of(201));
    assertThat(origin.requests()).hasSize(3);
    // What was there already was read, and the connection kept.
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void tasksAreCallsLikeOthers() throws Exception {
    orders();
    assertThat(app("future", "http://orders/")).isEqualTo("200 ok");
  }

  @Test
  void aTaskGivenUpLeavesItsThreadInPeace() throws Exception {
    orders();
    assertThat(app("give up future", "http://orders/")).isInstanceOf(Exception.class);
    assertThat(outbound.outcomes())
        .allSatisfy(told -> assertThat(told).isIn(List.of("abandoned"), List.of("200")));
  }

  @Test
  void theMeshIsNotAskedAboutWhatACacheHas() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) ->
            Origin.reply(
                out,
                200,
                "kept",
                "Cache-Control: max-age=600",
                "Date: "
                    + java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        java.time.ZonedDateTime.now(java.time.ZoneOffset.UTC))));
    assertThat(app("cache", "http://orders/")).isEqualTo(List.of("200 kept", "200 kept"));
    assertThat(outbound.outcomes()).containsExactly(List.of("200"));
  }

  @Test
  void challengesAreAnsweredOnTheSameEndpoint() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) -> {
          if (request.headers().containsKey("authorization")) {
            Origin.reply(out, 200, "let in");
          } else {
            Origin.reply(out, 401, "no", "WWW-Authenticate: Basic realm=\"x\"");
          }
        });
    assertThat(app("credentials", "http://orders/")).isEqualTo("200 let in");
    assertThat(origin.requests()).hasSize(2);
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(outbound.outcomes()).containsExactly(List.of("200"));
  }

  @Test
  void connectionsThatTheApplicationMakesItselfAreNeverPlaintextInstead() throws Exception {
    Origin plain = origin(null);
    outbound.route("orders", TestEndpoint.plain("orders", plain.port()));
    assertThat(app("own operator", "http://orders/")).isEqualTo("200 ok");
    outbound.route("orders", TestEndpoint.tls("orders", plain.port()));
    assertThat(app("own operator", "http://orders/secret"))
        .isInstanceOf(javax.net.ssl.SSLException.class);
    assertThat(plain.requests()).hasSize(1);
    assertThat(outbound.attempts().get(1).known()).isEqualTo(Failure.TLS_ERROR);
  }

  @Test
  void aConnectionThatDiedWhileItWasIdleLosesNoPost() throws Exception {
    Origin origin = orders();
    AtomicInteger closed = new AtomicInteger();
    origin.script(
        (request, connection, out) -> {
          Origin.reply(out, 200, "ok");
          connection.close();
          closed.incrementAndGet();
        });
    assertThat(app("post", "http://orders/")).isEqualTo("200 ok");
    Await.until("the server has hung up", () -> closed.get() == 1);
    assertThat(app("post", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @Test
  void aTimeoutEndsTheWaitForAConnection() throws Exception {
    Origin origin = orders();
    Refusal late =
        new Refusal(
            504, "weft; error=http_response_timeout", "{}".getBytes(StandardCharsets.UTF_8), null);
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                .withTimeout(Duration.ofMillis(300))
                .onTimeout(Verdict.answer(late)));
    assertThat(app("busy pool", "http://orders/")).isEqualTo("504 {}");
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("timed out"));
  }

  @Test
  void aStreamIsNoReplayableBody() throws Exception {
    Origin origin = orders();
    assertThat(app("stream", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound.described().get(0).replayable()).isFalse();
    assertThat(origin.requests()).hasSize(1);
  }

  /** The pool gives no connection to a thread that is interrupted. */
  @Test
  void anInterruptOfTheApplicationsOwnStaysOne() throws Exception {
    orders();
    assertThat(app("interrupt", "http://orders/"))
        .isEqualTo(List.of("CancellationException", true));
  }
}
