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
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What only the asynchronous client has, on the versions of the contract and on others between. */
@Timeout(30)
@ParameterizedClass(name = "HttpAsyncClient {0}")
@MethodSource("versions")
class AsyncHttpClient5Test {
  private final String version;
  private final TestMesh mesh = TestMesh.get();
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new ArrayList<>();
  private BiFunction<String, String, Object> app;

  AsyncHttpClient5Test(String version) {
    this.version = version;
  }

  static Stream<String> versions() {
    return Stream.concat(Versions.CONTRACT.stream(), Versions.SMOKE.stream()).distinct();
  }

  @BeforeEach
  void weave() {
    Weaver.install(new ApacheHttpClient5AsyncModule());
    mesh.reset();
    mesh.outbound(outbound);
  }

  @AfterEach
  void close() throws Exception {
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
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

  /** Answers nothing to {@code /stall}, and half of a body to {@code /half}. */
  private Origin slow() throws IOException {
    Origin origin = orders();
    origin.script(
        (request, connection, out) -> {
          if (request.target().equals("/half")) {
            out.write(
                "HTTP/1.1 200 x\r\nContent-Length: 8\r\n\r\nhalf"
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
          } else if (!request.target().equals("/stall")) {
            Origin.reply(out, 200, "ok");
          }
        });
    return origin;
  }

  @SuppressWarnings("unchecked")
  private Object app(String what, String url) throws Exception {
    if (app == null) {
      app =
          (BiFunction<String, String, Object>)
              Versions.load(version, AsyncApplication.class, BiFunction.class);
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

  @Test
  void whatIsGivenUpWhileItsConnectionIsValidatedGivesThatBack() throws Exception {
    Origin origin = orders();
    String busy = "http://127.0.0.1:" + origin(null).port() + "/";
    assertThat(app("give up in validation", "http://orders/ " + busy)).isEqualTo("200 ok");
    assertThat(origin.requests())
        .extracting(Origin.Request::target)
        .contains("/first", "/last")
        .doesNotContain("/given-up");
  }

  @Test
  void aConnectionThatIsKeptHoldsNothingOfTheCallThatItWasMadeFor() throws Exception {
    orders();
    assertThat(app("forgotten", "http://orders/")).isEqualTo(1);
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
  void theContextShowsTheApplicationsRouteAndUri() throws Exception {
    orders();
    assertThat(app("context", "http://orders/x"))
        .isEqualTo(
            List.of("http://orders:80", "http://orders:80", "http://orders/x", "null", "null"));
  }

  @Test
  void theLibrarysRetriesAreOffForTheMeshAndOnForOthers() throws Exception {
    Origin origin = orders();
    origin.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(app("strategy", "http://orders/")).isEqualTo(List.of("503 busy", 0));
    assertThat(origin.requests()).hasSize(1);
    origin.script((request, connection, out) -> connection.close());
    assertThat(app("strategy", "http://orders/")).isEqualTo(List.of("IOException", 0));
    assertThat(origin.requests()).hasSize(2);
    assertThat(outbound.attempts().get(1).known()).isEqualTo(Failure.CONNECTION_TERMINATED);

    Origin other = origin(null);
    other.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(app("strategy", "http://127.0.0.1:" + other.port() + "/"))
        .isEqualTo(List.of("503 busy", 3));
    assertThat(other.requests()).hasSize(3);
  }

  @Test
  void aConsumerThatIsGivenPiecesSeesTheLastResponseOnly() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, turns.getAndIncrement() < 2 ? 503 : 201, "body"));
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
    assertThat(app("stream", "http://orders/")).isEqualTo(List.of("201", "body"));
    assertThat(origin.requests()).hasSize(3);
    assertThat(origin.connections()).isEqualTo(1);
  }

  /** The second call is one for a name that the mesh has yet to hear of. */
  @Test
  void aThreadOfTheReactorAsks_andDoesNotWait() throws Exception {
    Origin origin = orders();
    AtomicInteger answers = new AtomicInteger();
    origin.script(
        (request, connection, out) -> {
          if (request.target().equals("/")) {
            Origin.reply(out, 302, "", "Location: /there");
            return;
          }
          if (answers.getAndIncrement() == 0) {
            outbound.hold();
          }
          Origin.reply(out, 200, "ok");
        });
    Queue<String> threads = new ConcurrentLinkedQueue<>();
    outbound.route(
        "orders",
        () -> {
          threads.add(Thread.currentThread().getName().replaceAll("-\\d+", ""));
          return TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
        });
    Thread tells =
        new Thread(
            () -> {
              Await.until("the second call is held", () -> outbound.held() == 1);
              outbound.tell();
            });
    tells.start();
    assertThat(app("chained", "http://orders/")).isEqualTo(List.of(true, true, "200 ok"));
    tells.join();
    assertThat(threads)
        .containsExactly(
            Thread.currentThread().getName(),
            "httpclient-dispatch",
            "test-mesh-aside",
            "httpclient-dispatch");
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

  /** One that asks a service for tokens, which is down. */
  @Test
  void anInterceptorThatFailsIsNotTheEndpointsFault() throws Exception {
    orders();
    assertThat(app("broken interceptor", "http://orders/"))
        .isInstanceOfSatisfying(
            IOException.class, e -> assertThat(e).hasMessageContaining("no token"));
    TestAttempt attempt = outbound.attempts().get(0);
    assertThat(attempt.known() == Failure.OTHER || attempt.outcomes().contains("abandoned"))
        .as("%s, %s", attempt.known(), attempt.outcomes())
        .isTrue();
  }

  @Test
  void connectionsThatTheApplicationMakesItselfAreNeverPlaintextInstead() throws Exception {
    Origin plain = origin(null);
    outbound.route("orders", TestEndpoint.plain("orders", plain.port()));
    assertThat(app("own manager", "http://orders/")).isEqualTo("200 ok");
    outbound.route("orders", TestEndpoint.tls("orders", plain.port()));
    assertThat(app("own manager", "http://orders/secret")).isInstanceOf(SSLException.class);
    assertThat(plain.requests()).hasSize(1);
    assertThat(outbound.attempts().get(1).known()).isEqualTo(Failure.TLS_ERROR);
  }

  /** Also on a connection that has just been made, and has had other limits while it was. */
  @Test
  void theApplicationsResponseTimeoutHolds() throws Exception {
    slow();
    assertThat(app("response timeout", "http://orders/stall"))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(outbound.attempts().get(0).known()).isEqualTo(Failure.READ_TIMEOUT);
  }

  @Test
  void aCallGivenUpInTheQueueForAConnectionTakesNone() throws Exception {
    Origin origin = slow();
    assertThat(app("give up in queue", "http://orders/")).isEqualTo("200 ok");
    assertThat(origin.requests()).hasSizeLessThanOrEqualTo(2);
    assertThat(outbound.outcomes())
        .containsExactly(List.of("abandoned"), List.of("abandoned"), List.of("200"));
  }

  @Test
  void aTimeoutEndsTheWaitForAConnection() throws Exception {
    Origin origin = slow();
    Refusal late =
        new Refusal(
            504, "weft; error=http_response_timeout", "{}".getBytes(StandardCharsets.UTF_8), null);
    AtomicInteger calls = new AtomicInteger();
    outbound.route(
        "orders",
        () -> {
          TestAttempt attempt = TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
          return calls.getAndIncrement() == 0
              ? attempt
              : attempt.withTimeout(Duration.ofMillis(300)).onTimeout(Verdict.answer(late));
        });
    assertThat(app("busy pool", "http://orders/")).isEqualTo("504 {}");
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"), List.of("timed out"));
  }

  @Test
  void aBodyGivenUpGivesItsConnectionBack() throws Exception {
    Origin origin = slow();
    assertThat(app("give up body", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("200"));
    assertThat(origin.connections()).isEqualTo(2);
  }

  @Test
  void whatOnlyHttp1KnowsIsSent() throws Exception {
    Origin origin = orders();
    assertThat(app("connection header", "http://orders/")).isEqualTo("200 ok");
    assertThat(origin.requests().get(0).headers()).containsEntry("connection", "close");
  }
}
