package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestOutbound;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each method of the bridge fails in turn: the call goes on. */
public interface FaultContract extends ClientKit {
  @ParameterizedTest
  @MethodSource("wires")
  default void whateverAnAttemptThrowsTheCallGoesOn(Wire wire) throws Exception {
    KitServer server = server(wire);
    for (TestAttempt.Op op :
        List.of(
            TestAttempt.Op.TIMEOUT,
            TestAttempt.Op.CONNECT_TIMEOUT,
            TestAttempt.Op.RESPONDED,
            TestAttempt.Op.RESPONSE_CHANGE)) {
      outbound().route("orders", () -> TestAttempt.failing(op, endpoint(wire, server)));
      int before = mesh().faults().size();
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
      assertThat(mesh().faults()).as(op.name()).hasSizeGreaterThan(before);
    }
    outbound()
        .route(
            "orders", () -> TestAttempt.failing(TestAttempt.Op.FAILED, TestEndpoint.plain("x", 1)));
    assertThatThrownBy(() -> send(Ask.get("http://orders/"))).isInstanceOf(ConnectException.class);
  }

  @Test
  default void whatCannotBeRoutedGoesOnWithoutTheMesh() throws Exception {
    KitServer server = server(Wire.PLAINTEXT);
    String direct = "http://127.0.0.1:" + server.port() + "/";
    for (TestAttempt.Op op :
        List.of(
            TestAttempt.Op.REFUSAL,
            TestAttempt.Op.DELAY,
            TestAttempt.Op.ADDRESS,
            TestAttempt.Op.CHANGE)) {
      outbound().route("127.0.0.1", () -> TestAttempt.failing(op, TestEndpoint.plain("orders", 1)));
      assertThat(send(Ask.get(direct)).text()).as(op.name()).isEqualTo("ok");
      assertThat(outbound().attempts().get(outbound().attempts().size() - 1).awaitOutcome())
          .isEqualTo("abandoned");
    }
    outbound().route("127.0.0.1", TestEndpoint.plain("orders", server.port()));
    for (TestOutbound.Op op :
        List.of(TestOutbound.Op.CALL, TestOutbound.Op.ATTEMPT, TestOutbound.Op.MIRROR)) {
      int before = mesh().faults().size();
      outbound().fail(op);
      assertThat(send(Ask.get(direct)).text()).as(op.name()).isEqualTo("ok");
      assertThat(mesh().faults()).as(op.name()).hasSizeGreaterThan(before);
    }
    outbound().fail(TestOutbound.Op.SCHEDULE);
    outbound()
        .route(
            "127.0.0.1",
            () ->
                TestAttempt.to(TestEndpoint.plain("orders", server.port()))
                    .withTimeout(Duration.ofSeconds(30)));
    assertThat(send(Ask.get(direct)).text()).isEqualTo("ok");
  }
}
