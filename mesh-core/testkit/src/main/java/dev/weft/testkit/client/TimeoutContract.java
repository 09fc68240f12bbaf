package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How long an attempt and a call may take, and how they are given up. */
public interface TimeoutContract extends ClientKit {
  Refusal LATE =
      new Refusal(
          504,
          "weft; error=http_response_timeout",
          "{\"status\":504}".getBytes(StandardCharsets.UTF_8),
          null);

  @ParameterizedTest
  @MethodSource("wires")
  default void anAttemptThatTakesTooLongIsAnswered(Wire wire) throws Exception {
    needs(ClientCapability.ANSWER_LATE);
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    send(over(wire, Ask.get("http://orders/warm")));
    server.answer(seen -> Answer.stall());
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, server))
                    .withTimeout(Duration.ofMillis(500))
                    .onTimeout(Verdict.answer(LATE)));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(504);
    assertThat(outbound().outcomes()).containsExactly(List.of("200"), List.of("timed out"));
    assertThat(server.requests()).hasSizeLessThanOrEqualTo(2);
  }

  /** The one that writes waits for ever, and nobody else is to wait for it. */
  @ParameterizedTest
  @EnumSource(names = {"PLAINTEXT", "MTLS"})
  default void anUploadThatNobodyReadsIsAnswered(Wire wire) throws Exception {
    needs(ClientCapability.ANSWER_LATE);
    try (Origin deaf = new Origin(wire == Wire.PLAINTEXT ? null : "orders")) {
      outbound().route("orders", endpoint(wire, "orders", deaf.port()));
      deaf.script(
          (request, connection, out) -> {
            Origin.reply(out, 200, "ok", "Connection: close");
            connection.close();
          });
      send(Ask.get("http://orders/warm"));
      deaf.deaf();
      outbound()
          .route(
              "orders",
              () ->
                  TestAttempt.to(endpoint(wire, "orders", deaf.port()))
                      .withTimeout(Duration.ofSeconds(1))
                      .onTimeout(Verdict.answer(LATE)));
      Reply reply = send(Ask.post("http://orders/", new byte[16 << 20]));
      assertThat(reply.status()).isEqualTo(504);
      assertThat(outbound().outcomes()).containsExactly(List.of("200"), List.of("timed out"));
    }
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void anAttemptThatTakesTooLongIsRetried(Wire wire) throws Exception {
    KitServer slow = server(wire);
    KitServer good = server(wire);
    slow.answer(seen -> Answer.stall());
    outbound()
        .script(
            "orders",
            List.of(
                () ->
                    TestAttempt.to(endpoint(wire, slow))
                        .withTimeout(Duration.ofMillis(200))
                        .onTimeout(Verdict.retryAfter(0)),
                () -> TestAttempt.to(endpoint(wire, good)).withTimeout(Duration.ofSeconds(50))));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(outbound().outcomes()).containsExactly(List.of("timed out"), List.of("200"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void theApplicationsOwnTimeoutSpansAllAttempts(Wire wire) throws Exception {
    needs(ClientCapability.DEADLINE);
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(503, "busy"));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, server))
                    .onResponse(status -> Verdict.retryAfter(TimeUnit.MILLISECONDS.toNanos(50))));
    assertThatThrownBy(
            () -> send(over(wire, Ask.get("http://orders/").timeout(Duration.ofSeconds(3)))))
        .isInstanceOf(IOException.class)
        .hasMessageMatching("(?s).*(timed out|timeout).*");
    assertThat(outbound().attempts()).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void delaysComeFirst(Wire wire) throws Exception {
    KitServer server = server(wire);
    Duration delay = Duration.ofMillis(150);
    outbound()
        .script(
            "orders",
            List.of(
                () -> TestAttempt.to(endpoint(wire, server)).withDelay(delay),
                () -> TestAttempt.refused(NOBODY).withDelay(delay)));
    for (int status : new int[] {200, 503}) {
      long begun = System.nanoTime();
      assertThat(send(over(wire, Ask.get("http://orders/"))).status()).isEqualTo(status);
      assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(delay.toNanos());
    }
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void cancellationReachesTheAttempt(Wire wire) throws Exception {
    needs(ClientCapability.CANCEL);
    KitServer server = server(wire);
    CountDownLatch arrived = new CountDownLatch(1);
    server.answer(
        seen -> {
          arrived.countDown();
          return Answer.stall();
        });
    outbound().route("orders", endpoint(wire, server));
    Pending pending = start(over(wire, Ask.get("http://orders/")));
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    pending.cancel();
    assertThatThrownBy(pending::await).isInstanceOf(Exception.class);
    assertThat(outbound().attempts().get(0).awaitOutcome()).isEqualTo("abandoned");
    assertThat(outbound().attempts()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aCallGivenUpWhileItIsHeldBackIsToldToTheMesh(Wire wire) throws Exception {
    needs(ClientCapability.CANCEL_BETWEEN_ATTEMPTS);
    KitServer server = server(wire);
    outbound()
        .route(
            "orders",
            () -> TestAttempt.to(endpoint(wire, server)).withDelay(Duration.ofMinutes(5)));
    Pending pending = start(over(wire, Ask.get("http://orders/")));
    TestAttempt attempt = outbound().awaitAttempt();
    pending.cancel();
    assertThat(attempt.awaitOutcome()).isEqualTo("abandoned");
    assertThatThrownBy(pending::await).isInstanceOf(Exception.class);
    assertThat(server.requests()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aNameThatIsNotKnownYetHoldsNoThread(Wire wire) throws Exception {
    needs(ClientCapability.HOLD_NO_THREAD);
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    outbound().hold();
    Pending called = start(over(wire, Ask.get("http://orders/")));
    Pending givenUp = start(over(wire, Ask.get("http://orders/not")));
    KitServer elsewhere = server(Wire.PLAINTEXT);
    Pending outside = start(Ask.get("http://127.0.0.1:" + elsewhere.port() + "/"));
    KitServer stalling = server(Wire.PLAINTEXT);
    CountDownLatch arrived = new CountDownLatch(1);
    stalling.answer(
        seen -> {
          arrived.countDown();
          return Answer.stall();
        });
    Pending stalled = start(Ask.get("http://127.0.0.1:" + stalling.port() + "/"));
    assertThat(outbound().held()).isEqualTo(4);
    givenUp.cancel();
    assertThatThrownBy(givenUp::await).isInstanceOf(Exception.class);
    outbound().tell();
    assertThat(called.await().text()).isEqualTo("ok");
    assertThat(outside.await().text()).isEqualTo("ok");
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    stalled.cancel();
    assertThatThrownBy(stalled::await).isInstanceOf(Exception.class);
    assertThat(outbound().outcomes())
        .containsExactlyInAnyOrder(List.of("200"), List.of("abandoned"));
    assertThat(server.requests()).extracting(Seen::target).containsExactly("/");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aCallGivenUpBetweenAttemptsIsToldToTheMesh(Wire wire) throws Exception {
    needs(ClientCapability.CANCEL_BETWEEN_ATTEMPTS);
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(503, "busy"));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, server))
                    .onResponse(status -> Verdict.retryAfter(TimeUnit.MINUTES.toNanos(5))));
    Pending pending = start(over(wire, Ask.get("http://orders/")));
    TestAttempt attempt = outbound().awaitAttempt();
    attempt.awaitOutcome();
    pending.cancel();
    attempt.awaitGivenUp();
    assertThatThrownBy(pending::await).isInstanceOf(Exception.class);
    assertThat(outbound().attempts()).hasSize(1);
  }
}
