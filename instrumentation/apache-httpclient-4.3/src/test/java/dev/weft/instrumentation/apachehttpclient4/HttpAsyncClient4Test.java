package dev.weft.instrumentation.apachehttpclient4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Failure;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Await;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.testkit.client.Scenes;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** What only the asynchronous client has, with the modules of both. */
@Timeout(30)
@ParameterizedClass(name = "HttpAsyncClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient4.Versions#ASYNC")
class HttpAsyncClient4Test {
  private static final Refusal LATE =
      new Refusal(
          504, "weft; error=http_response_timeout", "{}".getBytes(StandardCharsets.UTF_8), null);

  private final String version;
  private final TestMesh mesh = TestMesh.get();
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new ArrayList<>();

  HttpAsyncClient4Test(String version) {
    this.version = version;
  }

  @BeforeEach
  void weave() {
    Weaver.install(new ApacheHttpClient4Module());
    Weaver.install(new ApacheHttpAsyncClient4Module());
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

  private void retryOn503(Origin origin) {
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
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

  private Object app(String scene, String url) {
    return LibraryLoader.make(version, Scenes.class, AsyncScenes.class).play(scene, url);
  }

  @Test
  void connectionsAreKeptWithinTheLimitsOfThePool() throws Exception {
    Origin origin = orders();
    assertThat(app("limits", "http://orders/")).isEqualTo(Collections.nCopies(20, "200 ok"));
    assertThat(origin.connections()).isLessThanOrEqualTo(2);
    assertThat(origin.requests()).hasSize(20);
  }

  @Test
  void itSearchesAsElasticsearchsClientDoes() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(
                out,
                turns.getAndIncrement() == 1 ? 503 : 200,
                new String(request.body(), StandardCharsets.UTF_8)));
    retryOn503(origin);
    assertThat(app("search", "http://orders:9200"))
        .isEqualTo(List.of("200 {\"size\":0}", "200 {\"size\":1}", "200 {\"size\":2}"));
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(origin.requests())
        .hasSize(4)
        .allSatisfy(
            seen -> {
              assertThat(seen.line()).isEqualTo("POST /items/_search?pretty HTTP/1.1");
              assertThat(seen.headers())
                  .containsEntry("host", "orders:9200")
                  .containsKey("authorization");
            });
  }

  @Test
  void theMinimalClientIsLedAsWell() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(
                out,
                turns.getAndIncrement() == 0 ? 503 : 200,
                new String(request.body(), StandardCharsets.UTF_8)));
    retryOn503(origin);
    assertThat(app("minimal", "http://orders/")).isEqualTo("200 body");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
    outbound.route("orders", () -> TestAttempt.refused(LATE));
    assertThat(app("minimal", "http://orders/")).isEqualTo("504 {}");
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
        .isEqualTo(List.of("http://orders:80", "http://orders:80", "http://orders", "/x", "null"));
  }

  @Test
  void aConsumerThatIsGivenPiecesSeesTheLastResponseOnly() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, turns.getAndIncrement() < 2 ? 503 : 201, "body"));
    retryOn503(origin);
    assertThat(app("pieces", "http://orders/")).isEqualTo(List.of("201", "body"));
    assertThat(origin.requests()).hasSize(3);
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void aReaderThatRestsGetsTheWholeOfAnAnswer() throws Exception {
    Refusal refusal =
        new Refusal(503, "weft; error=x", "more than four".getBytes(StandardCharsets.UTF_8), null);
    outbound.route("orders", () -> TestAttempt.refused(refusal));
    assertThat(app("slow reader", "http://orders/")).isEqualTo(List.of("503", "more than four"));
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
          threads.add(Thread.currentThread().getName().replaceAll("[- ]\\d+", ""));
          return TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
        });
    Thread tells =
        new Thread(
            () -> {
              Await.until("the second call is held", () -> outbound.held() == 1);
              outbound.tell();
            });
    tells.start();
    assertThat(app("chained", "http://orders/")).isEqualTo(List.of(true, "200 ok"));
    tells.join();
    assertThat(threads)
        .containsExactly(
            Thread.currentThread().getName(),
            "I/O dispatcher",
            "test-mesh-aside",
            "I/O dispatcher");
  }

  @Test
  void challengesAreAnsweredOnTheSameEndpoint() throws Exception {
    for (String closes : new String[] {"X-None: 0", "Connection: close"}) {
      Origin first = origin("orders");
      Origin second = origin("orders");
      outbound.route(
          "orders",
          TestEndpoint.tls("orders", first.port()),
          TestEndpoint.tls("orders", second.port()));
      first.script(
          (request, connection, out) -> {
            if (request.headers().containsKey("authorization")) {
              Origin.reply(out, 200, "let in");
            } else {
              Origin.reply(out, 401, "no", "WWW-Authenticate: Basic realm=\"x\"", closes);
            }
          });
      assertThat(app("credentials", "http://orders/")).isEqualTo("200 let in");
      assertThat(first.requests()).hasSize(2);
      assertThat(first.connections()).isEqualTo(closes.startsWith("X") ? 1 : 2);
      assertThat(second.requests()).isEmpty();
    }
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @Test
  void aChallengeThatIsNotAnsweredIsTheResponse() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, 401, "no", "WWW-Authenticate: Basic realm=\"x\""));
    assertThat(app("credentials", "http://orders/")).isEqualTo("401 no");
    assertThat(origin.requests()).hasSize(2);
    assertThat(app("pieces", "http://orders/")).isEqualTo(List.of("401", "no"));
    assertThat(outbound.outcomes()).containsExactly(List.of("401"), List.of("401"));
  }

  @Test
  void whatTheApplicationBreaksIsNotTheEndpointsFault() throws Exception {
    orders();
    assertThat(app("broken interceptor", "http://orders/"))
        .isInstanceOfSatisfying(
            IOException.class, e -> assertThat(e).hasMessageContaining("no token"));
    assertThat(outbound.attempts()).isEmpty();
    assertThat(app("broken producer", "http://orders/"))
        .isEqualTo(List.of("no body today", "200 ok"));
    assertThat(outbound.attempts().get(0).known()).isEqualTo(Failure.OTHER);
    assertThat(app("broken consumer", "http://orders/")).isEqualTo(List.of("not for me", "200 ok"));
    assertThat(outbound.outcomes().subList(1, 4))
        .containsExactly(List.of("200"), List.of("200"), List.of("200"));
  }

  /** Also on a connection that has just been made, and has had other limits while it was. */
  @Test
  void theApplicationsSocketTimeoutHolds() throws Exception {
    slow();
    assertThat(app("response timeout", "http://orders/stall"))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(outbound.attempts().get(0).known()).isEqualTo(Failure.READ_TIMEOUT);
  }

  @Test
  void aCallGivenUpInTheQueueForAConnectionTakesNone() throws Exception {
    Origin origin = slow();
    assertThat(app("give up in queue", "http://orders/")).isEqualTo(List.of(true, "200 ok"));
    assertThat(origin.requests()).hasSizeLessThanOrEqualTo(2);
    assertThat(outbound.outcomes())
        .containsExactly(List.of("abandoned"), List.of("abandoned"), List.of("200"));
  }

  @Test
  void aTimeoutEndsTheWaitForAConnection() throws Exception {
    Origin origin = slow();
    AtomicInteger calls = new AtomicInteger();
    outbound.route(
        "orders",
        () -> {
          TestAttempt attempt = TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
          return calls.getAndIncrement() == 0
              ? attempt
              : attempt.withTimeout(Duration.ofMillis(300)).onTimeout(Verdict.answer(LATE));
        });
    assertThat(app("busy pool", "http://orders/")).isEqualTo("504 {}");
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"), List.of("timed out"));
  }

  @Test
  void aBodyGivenUpGivesItsConnectionBack() throws Exception {
    Origin origin = slow();
    for (String scene : new String[] {"give up body", "enough"}) {
      assertThat(app(scene, "http://orders/")).as(scene).isEqualTo("200 ok");
    }
    assertThat(outbound.outcomes())
        .containsExactly(List.of("200"), List.of("200"), List.of("200"), List.of("200"));
    assertThat(origin.connections()).isEqualTo(4);
  }

  @Test
  void whatFailsWithTheEndOfAResponseIsTold() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) -> Origin.reply(out, 302, "", "Location: ftp://elsewhere/"));
    assertThat(app("plain", "http://orders/")).isInstanceOf(Exception.class);
    origin.script((request, connection, out) -> Origin.reply(out, 200, "ok"));
    assertThat(app("broken strategy", "http://orders/"))
        .asInstanceOf(InstanceOfAssertFactories.THROWABLE)
        .hasMessage("how long?");
  }

  /** Whatever becomes of the response that is dropped. */
  @Test
  void aRetryWaitsForNobody() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) -> {
          if (turns.getAndIncrement() % 2 == 1) {
            Origin.reply(out, 200, "ok");
          } else {
            out.write(
                "HTTP/1.1 503 x\r\nContent-Length: 8\r\n\r\nhalf"
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
          }
        });
    retryOn503(origin);
    assertThat(app("plain", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @Test
  void aBrokenStrategyLeavesNoConnectionBehind() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, turns.getAndIncrement() == 0 ? 503 : 200, "ok"));
    retryOn503(origin);
    assertThat(app("broken strategy", "http://orders/")).isInstanceOf(IllegalStateException.class);
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @Test
  void aClientThatIsClosedEndsItsCalls() throws Exception {
    slow();
    assertThat(app("closed client", "http://orders/")).isInstanceOf(Exception.class);
  }
}
