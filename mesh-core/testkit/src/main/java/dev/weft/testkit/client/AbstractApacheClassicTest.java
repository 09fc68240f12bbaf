package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Await;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The same of those that block. */
public abstract class AbstractApacheClassicTest extends AbstractApacheClientTest {
  @Test
  final void aPlannerOfTheApplicationsDoesNotMatter() throws Exception {
    orders();
    assertThat(play("own planner", "http://orders:80/")).isEqualTo("200 ok");
  }

  @Test
  final void aTargetBesideARelativeUriIsWhereItGoes() throws Exception {
    Origin origin = orders();
    assertThat(play("target", "http://orders:8080/there")).isEqualTo("200 ok");
    assertThat(origin.requests().get(0).headers()).containsEntry("host", "orders:8080");
    assertThat(outbound().asked()).containsExactly("http://orders:8080");
  }

  @Test
  final void aHandlerSeesTheLastResponseOnly() throws Exception {
    Origin origin = orders();
    AtomicInteger turns = new AtomicInteger();
    origin.script(
        (request, connection, out) ->
            out.write(
                ("HTTP/1.1 "
                        + (turns.getAndIncrement() < 2 ? 503 : 201)
                        + " x\r\nContent-Length: 4\r\n\r\nbody")
                    .getBytes(StandardCharsets.ISO_8859_1)));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                    .onResponse(status -> status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER));
    assertThat(play("handler", "http://orders/")).isEqualTo(List.of(201));
    assertThat(origin.requests()).hasSize(3);
    // What was there already was read, and the connection kept.
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  final void tasksAreCallsLikeOthers() throws Exception {
    orders();
    assertThat(play("future", "http://orders/")).isEqualTo("200 ok");
  }

  @Test
  final void aTaskGivenUpLeavesItsThreadInPeace() throws Exception {
    orders();
    assertThat(play("give up future", "http://orders/")).isInstanceOf(Exception.class);
    assertThat(outbound().outcomes())
        .allSatisfy(told -> assertThat(told).isIn(List.of("abandoned"), List.of("200")));
  }

  @Test
  final void aConnectionThatDiedWhileItWasIdleLosesNoPost() throws Exception {
    Origin origin = orders();
    AtomicInteger closed = new AtomicInteger();
    origin.script(
        (request, connection, out) -> {
          Origin.reply(out, 200, "ok");
          connection.close();
          closed.incrementAndGet();
        });
    assertThat(play("post", "http://orders/")).isEqualTo("200 ok");
    Await.until("the server has hung up", () -> closed.get() == 1);
    assertThat(play("post", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound().outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @Test
  final void aTimeoutEndsTheWaitForAConnection() throws Exception {
    Origin origin = orders();
    Refusal late =
        new Refusal(
            504, "weft; error=http_response_timeout", "{}".getBytes(StandardCharsets.UTF_8), null);
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(TestEndpoint.tls("orders", origin.port()))
                    .withTimeout(Duration.ofMillis(300))
                    .onTimeout(Verdict.answer(late)));
    assertThat(play("busy pool", "http://orders/")).isEqualTo("504 {}");
    assertThat(outbound().outcomes()).containsExactly(List.of("200"), List.of("timed out"));
  }

  @Test
  final void aStreamIsNoReplayableBody() throws Exception {
    Origin origin = orders();
    assertThat(play("stream", "http://orders/")).isEqualTo("200 ok");
    assertThat(outbound().described().get(0).replayable()).isFalse();
    assertThat(origin.requests()).hasSize(1);
  }
}
