package dev.weft.instrumentation.apachehttpclient5;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bootstrap.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.instrumentation.apachehttpclient5.rides.WithFeign;
import dev.weft.instrumentation.apachehttpclient5.rides.WithRestClient;
import dev.weft.instrumentation.apachehttpclient5.rides.WithRestTemplate;
import dev.weft.instrumentation.apachehttpclient5.rides.WithWebClient;
import dev.weft.testkit.ClosedPort;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands on the library needs nothing of its own. */
@Timeout(20)
@ParameterizedClass(name = "{0}")
@MethodSource("rides")
class RidesTest {
  private final BiFunction<String, String, Object> ride;
  private final TestMesh mesh = TestMesh.get();
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new ArrayList<>();

  @SuppressWarnings("unchecked")
  RidesTest(Class<? extends BiFunction<String, String, Object>> ride) throws Exception {
    Weaver.install(new ApacheHttpClient5Module());
    Weaver.install(new ApacheHttpClient5AsyncModule());
    this.ride = (BiFunction<String, String, Object>) Versions.load("rides", ride, BiFunction.class);
  }

  static Stream<Class<?>> rides() {
    return Stream.of(
        WithRestTemplate.class, WithRestClient.class, WithFeign.class, WithWebClient.class);
  }

  @BeforeEach
  void begin() {
    mesh.reset();
    mesh.outbound(outbound);
  }

  @AfterEach
  void close() throws IOException {
    for (Origin origin : origins) {
      origin.close();
    }
    assertThat(Weaver.errors()).isEmpty();
    assertThat(mesh.faults()).isEmpty();
  }

  private Origin orders() throws IOException {
    Origin origin = new Origin("orders");
    origins.add(origin);
    return origin;
  }

  @Test
  void callsGoToTheEndpointOverMeshTls() throws Exception {
    Origin origin = orders();
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    for (int i = 0; i < 5; i++) {
      assertThat(ride.apply("GET", "http://orders/")).isEqualTo("ok");
    }
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(origin.requests().get(0).headers()).containsEntry("host", "orders");
  }

  @Test
  void bodiesAreSent() throws Exception {
    Origin origin = orders();
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    assertThat(ride.apply("POST", "http://orders/")).isEqualTo("ok");
    assertThat(origin.requests().get(0).body())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("100 EUR");
  }

  @Test
  void onlyTheLastResponseIsSeen() throws Exception {
    Origin bad = orders();
    Origin good = orders();
    bad.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    outbound.script(
        "orders",
        List.of(
            () ->
                TestAttempt.to(TestEndpoint.tls("orders", bad.port()))
                    .onResponse(status -> Verdict.retryAfter(0)),
            () -> TestAttempt.to(TestEndpoint.tls("orders", good.port()))));
    assertThat(ride.apply("GET", "http://orders/")).isEqualTo("ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @Test
  void aRefusalIsAStatus() {
    Refusal denied =
        new Refusal(
            403, "weft; error=http_request_denied", "{}".getBytes(StandardCharsets.UTF_8), null);
    outbound.route("orders", () -> TestAttempt.refused(denied));
    assertThat(ride.apply("GET", "http://orders/")).isEqualTo(403);
    assertThat(outbound.attempts()).hasSize(1);
  }

  @Test
  void whoIsNotThereIsAConnectException() throws Exception {
    outbound.route("orders", TestEndpoint.plain("orders", ClosedPort.get()));
    assertThat(ride.apply("GET", "http://orders/")).isInstanceOf(ConnectException.class);
    assertThat(outbound.attempts()).hasSize(1);
  }
}
