package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weft.bridge.Failure;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.Unreachable;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which connection a call takes, to whom, and how long it may take to make one. */
public interface ConnectionContract extends ClientKit {
  @ParameterizedTest
  @MethodSource("wires")
  default void connectionsAreReusedAndStayWithTheirEndpoint(Wire wire) throws Exception {
    KitServer first = server(wire);
    KitServer second = server(wire);
    first.answer(seen -> Answer.ok("first"));
    second.answer(seen -> Answer.ok("second"));
    outbound().route("orders", endpoint(wire, first), endpoint(wire, second));
    for (int i = 0; i < 20; i++) {
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("first");
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("second");
    }
    assertThat(first.connections()).isEqualTo(1);
    assertThat(second.connections()).isEqualTo(1);
  }

  /** As all instances of a service have in Kubernetes. */
  @ParameterizedTest
  @EnumSource(names = {"PLAINTEXT", "MTLS"})
  default void endpointsWithOnePortAreTwo(Wire wire) throws Exception {
    try (Origin first = origin(wire, 0, "127.0.0.1");
        Origin second = origin(wire, first.port(), "127.0.0.2")) {
      first.script((request, connection, out) -> Origin.reply(out, 200, "first"));
      second.script((request, connection, out) -> Origin.reply(out, 200, "second"));
      TestEndpoint here = endpoint(wire, "orders", first.port());
      outbound().route("orders", here, here.at(2));
      for (int i = 0; i < 3; i++) {
        assertThat(send(Ask.get("http://orders/")).text()).isEqualTo("first");
        assertThat(send(Ask.get("http://orders/")).text()).isEqualTo("second");
      }
      assertThat(first.connections()).isEqualTo(1);
      assertThat(second.connections()).isEqualTo(1);
      first.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
      retryOn503("orders", here, here.at(2));
      assertThat(send(Ask.get("http://orders/")).text()).isEqualTo("second");
    }
  }

  /** Which nobody looks up. */
  @ParameterizedTest
  @EnumSource(names = {"PLAINTEXT", "MTLS"})
  default void aCallToAnAddressIsLedToTheEndpointAsWell(Wire wire) throws Exception {
    KitServer called = server(Wire.PLAINTEXT);
    try (Origin endpoint = origin(wire, called.port(), "127.0.0.2")) {
      outbound().route("127.0.0.1", endpoint(wire, "orders", called).at(2));
      assertThat(send(Ask.get("http://127.0.0.1:" + called.port() + "/x")).text()).isEqualTo("ok");
      assertThat(called.connections()).isZero();
      assertThat(endpoint.requests()).hasSize(1);
    }
  }

  private static Origin origin(Wire wire, int port, String address) throws IOException {
    return new Origin(
        wire == Wire.PLAINTEXT ? null : "orders", port, InetAddress.getByName(address));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void twoServicesOnOneEndpointShareNoConnection(Wire wire) throws Exception {
    if (wire == Wire.PLAINTEXT) {
      needs(ClientCapability.KEEP_PLAINTEXT_APART);
    }
    KitServer server = server(wire);
    TestEndpoint orders = endpoint(wire, "orders", server);
    outbound().route("orders", orders);
    send(over(wire, Ask.get("http://orders/")));
    TestEndpoint billing = endpoint(wire, "billing", server);
    outbound().route("billing", billing);
    if (wire == Wire.PLAINTEXT) {
      send(over(wire, Ask.get("http://billing/")));
    } else {
      // The server is orders: only a connection of its own finds that out.
      assertThatThrownBy(() -> send(over(wire, Ask.get("http://billing/secret"))))
          .isInstanceOf(IOException.class);
      assertThat(server.requests()).hasSize(1);
    }
    assertThat(server.connections()).isEqualTo(2);
  }

  @Test
  default void plaintextConnectionsDoNotOutliveAChangeToMtls() throws Exception {
    KitServer plain = server(Wire.PLAINTEXT);
    outbound().route("orders", TestEndpoint.plain("orders", plain.port()));
    send(Ask.get("http://orders/"));
    outbound().route("orders", TestEndpoint.tls("orders", plain.port()));
    assertThatThrownBy(() -> send(Ask.get("http://orders/secret"))).isInstanceOf(IOException.class);
    assertThat(plain.requests()).hasSize(1);
  }

  @Test
  default void aWrongIdentityIsSentNothing() throws Exception {
    KitServer impostor = server(Wire.MTLS, "billing");
    outbound().route("orders", TestEndpoint.tls("orders", impostor.port()));
    assertThatThrownBy(() -> send(Ask.post("http://orders/secret", bytes("secret"))))
        .isInstanceOf(IOException.class);
    assertThat(impostor.requests()).isEmpty();
    assertThat(outbound().outcomes()).hasSize(1);
    assertThat(outbound().outcomes().get(0).get(0)).contains("SSL");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aConnectionThatTakesTooLongIsMadeElsewhere(Wire wire) throws Exception {
    needs(ClientCapability.CONNECT_TIMEOUT);
    KitServer good = server(wire);
    try (Unreachable full = Unreachable.full()) {
      connectTimeoutFirst(
          endpoint(wire, "orders", full.port()), Duration.ofMillis(300), endpoint(wire, good));
      assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    }
    assertConnectTimedOut();
    assertThat(outbound().outcomes().get(1)).containsExactly("200");
    assertThat(good.requests()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aHandshakeIsPartOfConnecting(Wire wire) throws Exception {
    needs(ClientCapability.CONNECT_TIMEOUT);
    assumeTrue(wire != Wire.PLAINTEXT);
    KitServer good = server(wire);
    try (Unreachable silent = Unreachable.silent()) {
      connectTimeoutFirst(
          endpoint(wire, "orders", silent.port()), Duration.ofMillis(300), endpoint(wire, good));
      assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    }
    assertConnectTimedOut();
    assertThat(outbound().outcomes().get(1)).containsExactly("200");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void theApplicationsOwnConnectTimeoutHoldsIfItIsShorter(Wire wire) throws Exception {
    needs(ClientCapability.CONNECT_TIMEOUT);
    try (Unreachable full = Unreachable.full()) {
      outbound()
          .route(
              "orders",
              () ->
                  TestAttempt.to(endpoint(wire, "orders", full.port()))
                      .withConnectTimeout(Duration.ofMinutes(10)));
      assertThatThrownBy(
              () ->
                  send(
                      over(wire, Ask.get("http://orders/").connectTimeout(Duration.ofMillis(300)))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("timed out");
    }
    assertConnectTimedOut();
  }

  /** An attempt that cannot connect, and then one that can, and has all the time. */
  private void connectTimeoutFirst(TestEndpoint first, Duration limit, TestEndpoint second) {
    outbound()
        .script(
            "orders",
            List.of(
                () ->
                    TestAttempt.to(first)
                        .withConnectTimeout(limit)
                        .onFailure(Verdict.retryAfter(0)),
                () -> TestAttempt.to(second).withConnectTimeout(Duration.ofSeconds(50))));
  }

  /** As what the mesh takes for an endpoint that was not reached. */
  private void assertConnectTimedOut() {
    TestAttempt attempt = outbound().attempts().get(0);
    // That nothing was sent says nothing of why.
    if (attempt.known() == null || attempt.known() == Failure.UNSENT) {
      assertThat(attempt.outcomes())
          .singleElement()
          .satisfies(
              told ->
                  assertThat(told)
                      .isIn(
                          "java.net.SocketTimeoutException",
                          "java.net.http.HttpConnectTimeoutException"));
    } else {
      assertThat(attempt.known()).isEqualTo(Failure.CONNECTION_TIMEOUT);
    }
    assertThat(outbound().attempts().get(0).error()).hasMessageContaining("onnect timed out");
  }
}
