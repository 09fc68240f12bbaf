package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.drive.Verdict;
import dev.weft.testkit.ClosedPort;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What stands on a woven client needs no adapter of its own. Each module of a client extends this
 * once, for the libraries that applications use it through.
 */
@Timeout(60)
public abstract class AbstractRidesTest {
  private static final String ORDERS = "http://orders";

  private final TestOutbound outbound = new TestOutbound();
  private final List<KitServer> servers = new ArrayList<>();
  private final Class<? extends Ride> type;
  private Ride ride;

  /**
   * @param type a ride, made by its constructor without arguments
   */
  protected AbstractRidesTest(Class<? extends Ride> type) {
    this.type = type;
  }

  /** What weaves the client. */
  protected abstract List<WeftModule> modules();

  /** Makes a ride; elsewhere than on the class path of the tests, if that is overridden. */
  protected Ride make(Class<? extends Ride> type) throws Exception {
    return type.getDeclaredConstructor().newInstance();
  }

  @BeforeEach
  final void begin() throws Exception {
    modules().forEach(Weaver::install);
    TestMesh.get().reset();
    TestMesh.get().outbound(outbound);
    ride = make(type);
  }

  @AfterEach
  final void end() throws Exception {
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
    for (KitServer server : servers) {
      server.close();
    }
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  private KitServer orders() throws IOException {
    KitServer server = KitServer.http1("orders");
    servers.add(server);
    return server;
  }

  private static TestEndpoint endpoint(KitServer server) {
    return TestEndpoint.tls("orders", server.port());
  }

  @Test
  final void callsReachTheServiceOverMeshTls() throws Exception {
    KitServer orders = orders();
    outbound.route("orders", endpoint(orders));
    for (int i = 0; i < 5; i++) {
      assertThat(ride.call(ORDERS, "")).isEqualTo("200 ok");
    }
    assertThat(orders.connections()).isEqualTo(1);
    assertThat(orders.requests())
        .hasSize(5)
        .extracting(seen -> seen.method() + " " + seen.authority() + seen.target())
        .containsOnly("GET orders/x");
  }

  @Test
  final void bodiesGoAndCome() throws Exception {
    KitServer orders = orders();
    orders.answer(seen -> Answer.ok(seen.method() + " " + seen.text()));
    outbound.route("orders", endpoint(orders));
    assertThat(ride.call(ORDERS, "100 EUR")).isEqualTo("200 POST 100 EUR");
    assertThat(outbound.described())
        .singleElement()
        .extracting(TestOutbound.Described::replayable)
        .isEqualTo(ride.handsBodiesOnWhole());
  }

  @Test
  final void theMeshRetriesAndTheLastResponseIsSeen() throws Exception {
    KitServer busy = orders();
    KitServer good = orders();
    busy.answer(seen -> Answer.of(503, "busy"));
    outbound.script(
        "orders",
        List.of(
            () -> TestAttempt.to(endpoint(busy)).onResponse(status -> Verdict.retryAfter(0)),
            () -> TestAttempt.to(endpoint(good))));
    assertThat(ride.call(ORDERS, "")).isEqualTo("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @Test
  final void aRefusalOfTheMeshIsAStatus() throws Exception {
    outbound.route("orders", () -> TestAttempt.refused(RefusalContract.DENIED));
    assertThat(ride.call(ORDERS, ""))
        .isEqualTo("403 " + new String(RefusalContract.DENIED.body(), StandardCharsets.UTF_8));
    assertThat(outbound.attempts()).hasSize(1);
  }

  @Test
  final void whoIsNotThereIsAConnectionThatFailed() throws Exception {
    TestEndpoint nobody = TestEndpoint.tls("orders", ClosedPort.get());
    outbound.route("orders", nobody);
    assertThatThrownBy(() -> ride.call(ORDERS, "")).isInstanceOf(ConnectException.class);
    assertThat(outbound.outcomes()).containsExactly(List.of("java.net.ConnectException"));
  }
}
