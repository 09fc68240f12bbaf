package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.HeadChange;
import dev.weft.testkit.TestAttempt;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Redirects, each leg of which is a call of its own to the mesh. */
public interface RedirectContract extends ClientKit {
  @ParameterizedTest
  @MethodSource("wires")
  default void redirectsAreRoutedAnew(Wire wire) throws Exception {
    KitServer orders = server(wire);
    KitServer billing = server(wire, "billing");
    orders.answer(seen -> Answer.of(302, "", "Location", "http://billing/there"));
    outbound().route("orders", endpoint(wire, orders));
    retryOn503("billing", nobody(wire, "billing"), endpoint(wire, "billing", billing));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo("http://billing/there");
    assertThat(billing.requests().get(0).authority()).isEqualTo("billing");
    assertThat(outbound().asked()).containsExactly("http://orders:-1", "http://billing:-1");
    assertThat(outbound().outcomes())
        .containsExactly(List.of("302"), List.of("java.net.ConnectException"), List.of("200"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void redirectsLeaveTheMesh(Wire wire) throws Exception {
    KitServer orders = server(wire);
    KitServer other = server(Wire.PLAINTEXT);
    String elsewhere = "http://127.0.0.1:" + other.port() + "/there";
    orders.answer(seen -> Answer.of(307, "", "Location", elsewhere));
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(endpoint(wire, orders))
                    .with(
                        new HeadChange(NONE, new String[] {"x-mesh", "secret"}, NONE, null, null)));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo(elsewhere);
    assertThat(other.requests().get(0).headers()).doesNotContainKey("x-mesh");
    assertThat(outbound().outcomes()).containsExactly(List.of("307"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void relativeRedirectsAreResolvedAgainstTheApplicationsUri(Wire wire) throws Exception {
    KitServer server = server(wire);
    server.answer(
        seen ->
            seen.target().equals("/deep/a")
                ? Answer.of(302, "", "Location", "/b")
                : Answer.ok(seen.target()));
    AtomicInteger calls = new AtomicInteger();
    outbound()
        .route(
            "orders",
            () ->
                calls.getAndIncrement() == 0
                    ? TestAttempt.to(endpoint(wire, server))
                        .with(new HeadChange(NONE, NONE, NONE, "elsewhere", "/deep/a"))
                    : TestAttempt.to(endpoint(wire, server)));
    Reply reply = send(over(wire, Ask.get("http://orders/a")));
    assertThat(reply.uri()).isEqualTo("http://orders/b");
    assertThat(reply.text()).isEqualTo("/b");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void aRefusalInTheMiddleOfRedirectsIsTheResponse(Wire wire) throws Exception {
    needs(ClientCapability.REFUSE_IN_REDIRECTS);
    KitServer orders = server(wire);
    orders.answer(seen -> Answer.of(302, "", "Location", "http://billing/there"));
    outbound().route("orders", endpoint(wire, orders));
    outbound().route("billing", () -> TestAttempt.refused(NOBODY));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.uri()).isEqualTo("http://billing/there");
  }
}
