package dev.weft.instrumentation.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bootstrap.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries that stand on this one have no adapter of their own. */
@Timeout(60)
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"retrofit", "feign"})
class RidesTest {
  private final BinaryOperator<String> application;
  private final TestOutbound outbound = new TestOutbound();
  private final Origin plain = new Origin(null);
  private final Origin tls = new Origin("orders");

  @SuppressWarnings("unchecked")
  RidesTest(String library) throws IOException {
    Weaver.install(new OkHttpModule());
    application =
        library.equals("feign")
            ? OkHttps.make(library, BinaryOperator.class, Rides.OfFeign.class)
            : OkHttps.make(library, BinaryOperator.class, Rides.OfRetrofit.class);
  }

  @BeforeEach
  void start() {
    TestMesh.get().reset();
    TestMesh.get().outbound(outbound);
  }

  @AfterEach
  void stop() throws Exception {
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
    plain.close();
    tls.close();
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  private String call(String body) {
    return application.apply("http://orders/", body);
  }

  @Test
  void isRouted() {
    outbound.route("orders", TestEndpoint.plain("orders", plain.port()));
    assertThat(call("")).isEqualTo("200 ok");
    assertThat(plain.requests().get(0).target()).isEqualTo("/x");
    assertThat(plain.requests().get(0).headers()).containsEntry("host", "orders");
  }

  @Test
  void isRetried() {
    plain.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    outbound.script(
        "orders",
        List.of(
            () ->
                TestAttempt.to(TestEndpoint.plain("orders", plain.port()))
                    .onResponse(status -> Verdict.retryAfter(0)),
            () -> TestAttempt.to(TestEndpoint.tls("orders", tls.port()))));
    assertThat(call("")).isEqualTo("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @Test
  void isRefused() {
    outbound.route(
        "orders",
        () ->
            TestAttempt.refused(
                new Refusal(
                    403,
                    "weft; error=http_request_denied",
                    "no".getBytes(StandardCharsets.UTF_8),
                    null)));
    assertThat(call("")).isEqualTo("403 no");
  }

  @Test
  void bodiesArrive() {
    outbound.route("orders", TestEndpoint.plain("orders", plain.port()));
    assertThat(call("100 EUR")).isEqualTo("200 ok");
    assertThat(plain.requests().get(0).body()).asString().isEqualTo("100 EUR");
    assertThat(outbound.described().get(0).replayable()).isTrue();
  }

  @Test
  void speaksMeshTls() {
    outbound.route("orders", TestEndpoint.tls("orders", tls.port()));
    assertThat(call("")).isEqualTo("200 ok");
    assertThat(tls.requests()).hasSize(1);
  }
}
