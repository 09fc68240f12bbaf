package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Failure;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;

/**
 * What the clients of Apache have beyond the contract, whichever it is. Extended as a parameterized
 * class, whose parameter is the version of the library.
 */
@Timeout(30)
public abstract class AbstractApacheClientTest {
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new ArrayList<>();
  private Scenes scenes;

  @Parameter protected String version = "";

  /** What weaves the library. */
  protected abstract WeftModule module();

  /** Uses the library. */
  protected abstract Class<? extends Scenes> scenes();

  @BeforeEach
  final void weave() {
    Weaver.install(module());
    TestMesh.get().reset();
    TestMesh.get().outbound(outbound);
    scenes = LibraryLoader.make(version, Scenes.class, scenes());
  }

  @AfterEach
  final void close() throws Exception {
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
    for (Origin origin : origins) {
      origin.close();
    }
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  /** What the woven client asks for each call. */
  protected final TestOutbound outbound() {
    return outbound;
  }

  protected final Object play(String scene, String url) {
    return scenes.play(scene, url);
  }

  protected final Origin origin(@Nullable String identity) throws IOException {
    Origin origin = new Origin(identity);
    origins.add(origin);
    return origin;
  }

  /** A server of the service {@code orders} over mesh TLS, to which its calls go. */
  protected final Origin orders() throws IOException {
    Origin origin = origin("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    return origin;
  }

  @Test
  final void connectionsAreSharedThroughAManagerAndHaveNoState() throws Exception {
    Origin origin = orders();
    assertThat(play("shared manager", "http://orders/")).isEqualTo(List.of(1, "null", "null"));
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(origin.requests()).hasSize(20);
  }

  @Test
  final void aProxyIsPassedBy() throws Exception {
    Origin origin = orders();
    assertThat(play("proxy", "http://orders/a?b")).isEqualTo("200 ok");
    Origin.Request seen = origin.requests().get(0);
    assertThat(seen.line()).isEqualTo("GET /a?b HTTP/1.1");
    assertThat(seen.headers().keySet()).noneMatch(name -> name.startsWith("proxy"));
  }

  @Test
  final void nothingIsLookedUp() throws Exception {
    orders();
    assertThat(play("resolver", "http://orders/")).isEqualTo("200 ok");
  }

  @Test
  final void theLibrarysRetriesAreOffForTheMeshAndOnForOthers() throws Exception {
    Origin origin = orders();
    origin.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(play("strategy", "http://orders/")).isEqualTo(List.of("503 busy", 0));
    assertThat(origin.requests()).hasSize(1);
    origin.script((request, connection, out) -> connection.close());
    assertThat(play("strategy", "http://orders/")).isEqualTo(List.of("no answer", 0));
    assertThat(origin.requests()).hasSize(2);
    assertThat(outbound().attempts().get(1).known()).isEqualTo(Failure.CONNECTION_TERMINATED);

    Origin other = origin(null);
    other.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    assertThat(play("strategy", "http://127.0.0.1:" + other.port() + "/"))
        .isEqualTo(List.of("503 busy", 3));
    assertThat(other.requests()).hasSize(3);
  }

  @Test
  final void theMeshIsNotAskedAboutWhatACacheHas() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) ->
            Origin.reply(
                out,
                200,
                "kept",
                "Cache-Control: max-age=600",
                "Date: "
                    + DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC))));
    assertThat(play("cache", "http://orders/")).isEqualTo(List.of("200 kept", "200 kept"));
    assertThat(outbound().outcomes()).containsExactly(List.of("200"));
  }

  @Test
  final void challengesAreAnsweredOnTheSameEndpoint() throws Exception {
    Origin origin = orders();
    origin.script(
        (request, connection, out) -> {
          if (request.headers().containsKey("authorization")) {
            Origin.reply(out, 200, "let in");
          } else {
            Origin.reply(out, 401, "no", "WWW-Authenticate: Basic realm=\"x\"");
          }
        });
    assertThat(play("credentials", "http://orders/")).isEqualTo("200 let in");
    assertThat(origin.requests()).hasSize(2);
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(outbound().outcomes()).containsExactly(List.of("200"));
  }

  @Test
  final void connectionsThatTheApplicationMakesItselfAreNeverPlaintextInstead() throws Exception {
    Origin plain = origin(null);
    outbound().route("orders", TestEndpoint.plain("orders", plain.port()));
    assertThat(play("own connections", "http://orders/")).isEqualTo("200 ok");
    outbound().route("orders", TestEndpoint.tls("orders", plain.port()));
    assertThat(play("own connections", "http://orders/secret")).isInstanceOf(SSLException.class);
    assertThat(plain.requests()).hasSize(1);
    assertThat(outbound().attempts().get(1).known()).isEqualTo(Failure.TLS_ERROR);
  }

  /** One that asks a service for tokens, which is down. */
  @Test
  final void anInterceptorThatFailsIsNotTheEndpointsFault() throws Exception {
    Origin origin = orders();
    assertThat(play("broken interceptor", "http://orders/"))
        .isInstanceOfSatisfying(
            IOException.class, e -> assertThat(e).hasMessageContaining("no token"));
    assertThat(outbound().attempts())
        .hasSizeLessThan(2)
        .allSatisfy(
            attempt ->
                assertThat(
                        attempt.known() == Failure.OTHER
                            || attempt.outcomes().contains("abandoned"))
                    .as("%s, %s", attempt.known(), attempt.outcomes())
                    .isTrue());
    assertThat(origin.requests()).isEmpty();
  }
}
