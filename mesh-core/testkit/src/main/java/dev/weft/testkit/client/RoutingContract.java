package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.HeadChange;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestOutbound;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a call goes, and what of its head and of the answer's is changed on the way. */
public interface RoutingContract extends ClientKit {
  @ParameterizedTest
  @MethodSource("wires")
  default void aCallIsRoutedOnceAndShowsNothing(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    Reply reply =
        send(
            over(wire, Ask.get("http://orders:8080/cart%20a?id=7&x=%2F"))
                .header(TestOutbound.KIT_HEADER, "a"));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo("http://orders:8080/cart%20a?id=7&x=%2F");
    assertThat(reply.secure()).isFalse();
    Seen seen = server.requests().get(0);
    assertThat(server.requests()).hasSize(1);
    assertThat(seen.method()).isEqualTo("GET");
    assertThat(seen.target()).isEqualTo("/cart%20a?id=7&x=%2F");
    assertThat(seen.authority()).isEqualTo("orders:8080");
    assertThat(seen.headers()).containsEntry("x-kit", "a");
    assertThat(outbound().described())
        .containsExactly(
            new TestOutbound.Described(
                "GET",
                "http",
                "orders",
                8080,
                "/cart%20a",
                "id=7&x=%2F",
                List.of("a"),
                true,
                wire != Wire.MTLS_HTTP2 || !sharesConnections()));
    assertThat(outbound().outcomes()).containsExactly(List.of("200"));
    assertThat(mesh().faults()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void defaultPortsStayOutOfTheHost(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound().route("orders", endpoint(wire, server));
    send(over(wire, Ask.get("http://orders/")));
    assertThat(server.requests().get(0).authority()).isEqualTo("orders");
    assertThat(server.requests().get(0).target()).isEqualTo("/");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void headsAreChangedOnTheWireOnly(Wire wire) throws Exception {
    KitServer server = server(wire);
    HeadChange change =
        new HeadChange(
            new String[] {"x-gone"},
            new String[] {"x-set", "new", "x-fresh", "1"},
            new String[] {"x-add", "two", "x-add", "three"},
            "other.example:81",
            "/there?b=2");
    outbound().route("orders", () -> TestAttempt.to(endpoint(wire, server)).with(change));
    Reply reply =
        send(
            over(
                wire,
                Ask.get("http://orders/here?a=1")
                    .header("X-Gone", "x")
                    .header("X-Set", "old")
                    .header("X-Add", "one")
                    .header("X-Kept", "kept")));
    Seen seen = server.requests().get(0);
    assertThat(seen.target()).isEqualTo("/there?b=2");
    assertThat(seen.authority()).isEqualTo("other.example:81");
    assertThat(seen.headers())
        .doesNotContainKey("x-gone")
        .containsEntry("x-set", "new")
        .containsEntry("x-fresh", "1")
        .containsEntry("x-add", "one, two, three")
        .containsEntry("x-kept", "kept");
    assertThat(reply.uri()).isEqualTo("http://orders/here?a=1");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void headsOfResponsesAreChanged(Wire wire) throws Exception {
    KitServer server = server(wire);
    server.answer(
        seen -> Answer.of(200, "ok", "X-Gone", "x", "X-Set", "old", "X-Add", "one", "X-Kept", "k"));
    HeadChange change =
        new HeadChange(
            new String[] {"x-gone"},
            new String[] {"x-set", "new"},
            new String[] {"x-add", "two"},
            null,
            null);
    outbound().route("orders", () -> TestAttempt.to(endpoint(wire, server)).withResponse(change));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.header("x-gone")).isEmpty();
    assertThat(reply.header("x-set")).containsExactly("new");
    assertThat(reply.header("x-add")).containsExactlyInAnyOrder("one", "two");
    assertThat(reply.header("x-kept")).containsExactly("k");
    assertThat(reply.text()).isEqualTo("ok");
  }

  @ParameterizedTest
  @MethodSource("wires")
  default void mirrorsAreSentBesides(Wire wire) throws Exception {
    needs(ClientCapability.MIRROR);
    KitServer server = server(wire);
    KitServer shadow = server(wire, "shadow");
    CountDownLatch copied = new CountDownLatch(1);
    shadow.answer(
        seen -> {
          copied.countDown();
          return Answer.of(500, "x".repeat(200_000));
        });
    outbound().route("orders", endpoint(wire, server));
    TestAttempt copy =
        TestAttempt.to(endpoint(wire, "shadow", shadow))
            .with(new HeadChange(NONE, NONE, NONE, "orders-shadow", null));
    outbound().mirror("orders", copy);
    assertThat(send(over(wire, Ask.post("http://orders/a?b", bytes("body")))).text())
        .isEqualTo("ok");
    assertThat(copied.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(copy.awaitOutcome()).isEqualTo("500");
    Seen seen = shadow.requests().get(0);
    assertThat(seen.method() + " " + seen.target() + " " + seen.authority() + " " + seen.text())
        .isEqualTo("POST /a?b orders-shadow body");
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  default void othersAreLeftAlone() throws Exception {
    KitServer server = server(Wire.PLAINTEXT);
    String direct = "http://127.0.0.1:" + server.port() + "/x";
    Reply reply = send(Ask.get(direct));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo(direct);
    assertThat(outbound().attempts()).isEmpty();
    assertThat(outbound().asked()).containsExactly("http://127.0.0.1:" + server.port());
  }
}
