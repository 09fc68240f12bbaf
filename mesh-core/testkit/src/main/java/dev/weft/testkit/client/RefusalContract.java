package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of the mesh in an endpoint's place, and calls that may not leave the mesh. */
public interface RefusalContract extends ClientKit {
  Refusal DENIED =
      new Refusal(
          403,
          "weft; error=http_request_denied",
          "{\"status\":403,\"detail\":\"no host of the mesh\"}".getBytes(StandardCharsets.UTF_8),
          null);

  @ParameterizedTest
  @MethodSource("wires")
  default void aRefusalIsAResponse(Wire wire) throws Exception {
    outbound().route("orders", () -> TestAttempt.refused(NOBODY));
    Reply reply = send(over(wire, Ask.get("http://orders/x")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("proxy-status")).containsExactly("weft; error=destination_unavailable");
    assertThat(reply.header("retry-after")).containsExactly("1");
    assertThat(reply.header("content-type")).containsExactly("application/problem+json");
    assertThat(reply.text()).contains("no endpoint");
    assertThat(reply.uri()).isEqualTo("http://orders/x");
    assertThat(outbound().outcomes()).containsExactly(List.of("abandoned"));
    Reply post = send(over(wire, Ask.post("http://orders/x", bytes("y".repeat(100_000)))));
    assertThat(post.status()).isEqualTo(503);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void anAnswerTakesThePlaceOfAResponse(Wire wire) throws Exception {
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(500, "oops", "X-From", "server"));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, server))
                    .onResponse(status -> Verdict.answer(NOBODY)));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.text()).contains("no endpoint");
    assertThat(reply.header("x-from")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void anAnswerTakesThePlaceOfAnError(Wire wire) throws Exception {
    TestEndpoint nobody = nobody(wire, "orders");
    outbound().route("orders", () -> TestAttempt.to(nobody).onFailure(Verdict.answer(NOBODY)));
    assertThat(send(over(wire, Ask.get("http://orders/"))).status()).isEqualTo(503);
    assertThat(outbound().outcomes()).containsExactly(List.of("java.net.ConnectException"));
  }

  /** The mesh of this kit makes no exception of loopback: who would be reached is here. */
  @Test
  default void whatMayNotLeaveTheMeshReachesNobody() throws Exception {
    KitServer outside = server(Wire.PLAINTEXT);
    String url = "http://127.0.0.1:" + outside.port() + "/x";
    assertThat(send(Ask.get(url)).text()).isEqualTo("ok");
    int connections = outside.connections();
    outbound().route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    for (Ask ask : List.of(Ask.get(url), Ask.post(url, bytes("secret")))) {
      Reply reply = send(ask);
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.header("proxy-status")).containsExactly("weft; error=http_request_denied");
      assertThat(reply.text()).contains("no host of the mesh");
      assertThat(reply.uri()).isEqualTo(url);
    }
    assertThat(outside.requests()).hasSize(1);
    assertThat(outside.connections()).isEqualTo(connections);
    assertThat(mesh().faults()).isEmpty();
  }

  @Test
  default void neitherDoesHttps() throws Exception {
    KitServer outside = server(Wire.MTLS);
    String url = "https://127.0.0.1:" + outside.port() + "/x";
    outbound().route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    if (options().can(ClientCapability.REFUSE_HTTPS)) {
      Reply reply = send(Ask.get(url));
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.uri()).isEqualTo(url);
    } else {
      assertThatThrownBy(() -> send(Ask.get(url)))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage("127.0.0.1 [weft: 403 weft; error=http_request_denied]");
    }
    assertThat(outside.connections()).isZero();
    assertThat(outbound().outcomes()).containsExactly(List.of("abandoned"));
    assertThat(mesh().faults()).isEmpty();
  }

  @Test
  default void neitherDoARedirectsSecondLeg() throws Exception {
    KitServer allowed = server(Wire.PLAINTEXT);
    KitServer outside = server(Wire.PLAINTEXT);
    allowed.answer(
        seen -> Answer.of(302, "", "Location", "http://127.0.0.1:" + outside.port() + "/there"));
    outbound().route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    Ask ask = Ask.get("http://localhost:" + allowed.port() + "/here");
    if (options().can(ClientCapability.REFUSE_FOREIGN_REDIRECTS)) {
      assertThat(send(ask).status()).isEqualTo(403);
    } else {
      assertThatThrownBy(() -> send(ask))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("[weft: 403 weft; error=http_request_denied]");
    }
    assertThat(allowed.requests()).hasSize(1);
    assertThat(outside.connections()).isZero();
    assertThat(mesh().faults()).isEmpty();
  }
}
