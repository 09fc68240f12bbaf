package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.drive.Verdict;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent again, what never is, and what of it the application sees. */
public interface RetryContract extends ClientKit {
  @ParameterizedTest
  @MethodSource("wires")
  default void aResponseIsRetriedAndOnlyTheLastOneShown(Wire wire) throws Exception {
    KitServer bad = server(wire);
    KitServer good = server(wire);
    bad.answer(seen -> Answer.of(503, "busy"));
    good.answer(seen -> Answer.ok(seen.method() + " " + seen.text()));
    retryOn503("orders", endpoint(wire, bad), endpoint(wire, good));
    Reply reply = send(over(wire, Ask.post("http://orders/pay", bytes("100 EUR"))));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).isEqualTo("POST 100 EUR");
    assertThat(bad.requests()).hasSize(1);
    assertThat(bad.requests().get(0).text()).isEqualTo("100 EUR");
    assertThat(outbound().outcomes()).containsExactly(List.of("503"), List.of("200"));
    assertThat(outbound().described()).hasSize(1);
    assertThat(outbound().described().get(0).replayable()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aDiscardedResponseMayBeOfAnySize(Wire wire) throws Exception {
    KitServer bad = server(wire);
    KitServer good = server(wire);
    bad.answer(seen -> Answer.of(503, "x".repeat(2_000_000)));
    retryOn503("orders", endpoint(wire, bad), endpoint(wire, good));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(outbound().outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void theLastResponseIsDeliveredWhenNobodyWantsAnother(Wire wire) throws Exception {
    KitServer bad = server(wire);
    bad.answer(seen -> Answer.of(503, "busy"));
    AtomicInteger attempts = new AtomicInteger();
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, bad))
                    .onResponse(
                        status ->
                            attempts.incrementAndGet() < 3
                                ? Verdict.retryAfter(1_000_000)
                                : Verdict.DELIVER));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.text()).isEqualTo("busy");
    assertThat(bad.requests()).hasSize(3);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aRefusedConnectionIsRetriedElsewhere(Wire wire) throws Exception {
    KitServer good = server(wire);
    retryOn503("orders", nobody(wire, "orders"), endpoint(wire, good));
    assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    assertThat(outbound().outcomes())
        .containsExactly(List.of("java.net.ConnectException"), List.of("200"));
    assertThat(good.requests()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void exceptionsAreTheLibrarysOwn(Wire wire) throws Exception {
    outbound().route("orders", nobody(wire, "orders"));
    assertThatThrownBy(() -> send(over(wire, Ask.get("http://orders/"))))
        .isInstanceOf(ConnectException.class);
    assertThat(outbound().outcomes()).containsExactly(List.of("java.net.ConnectException"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aFailureAfterADiscardedResponseIsAFailure(Wire wire) throws Exception {
    KitServer bad = server(wire);
    bad.answer(seen -> Answer.of(503, "busy"));
    TestEndpoint nobody = nobody(wire, "orders");
    outbound()
        .script(
            "orders",
            List.of(
                () -> TestAttempt.to(endpoint(wire, bad)).onResponse(ClientKit::again),
                () -> TestAttempt.to(nobody)));
    assertThatThrownBy(() -> send(over(wire, Ask.get("http://orders/"))))
        .isInstanceOf(ConnectException.class);
    assertThat(outbound().outcomes())
        .containsExactly(List.of("503"), List.of("java.net.ConnectException"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void streamsAreNotReplayed(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    send(over(wire, Ask.post("http://orders/", bytes("stream")).streamed()));
    assertThat(server.requests().get(0).text()).isEqualTo("stream");
    assertThat(outbound().described().get(0).replayable()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aPostIsNeverSentTwiceBehindTheMeshsBack(Wire wire) throws Exception {
    for (boolean warm : new boolean[] {false, true}) {
      KitServer server = server(wire);
      outbound().route("orders", endpoint(wire, server));
      if (warm) {
        send(over(wire, Ask.get("http://orders/warm")));
      }
      server.answer(seen -> Answer.hangUp());
      assertThatThrownBy(() -> send(over(wire, Ask.post("http://orders/", bytes("100 EUR")))))
          .isInstanceOf(IOException.class);
      assertThat(server.requests().stream().filter(seen -> seen.method().equals("POST")))
          .hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void theLibraryDoesNotRetryByItself(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    server.answer(seen -> Answer.hangUp());
    assertThatThrownBy(() -> send(over(wire, Ask.get("http://orders/"))))
        .isInstanceOf(IOException.class);
    assertThat(server.requests()).hasSize(1);
    assertThat(outbound().outcomes()).hasSize(1);
  }

  @Test
  default void aStreamThatWasRefusedLeftNothingAtTheServer() throws Exception {
    needs(ClientCapability.HTTP_2);
    KitServer refusing = server(Wire.MTLS_HTTP2);
    KitServer good = server(Wire.MTLS_HTTP2);
    refusing.answer(seen -> Answer.refuse());
    retryOn503("orders", endpoint(Wire.MTLS_HTTP2, refusing), endpoint(Wire.MTLS_HTTP2, good));
    assertThat(send(Ask.post("http://orders/", bytes("x")).http2()).status()).isEqualTo(200);
    assertThat(refusing.requests()).hasSize(1);
    assertThat(outbound().attempts().get(0).unsent()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aGetThatWasNotAnsweredIsSentElsewhere(Wire wire) throws Exception {
    KitServer dying = server(wire);
    KitServer good = server(wire);
    dying.answer(seen -> Answer.hangUp());
    retryOn503("orders", endpoint(wire, dying), endpoint(wire, good));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(dying.requests()).hasSize(1);
    assertThat(outbound().attempts()).hasSize(2);
  }
}
