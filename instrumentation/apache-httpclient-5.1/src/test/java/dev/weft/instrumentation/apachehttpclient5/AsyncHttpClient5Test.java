package dev.weft.instrumentation.apachehttpclient5;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Failure;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Await;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.client.AbstractApacheClientTest;
import dev.weft.testkit.client.Scenes;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The same of the asynchronous client. */
@ParameterizedClass(name = "HttpAsyncClient {0}")
@MethodSource("versions")
class AsyncHttpClient5Test extends AbstractApacheClientTest {
  static Stream<String> versions() {
    return Stream.concat(Versions.CONTRACT.stream(), Versions.SMOKE.stream()).distinct();
  }

  @Override
  protected WeftModule module() {
    return new ApacheHttpClient5AsyncModule();
  }

  @Override
  protected Class<? extends Scenes> scenes() {
    return AsyncApplication.class;
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

  @Test
  void whatIsGivenUpWhileItsConnectionIsValidatedGivesThatBack() throws Exception {
    Origin origin = orders();
    String busy = "http://127.0.0.1:" + origin(null).port() + "/";
    assertThat(play("give up in validation", "http://orders/ " + busy)).isEqualTo("200 ok");
    assertThat(origin.requests())
        .extracting(Origin.Request::target)
        .contains("/first", "/last")
        .doesNotContain("/given-up");
  }

  @Test
  void aConnectionThatIsKeptHoldsNothingOfTheCallThatItWasMadeFor() throws Exception {
    orders();
    assertThat(play("forgotten", "http://orders/")).isEqualTo(1);
  }

  @Test
  void theContextShowsTheApplicationsRouteAndUri() throws Exception {
    orders();
    assertThat(play("context", "http://orders/x"))
        .isEqualTo(
            List.of("http://orders:80", "http://orders:80", "http://orders/x", "null", "null"));
  }

  @Test
  void aConsumerThatIsGivenPiecesSeesTheLastResponseOnly() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, turns.getAndIncrement() < 2 ? 503 : 201, "body"));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                    .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
    assertThat(play("stream", "http://orders/")).isEqualTo(List.of("201", "body"));
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
            outbound().hold();
          }
          Origin.reply(out, 200, "ok");
        });
    Queue<String> threads = new ConcurrentLinkedQueue<>();
    outbound()
        .route(
            "orders",
            () -> {
              threads.add(Thread.currentThread().getName().replaceAll("-\\d+", ""));
              return TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
            });
    Thread tells =
        new Thread(
            () -> {
              Await.until("the second call is held", () -> outbound().held() == 1);
              outbound().tell();
            });
    tells.start();
    assertThat(play("chained", "http://orders/")).isEqualTo(List.of(true, true, "200 ok"));
    tells.join();
    assertThat(threads)
        .containsExactly(
            Thread.currentThread().getName(),
            "httpclient-dispatch",
            "test-mesh-aside",
            "httpclient-dispatch");
  }

  /** Also on a connection that has just been made, and has had other limits while it was. */
  @Test
  void theApplicationsResponseTimeoutHolds() throws Exception {
    slow();
    assertThat(play("response timeout", "http://orders/stall"))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(outbound().attempts().get(0).known()).isEqualTo(Failure.READ_TIMEOUT);
  }

  @Test
  void aCallGivenUpInTheQueueForAConnectionTakesNone() throws Exception {
    Origin origin = slow();
    assertThat(play("give up in queue", "http://orders/")).isEqualTo("200 ok");
    assertThat(origin.requests()).hasSizeLessThanOrEqualTo(2);
    assertThat(outbound().outcomes())
        .containsExactly(List.of("abandoned"), List.of("abandoned"), List.of("200"));
  }

  @Test
  void aTimeoutEndsTheWaitForAConnection() throws Exception {
    Origin origin = slow();
    Refusal late =
        new Refusal(
            504, "weft; error=http_response_timeout", "{}".getBytes(StandardCharsets.UTF_8), null);
    AtomicInteger calls = new AtomicInteger();
    outbound()
        .route(
            "orders",
            () -> {
              TestAttempt attempt = TestAttempt.to(TestEndpoint.tls("orders", origin.port()));
              return calls.getAndIncrement() == 0
                  ? attempt
                  : attempt.withTimeout(Duration.ofMillis(300)).onTimeout(Verdict.answer(late));
            });
    assertThat(play("busy pool", "http://orders/")).isEqualTo("504 {}");
    assertThat(outbound().outcomes()).containsExactly(List.of("abandoned"), List.of("timed out"));
  }

  @Test
  void aBodyGivenUpGivesItsConnectionBack() throws Exception {
    Origin origin = slow();
    assertThat(play("give up body", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound().outcomes()).containsExactly(List.of("200"), List.of("200"));
    assertThat(origin.connections()).isEqualTo(2);
  }

  @Test
  void whatOnlyHttp1KnowsIsSent() throws Exception {
    Origin origin = orders();
    assertThat(play("connection header", "http://orders/")).isEqualTo("200 ok");
    assertThat(origin.requests().get(0).headers()).containsEntry("connection", "close");
  }
}
