package dev.weft.instrumentation.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.HeadChange;
import dev.weft.drive.Verdict;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no other library has. */
@Timeout(60)
@ParameterizedClass(name = "OkHttp {0}")
@FieldSource("dev.weft.instrumentation.okhttp.OkHttps#VERSIONS")
class OkHttpTest {
  private static final String URL = "http://orders/x";

  private final Object scenes;
  private final List<Origin> origins = new ArrayList<>();
  private TestOutbound outbound;

  OkHttpTest(String version) {
    Weaver.install(new OkHttpModule());
    scenes = LibraryLoader.make(version, Object.class, Scenes.class);
  }

  @BeforeEach
  void start() {
    TestMesh.get().reset();
    outbound = new TestOutbound();
    TestMesh.get().outbound(outbound);
  }

  @AfterEach
  void stop() throws Exception {
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

  private Origin origin(boolean tls) throws IOException {
    Origin origin = new Origin(tls ? "orders" : null);
    origins.add(origin);
    return origin;
  }

  private static TestEndpoint endpoint(boolean tls, Origin origin) {
    return tls
        ? TestEndpoint.tls("orders", origin.port())
        : TestEndpoint.plain("orders", origin.port());
  }

  private Origin routed(boolean tls) throws IOException {
    Origin origin = origin(tls);
    outbound.route("orders", endpoint(tls, origin));
    return origin;
  }

  @SuppressWarnings("unchecked")
  private List<String> play(String scene, String... urls) throws Exception {
    Class<?>[] types = new Class<?>[urls.length];
    Arrays.fill(types, String.class);
    try {
      return (List<String>)
          scenes.getClass().getMethod(scene, types).invoke(scenes, (Object[]) urls);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void interceptorsAndListeners_seeOneCall_andEachExchangeOfIt(boolean tls) throws Exception {
    Origin bad = origin(tls);
    Origin good = origin(tls);
    bad.script((request, connection, out) -> Origin.reply(out, 503, "busy"));
    outbound.script(
        "orders",
        List.of(
            () -> TestAttempt.to(endpoint(tls, bad)).onResponse(status -> Verdict.retryAfter(0)),
            () ->
                TestAttempt.to(endpoint(tls, good))
                    .with(
                        new HeadChange(
                            new String[0], new String[0], new String[0], "else", "/where"))));
    assertThat(play("watched", URL))
        .containsExactly(
            "start",
            "application null",
            "acquired",
            "network null " + URL,
            "released",
            "acquired",
            "network null " + URL,
            "200 after null",
            "released",
            "end");
    assertThat(good.requests().get(0).target()).isEqualTo("/where");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void webSockets_areRoutedToo(boolean tls) throws Exception {
    Origin origin = routed(tls);
    origin.script((request, connection, out) -> echo(request, connection, out));
    assertThat(play("webSocket", URL)).containsExactly("open 101", "hello");
    assertThat(outbound.outcomes()).containsExactly(List.of("101"));
  }

  /** Accepts, and sends the first frame back. */
  private static void echo(Origin.Request request, Socket connection, OutputStream out)
      throws IOException {
    String key = request.headers().get("sec-websocket-key");
    byte[] digest;
    try {
      digest =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    out.write(
        ("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: "
                + Base64.getEncoder().encodeToString(digest)
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
    InputStream in = connection.getInputStream();
    in.read();
    byte[] text = new byte[in.read() & 0x7f];
    byte[] mask = in.readNBytes(4);
    byte[] masked = in.readNBytes(text.length);
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (masked[i] ^ mask[i % 4]);
    }
    out.write(0x81);
    out.write(text.length);
    out.write(text);
    out.flush();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aConnectionThatDiedWhileIdle_costsAGetNothing(boolean tls) throws Exception {
    Origin origin = routed(tls);
    play("get", URL);
    origin.hangUp();
    assertThat(play("get", URL)).containsExactly("200 ok", "200 ok");
    assertThat(origin.connections()).isEqualTo(2);
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @Test
  void whatTheApplicationWantsSentOnce_isNotSentAgain() throws Exception {
    Origin origin = routed(false);
    play("get", URL);
    origin.script((request, connection, out) -> connection.close());
    assertThatThrownBy(() -> play("once", URL)).isInstanceOf(IOException.class);
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void aConnectionThatDiedWhileIdle_isNoReasonToSendAPostTwice() throws Exception {
    Origin origin = routed(false);
    play("get", URL);
    origin.script((request, connection, out) -> connection.close());
    assertThatThrownBy(() -> play("post", URL)).isInstanceOf(IOException.class);
    assertThat(origin.requests()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 503})
  void whatTheLibraryWouldSendOnceMore_isTheMeshsToDecide(int status) throws Exception {
    Origin origin = routed(false);
    origin.script(
        (request, connection, out) -> Origin.reply(out, status, "later", "Retry-After: 0"));
    assertThat(play("get", URL)).containsExactly(status + " later");
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void whatIsNotTheMeshs_isSentOnceMoreByTheLibrary() throws Exception {
    Origin origin = origin(false);
    origin.script((request, connection, out) -> Origin.reply(out, 503, "later", "Retry-After: 0"));
    assertThat(play("get", "http://127.0.0.1:" + origin.port() + "/")).containsExactly("503 later");
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void proxyAuthentication_isNothingThatAnEndpointAsksFor() throws Exception {
    Origin origin = routed(true);
    origin.script((request, connection, out) -> Origin.reply(out, 407, "proxy?"));
    assertThat(play("get", URL)).containsExactly("407 proxy?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pinned", "cleartextOnly", "ownDnsAndProxies", "together"})
  void whateverTheClientIsConfiguredFor_itReachesTheEndpoint(String scene) throws Exception {
    for (boolean tls : new boolean[] {true, false}) {
      routed(tls);
      assertThat(play(scene, URL)).isNotEmpty().containsOnly("200 ok");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void callsInParallel_haveAConnectionEach(boolean tls) throws Exception {
    Origin origin = routed(tls);
    CyclicBarrier both = new CyclicBarrier(2);
    origin.script(
        (request, connection, out) -> {
          try {
            both.await(30, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IOException(e);
          }
          Origin.reply(out, 200, "ok");
        });
    assertThat(play("together", URL)).containsExactly("200 ok", "200 ok");
    assertThat(origin.connections()).isEqualTo(2);
  }

  @Test
  void anAnswerOfTheCache_saysNothingOfTheEndpoint() throws Exception {
    Origin origin = routed(true);
    origin.script(
        (request, connection, out) -> Origin.reply(out, 200, "kept", "Cache-Control: max-age=600"));
    assertThat(play("cached", URL)).containsExactly("200 kept", "200 kept");
    assertThat(origin.requests()).hasSize(1);
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("abandoned"));
  }

  @Test
  void aCallInTheMiddleOfAnother_isACallOfItsOwn() throws Exception {
    Origin orders = routed(true);
    Origin other = origin(false);
    other.script((request, connection, out) -> Origin.reply(out, 200, "other"));
    outbound.route("billing", TestEndpoint.plain("billing", other.port()));
    play("inTheMiddle", URL, "http://127.0.0.1:" + other.port() + "/y");
    assertThat(play("inTheMiddle", URL, "http://billing/y"))
        .containsExactly("200 other", "200 ok", "200 other", "200 ok");
    assertThat(orders.requests()).hasSize(2);
    assertThat(other.requests()).hasSize(2);
  }

  @Test
  void challenges_areAnsweredByACallOfTheirOwn() throws Exception {
    Origin origin = routed(true);
    origin.script(
        (request, connection, out) -> {
          if (request.headers().containsKey("authorization")) {
            Origin.reply(out, 200, "ok");
          } else {
            Origin.reply(out, 401, "who?", "WWW-Authenticate: Basic realm=\"r\"");
          }
        });
    assertThat(play("challenged", URL)).containsExactly("200 ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("401"), List.of("200"));
    assertThat(outbound.described()).hasSize(2);
  }

  @Test
  void theCallsTimeout_endsTheWaitingForAnAttempt() throws Exception {
    Origin origin = origin(false);
    outbound.route(
        "orders", () -> TestAttempt.to(endpoint(false, origin)).withDelay(Duration.ofMinutes(5)));
    assertThatThrownBy(() -> play("timedOut", URL)).isInstanceOf(IOException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
    assertThat(origin.connections()).isZero();
  }
}
