package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Unreachable;
import dev.weft.testkit.Weaver;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every client adapter must prove. Each test is run over every {@link Wire} that the client
 * speaks; {@link ClientOptions} say what the client cannot do.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class HttpClientContract {
  /** What is spoken to the endpoint. */
  public enum Wire {
    PLAINTEXT,
    MTLS,
    MTLS_HTTP2
  }

  /** A call under way. */
  public interface Pending {
    /** Waits for the end. */
    Reply await() throws Exception;

    /** Gives up. */
    void cancel();
  }

  private static final Refusal NOBODY =
      new Refusal(
          503,
          "weft; error=destination_unavailable",
          "{\"status\":503,\"detail\":\"no endpoint\"}".getBytes(StandardCharsets.UTF_8),
          "1");
  private static final Refusal LATE =
      new Refusal(
          504,
          "weft; error=http_response_timeout",
          "{\"status\":504}".getBytes(StandardCharsets.UTF_8),
          null);
  private static final Refusal DENIED =
      new Refusal(
          403,
          "weft; error=http_request_denied",
          "{\"status\":403,\"detail\":\"no host of the mesh\"}".getBytes(StandardCharsets.UTF_8),
          null);
  private static final String[] NONE = {};

  protected final TestMesh mesh = TestMesh.get();
  protected TestOutbound outbound = new TestOutbound();
  private final List<KitServer> servers = new CopyOnWriteArrayList<>();

  /** What weaves the library. */
  protected abstract WeftModule module();

  protected abstract ClientOptions options();

  /** Sends a request and reads the response whole. Redirects are followed. */
  protected abstract Reply send(Ask ask) throws Exception;

  /** Sends a request on another thread. */
  protected abstract Pending start(Ask ask) throws Exception;

  /** What moves big bodies with this library, in a process of its own. */
  protected abstract Class<? extends BigTransfer.Client> bigClient();

  /** A server of HTTP/2 over mesh TLS; only asked for if the client speaks it. */
  protected KitServer http2(String identity) throws IOException {
    throw new IOException("no HTTP/2 for " + identity);
  }

  Stream<Wire> wires() {
    return Stream.of(Wire.values()).filter(wire -> wire != Wire.MTLS_HTTP2 || options().http2());
  }

  @BeforeEach
  void weave() {
    Weaver.install(module());
    mesh.reset();
    outbound = new TestOutbound();
    mesh.outbound(outbound);
  }

  @AfterEach
  void close() throws Exception {
    outbound.fail(null);
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
    for (KitServer server : servers) {
      server.close();
    }
    servers.clear();
    assertThat(Weaver.errors()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  protected KitServer server(Wire wire) throws IOException {
    return server(wire, "orders");
  }

  protected KitServer server(Wire wire, String identity) throws IOException {
    KitServer server =
        switch (wire) {
          case PLAINTEXT -> KitServer.http1(null);
          case MTLS -> KitServer.http1(identity);
          case MTLS_HTTP2 -> http2(identity);
        };
    servers.add(server);
    return server;
  }

  protected static TestEndpoint endpoint(Wire wire, String service, KitServer server) {
    return wire == Wire.PLAINTEXT
        ? TestEndpoint.plain(service, server.port())
        : TestEndpoint.tls(service, server.port());
  }

  private TestEndpoint endpoint(Wire wire, KitServer server) {
    return endpoint(wire, "orders", server);
  }

  private Ask over(Wire wire, Ask ask) {
    return wire == Wire.MTLS_HTTP2 ? ask.http2() : ask;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Verdict again(int status) {
    return status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER;
  }

  private void retryOn503(String host, TestEndpoint... endpoints) {
    List<java.util.function.Supplier<TestAttempt>> script = new ArrayList<>();
    for (TestEndpoint endpoint : endpoints) {
      script.add(
          () ->
              TestAttempt.to(endpoint)
                  .onResponse(HttpClientContract::again)
                  .onFailure(Verdict.retryAfter(0))
                  .onTimeout(Verdict.retryAfter(0)));
    }
    outbound.script(host, script);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aCallIsRoutedOnceAndShowsNothing(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound.route("orders", endpoint(wire, server));
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
    assertThat(outbound.described())
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
                wire != Wire.MTLS_HTTP2));
    assertThat(outbound.outcomes()).containsExactly(List.of("200"));
    assertThat(mesh.faults()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void defaultPortsStayOutOfTheHost(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound.route("orders", endpoint(wire, server));
    send(over(wire, Ask.get("http://orders/")));
    assertThat(server.requests().get(0).authority()).isEqualTo("orders");
    assertThat(server.requests().get(0).target()).isEqualTo("/");
  }

  @ParameterizedTest
  @MethodSource("wires")
  void connectionsAreReusedAndStayWithTheirEndpoint(Wire wire) throws Exception {
    KitServer first = server(wire);
    KitServer second = server(wire);
    first.answer(seen -> Answer.ok("first"));
    second.answer(seen -> Answer.ok("second"));
    outbound.route("orders", endpoint(wire, first), endpoint(wire, second));
    for (int i = 0; i < 20; i++) {
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("first");
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("second");
    }
    assertThat(first.connections()).isEqualTo(1);
    assertThat(second.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void twoServicesOnOneEndpointShareNoConnection(Wire wire) throws Exception {
    assumeTrue(wire != Wire.PLAINTEXT || options().keepsPlaintextApart());
    KitServer server = server(wire);
    TestEndpoint orders = endpoint(wire, "orders", server);
    outbound.route("orders", orders);
    send(over(wire, Ask.get("http://orders/")));
    TestEndpoint billing = endpoint(wire, "billing", server);
    outbound.route("billing", billing);
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
  void plaintextConnectionsDoNotOutliveAChangeToMtls() throws Exception {
    KitServer plain = server(Wire.PLAINTEXT);
    outbound.route("orders", TestEndpoint.plain("orders", plain.port()));
    send(Ask.get("http://orders/"));
    outbound.route("orders", TestEndpoint.tls("orders", plain.port()));
    assertThatThrownBy(() -> send(Ask.get("http://orders/secret"))).isInstanceOf(IOException.class);
    assertThat(plain.requests()).hasSize(1);
  }

  @Test
  void aWrongIdentityIsSentNothing() throws Exception {
    KitServer impostor = server(Wire.MTLS, "billing");
    outbound.route("orders", TestEndpoint.tls("orders", impostor.port()));
    assertThatThrownBy(() -> send(Ask.post("http://orders/secret", bytes("secret"))))
        .isInstanceOf(IOException.class);
    assertThat(impostor.requests()).isEmpty();
    assertThat(outbound.outcomes()).hasSize(1);
    assertThat(outbound.outcomes().get(0).get(0)).contains("SSL");
  }

  @ParameterizedTest
  @MethodSource("wires")
  void headsAreChangedOnTheWireOnly(Wire wire) throws Exception {
    KitServer server = server(wire);
    HeadChange change =
        new HeadChange(
            new String[] {"x-gone"},
            new String[] {"x-set", "new", "x-fresh", "1"},
            new String[] {"x-add", "two", "x-add", "three"},
            "other.example:81",
            "/there?b=2");
    outbound.route("orders", () -> TestAttempt.to(endpoint(wire, server)).with(change));
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
  void headsOfResponsesAreChanged(Wire wire) throws Exception {
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
    outbound.route("orders", () -> TestAttempt.to(endpoint(wire, server)).withResponse(change));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.header("x-gone")).isEmpty();
    assertThat(reply.header("x-set")).containsExactly("new");
    assertThat(reply.header("x-add")).containsExactlyInAnyOrder("one", "two");
    assertThat(reply.header("x-kept")).containsExactly("k");
    assertThat(reply.text()).isEqualTo("ok");
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aResponseIsRetriedAndOnlyTheLastOneShown(Wire wire) throws Exception {
    KitServer bad = server(wire);
    KitServer good = server(wire);
    bad.answer(seen -> Answer.of(503, "busy"));
    good.answer(seen -> Answer.ok(seen.method() + " " + seen.text()));
    retryOn503("orders", endpoint(wire, bad), endpoint(wire, good));
    Reply reply = send(over(wire, Ask.post("http://orders/pay", bytes("100 EUR"))));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).isEqualTo("POST 100 EUR");
    assertThat(bad.requests()).hasSize(1);
    assertThat(bad.requests().get(0).text()).isEqualTo("100 EUR");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
    assertThat(outbound.described()).hasSize(1);
    assertThat(outbound.described().get(0).replayable()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aDiscardedResponseMayBeOfAnySize(Wire wire) throws Exception {
    KitServer bad = server(wire);
    KitServer good = server(wire);
    bad.answer(seen -> Answer.of(503, "x".repeat(2_000_000)));
    retryOn503("orders", endpoint(wire, bad), endpoint(wire, good));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("503"), List.of("200"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  void theLastResponseIsDeliveredWhenNobodyWantsAnother(Wire wire) throws Exception {
    KitServer bad = server(wire);
    bad.answer(seen -> Answer.of(503, "busy"));
    AtomicInteger attempts = new AtomicInteger();
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(endpoint(wire, bad))
                .onResponse(
                    status ->
                        attempts.incrementAndGet() < 3
                            ? Verdict.retryAfter(1_000_000)
                            : Verdict.DELIVER));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.text()).isEqualTo("busy");
    assertThat(bad.requests()).hasSize(3);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aRefusedConnectionIsRetriedElsewhere(Wire wire) throws Exception {
    KitServer good = server(wire);
    retryOn503("orders", nobodyAt(wire), endpoint(wire, good));
    assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    assertThat(outbound.outcomes())
        .containsExactly(List.of("java.net.ConnectException"), List.of("200"));
    assertThat(good.requests()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void exceptionsAreTheLibrarysOwn(Wire wire) throws Exception {
    outbound.route("orders", nobodyAt(wire));
    assertThatThrownBy(() -> send(over(wire, Ask.get("http://orders/"))))
        .isInstanceOf(ConnectException.class);
    assertThat(outbound.outcomes()).containsExactly(List.of("java.net.ConnectException"));
  }

  private TestEndpoint nobodyAt(Wire wire) throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    return wire == Wire.PLAINTEXT
        ? TestEndpoint.plain("orders", free)
        : TestEndpoint.tls("orders", free);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aConnectionThatTakesTooLongIsMadeElsewhere(Wire wire) throws Exception {
    assumeTrue(options().connectTimeouts());
    KitServer good = server(wire);
    try (Unreachable full = Unreachable.full()) {
      connectTimeoutFirst(unreachable(wire, full), Duration.ofMillis(300), endpoint(wire, good));
      assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    }
    assertConnectTimedOut();
    assertThat(outbound.outcomes().get(1)).containsExactly("200");
    assertThat(good.requests()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aHandshakeIsPartOfConnecting(Wire wire) throws Exception {
    assumeTrue(options().connectTimeouts() && wire != Wire.PLAINTEXT);
    KitServer good = server(wire);
    try (Unreachable silent = Unreachable.silent()) {
      connectTimeoutFirst(unreachable(wire, silent), Duration.ofMillis(300), endpoint(wire, good));
      assertThat(send(over(wire, Ask.post("http://orders/", bytes("x")))).text()).isEqualTo("ok");
    }
    assertConnectTimedOut();
    assertThat(outbound.outcomes().get(1)).containsExactly("200");
  }

  @ParameterizedTest
  @MethodSource("wires")
  void theApplicationsOwnConnectTimeoutHoldsIfItIsShorter(Wire wire) throws Exception {
    assumeTrue(options().connectTimeouts());
    try (Unreachable full = Unreachable.full()) {
      outbound.route(
          "orders",
          () -> TestAttempt.to(unreachable(wire, full)).withConnectTimeout(Duration.ofMinutes(10)));
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
    outbound.script(
        "orders",
        List.of(
            () -> TestAttempt.to(first).withConnectTimeout(limit).onFailure(Verdict.retryAfter(0)),
            () -> TestAttempt.to(second).withConnectTimeout(Duration.ofSeconds(50))));
  }

  /** As what the mesh takes for an endpoint that was not reached. */
  private void assertConnectTimedOut() {
    assertThat(outbound.outcomes().get(0))
        .singleElement()
        .satisfies(
            told ->
                assertThat(told)
                    .isIn(
                        "java.net.SocketTimeoutException",
                        "java.net.http.HttpConnectTimeoutException"));
    assertThat(outbound.attempts().get(0).error()).hasMessageContaining("onnect timed out");
  }

  private static TestEndpoint unreachable(Wire wire, Unreachable nobody) {
    return wire == Wire.PLAINTEXT
        ? TestEndpoint.plain("orders", nobody.port())
        : TestEndpoint.tls("orders", nobody.port());
  }

  @ParameterizedTest
  @MethodSource("wires")
  void streamsAreNotReplayed(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound.route("orders", endpoint(wire, server));
    send(over(wire, Ask.post("http://orders/", bytes("stream")).streamed()));
    assertThat(server.requests().get(0).text()).isEqualTo("stream");
    assertThat(outbound.described().get(0).replayable()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aPostIsNeverSentTwiceBehindTheMeshsBack(Wire wire) throws Exception {
    for (boolean warm : new boolean[] {false, true}) {
      KitServer server = server(wire);
      outbound.route("orders", endpoint(wire, server));
      if (warm) {
        send(over(wire, Ask.get("http://orders/warm")));
      }
      server.answer(seen -> Answer.hangUp());
      assertThatThrownBy(() -> send(over(wire, Ask.post("http://orders/", bytes("100 EUR")))))
          .isInstanceOf(IOException.class);
      assertThat(server.requests().stream().filter(seen -> seen.method().equals("POST")))
          .hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("wires")
  void theLibraryDoesNotRetryByItself(Wire wire) throws Exception {
    KitServer server = server(wire);
    outbound.route("orders", endpoint(wire, server));
    server.answer(seen -> Answer.hangUp());
    assertThatThrownBy(() -> send(over(wire, Ask.get("http://orders/"))))
        .isInstanceOf(IOException.class);
    assertThat(server.requests()).hasSize(1);
    assertThat(outbound.outcomes()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aGetThatWasNotAnsweredIsSentElsewhere(Wire wire) throws Exception {
    KitServer dying = server(wire);
    KitServer good = server(wire);
    dying.answer(seen -> Answer.hangUp());
    retryOn503("orders", endpoint(wire, dying), endpoint(wire, good));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(dying.requests()).hasSize(1);
    assertThat(outbound.attempts()).hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aRefusalIsAResponse(Wire wire) throws Exception {
    outbound.route("orders", () -> TestAttempt.refused(NOBODY));
    Reply reply = send(over(wire, Ask.get("http://orders/x")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("proxy-status")).containsExactly("weft; error=destination_unavailable");
    assertThat(reply.header("retry-after")).containsExactly("1");
    assertThat(reply.header("content-type")).containsExactly("application/problem+json");
    assertThat(reply.text()).contains("no endpoint");
    assertThat(reply.uri()).isEqualTo("http://orders/x");
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
    Reply post = send(over(wire, Ask.post("http://orders/x", bytes("y".repeat(100_000)))));
    assertThat(post.status()).isEqualTo(503);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void anAnswerTakesThePlaceOfAResponse(Wire wire) throws Exception {
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(500, "oops", "X-From", "server"));
    outbound.route(
        "orders",
        () -> TestAttempt.to(endpoint(wire, server)).onResponse(status -> Verdict.answer(NOBODY)));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.text()).contains("no endpoint");
    assertThat(reply.header("x-from")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void anAnswerTakesThePlaceOfAnError(Wire wire) throws Exception {
    TestEndpoint nobody = nobodyAt(wire);
    outbound.route("orders", () -> TestAttempt.to(nobody).onFailure(Verdict.answer(NOBODY)));
    assertThat(send(over(wire, Ask.get("http://orders/"))).status()).isEqualTo(503);
    assertThat(outbound.outcomes()).containsExactly(List.of("java.net.ConnectException"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  void anAttemptThatTakesTooLongIsAnswered(Wire wire) throws Exception {
    assumeTrue(options().answersLateTimeouts());
    KitServer server = server(wire);
    outbound.route("orders", endpoint(wire, server));
    send(over(wire, Ask.get("http://orders/warm")));
    server.answer(seen -> Answer.stall());
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(endpoint(wire, server))
                .withTimeout(Duration.ofMillis(500))
                .onTimeout(Verdict.answer(LATE)));
    Reply reply = send(over(wire, Ask.get("http://orders/")));
    assertThat(reply.status()).isEqualTo(504);
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("timed out"));
    assertThat(server.requests()).hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void anAttemptThatTakesTooLongIsRetried(Wire wire) throws Exception {
    KitServer slow = server(wire);
    KitServer good = server(wire);
    slow.answer(seen -> Answer.stall());
    outbound.script(
        "orders",
        List.of(
            () ->
                TestAttempt.to(endpoint(wire, slow))
                    .withTimeout(Duration.ofMillis(200))
                    .onTimeout(Verdict.retryAfter(0)),
            () -> TestAttempt.to(endpoint(wire, good)).withTimeout(Duration.ofSeconds(50))));
    assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
    assertThat(outbound.outcomes()).containsExactly(List.of("timed out"), List.of("200"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  void theApplicationsOwnTimeoutSpansAllAttempts(Wire wire) throws Exception {
    assumeTrue(options().deadline());
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(503, "busy"));
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(endpoint(wire, server))
                .onResponse(status -> Verdict.retryAfter(TimeUnit.MILLISECONDS.toNanos(50))));
    assertThatThrownBy(
            () -> send(over(wire, Ask.get("http://orders/").timeout(Duration.ofMillis(400)))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("timed out");
    assertThat(outbound.attempts()).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void delaysComeFirst(Wire wire) throws Exception {
    KitServer server = server(wire);
    Duration delay = Duration.ofMillis(150);
    outbound.script(
        "orders",
        List.of(
            () -> TestAttempt.to(endpoint(wire, server)).withDelay(delay),
            () -> TestAttempt.refused(NOBODY).withDelay(delay)));
    for (int status : new int[] {200, 503}) {
      long begun = System.nanoTime();
      assertThat(send(over(wire, Ask.get("http://orders/"))).status()).isEqualTo(status);
      assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(delay.toNanos());
    }
  }

  @ParameterizedTest
  @MethodSource("wires")
  void redirectsAreRoutedAnew(Wire wire) throws Exception {
    KitServer orders = server(wire);
    KitServer billing = server(wire, "billing");
    orders.answer(seen -> Answer.of(302, "", "Location", "http://billing/there"));
    outbound.route("orders", endpoint(wire, orders));
    retryOn503("billing", nobodyAs("billing", wire), endpoint(wire, "billing", billing));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo("http://billing/there");
    assertThat(billing.requests().get(0).authority()).isEqualTo("billing");
    assertThat(outbound.asked()).containsExactly("http://orders:-1", "http://billing:-1");
    assertThat(outbound.outcomes())
        .containsExactly(List.of("302"), List.of("java.net.ConnectException"), List.of("200"));
  }

  private TestEndpoint nobodyAs(String service, Wire wire) throws IOException {
    int port = nobodyAt(wire).getPort();
    return wire == Wire.PLAINTEXT
        ? TestEndpoint.plain(service, port)
        : TestEndpoint.tls(service, port);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void redirectsLeaveTheMesh(Wire wire) throws Exception {
    KitServer orders = server(wire);
    KitServer other = server(Wire.PLAINTEXT);
    String elsewhere = "http://127.0.0.1:" + other.port() + "/there";
    orders.answer(seen -> Answer.of(307, "", "Location", elsewhere));
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(endpoint(wire, orders))
                .with(new HeadChange(NONE, new String[] {"x-mesh", "secret"}, NONE, null, null)));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo(elsewhere);
    assertThat(other.requests().get(0).headers()).doesNotContainKey("x-mesh");
    assertThat(outbound.outcomes()).containsExactly(List.of("307"));
  }

  @ParameterizedTest
  @MethodSource("wires")
  void relativeRedirectsAreResolvedAgainstTheApplicationsUri(Wire wire) throws Exception {
    KitServer server = server(wire);
    server.answer(
        seen ->
            seen.target().equals("/deep/a")
                ? Answer.of(302, "", "Location", "/b")
                : Answer.ok(seen.target()));
    AtomicInteger calls = new AtomicInteger();
    outbound.route(
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
  void aRefusalInTheMiddleOfRedirectsIsTheResponse(Wire wire) throws Exception {
    assumeTrue(options().refusesInRedirects());
    KitServer orders = server(wire);
    orders.answer(seen -> Answer.of(302, "", "Location", "http://billing/there"));
    outbound.route("orders", endpoint(wire, orders));
    outbound.route("billing", () -> TestAttempt.refused(NOBODY));
    Reply reply = send(over(wire, Ask.get("http://orders/here")));
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.uri()).isEqualTo("http://billing/there");
  }

  /** The mesh of this kit makes no exception of loopback: who would be reached is here. */
  @Test
  void whatMayNotLeaveTheMeshReachesNobody() throws Exception {
    KitServer outside = server(Wire.PLAINTEXT);
    String url = "http://127.0.0.1:" + outside.port() + "/x";
    assertThat(send(Ask.get(url)).text()).isEqualTo("ok");
    int connections = outside.connections();
    outbound.route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    for (Ask ask : List.of(Ask.get(url), Ask.post(url, bytes("secret")))) {
      Reply reply = send(ask);
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.header("proxy-status")).containsExactly("weft; error=http_request_denied");
      assertThat(reply.text()).contains("no host of the mesh");
      assertThat(reply.uri()).isEqualTo(url);
    }
    assertThat(outside.requests()).hasSize(1);
    assertThat(outside.connections()).isEqualTo(connections);
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void neitherDoesHttps() throws Exception {
    KitServer outside = server(Wire.MTLS);
    String url = "https://127.0.0.1:" + outside.port() + "/x";
    outbound.route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    if (options().refusesHttps()) {
      Reply reply = send(Ask.get(url));
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.uri()).isEqualTo(url);
    } else {
      assertThatThrownBy(() -> send(Ask.get(url)))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage("127.0.0.1 [weft: 403 weft; error=http_request_denied]");
    }
    assertThat(outside.connections()).isZero();
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void neitherDoARedirectsSecondLeg() throws Exception {
    KitServer allowed = server(Wire.PLAINTEXT);
    KitServer outside = server(Wire.PLAINTEXT);
    allowed.answer(
        seen -> Answer.of(302, "", "Location", "http://127.0.0.1:" + outside.port() + "/there"));
    outbound.route("127.0.0.1", () -> TestAttempt.refused(DENIED));
    Ask ask = Ask.get("http://localhost:" + allowed.port() + "/here");
    if (options().refusesForeignRedirects()) {
      assertThat(send(ask).status()).isEqualTo(403);
    } else {
      assertThatThrownBy(() -> send(ask))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("[weft: 403 weft; error=http_request_denied]");
    }
    assertThat(allowed.requests()).hasSize(1);
    assertThat(outside.connections()).isZero();
    assertThat(mesh.faults()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void cancellationReachesTheAttempt(Wire wire) throws Exception {
    assumeTrue(options().cancels());
    KitServer server = server(wire);
    CountDownLatch arrived = new CountDownLatch(1);
    server.answer(
        seen -> {
          arrived.countDown();
          return Answer.stall();
        });
    outbound.route("orders", endpoint(wire, server));
    Pending pending = start(over(wire, Ask.get("http://orders/")));
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    pending.cancel();
    assertThatThrownBy(pending::await).isInstanceOf(Exception.class);
    assertThat(outbound.attempts().get(0).awaitOutcome()).isEqualTo("abandoned");
    assertThat(outbound.attempts()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void aCallGivenUpBetweenAttemptsIsToldToTheMesh(Wire wire) throws Exception {
    assumeTrue(options().cancelsBetweenAttempts());
    KitServer server = server(wire);
    server.answer(seen -> Answer.of(503, "busy"));
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(endpoint(wire, server))
                .onResponse(status -> Verdict.retryAfter(TimeUnit.MINUTES.toNanos(5))));
    Pending pending = start(over(wire, Ask.get("http://orders/")));
    TestAttempt attempt = outbound.awaitAttempt();
    attempt.awaitOutcome();
    pending.cancel();
    attempt.awaitGivenUp();
    assertThatThrownBy(pending::await).isInstanceOf(Exception.class);
    assertThat(outbound.attempts()).hasSize(1);
  }

  /** Two gigabytes each way over mesh TLS, and less in plaintext, in a heap of 64 megabytes. */
  @Test
  @Timeout(240)
  void bodiesAreNeitherKeptNorCopied() throws Exception {
    String classPath = System.getProperty("surefire.test.class.path");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                classPath == null ? System.getProperty("java.class.path") : classPath,
                BigTransfer.class.getName(),
                bigClient().getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("all arrived");
  }

  @ParameterizedTest
  @MethodSource("wires")
  void mirrorsAreSentBesides(Wire wire) throws Exception {
    assumeTrue(options().mirrors());
    KitServer server = server(wire);
    KitServer shadow = server(wire, "shadow");
    CountDownLatch copied = new CountDownLatch(1);
    shadow.answer(
        seen -> {
          copied.countDown();
          return Answer.of(500, "x".repeat(200_000));
        });
    outbound.route("orders", endpoint(wire, server));
    TestAttempt copy =
        TestAttempt.to(endpoint(wire, "shadow", shadow))
            .with(new HeadChange(NONE, NONE, NONE, "orders-shadow", null));
    outbound.mirror("orders", copy);
    assertThat(send(over(wire, Ask.post("http://orders/a?b", bytes("body")))).text())
        .isEqualTo("ok");
    assertThat(copied.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(copy.awaitOutcome()).isEqualTo("500");
    Seen seen = shadow.requests().get(0);
    assertThat(seen.method() + " " + seen.target() + " " + seen.authority() + " " + seen.text())
        .isEqualTo("POST /a?b orders-shadow body");
    assertThat(server.requests()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("wires")
  void manyAtOnce(Wire wire) throws Exception {
    KitServer flaky = server(wire);
    KitServer good = server(wire);
    flaky.answer(seen -> Answer.of(503, "busy"));
    good.answer(seen -> Answer.ok(seen.text()));
    AtomicInteger turns = new AtomicInteger();
    TestEndpoint first = endpoint(wire, flaky);
    TestEndpoint second = endpoint(wire, good);
    outbound.route(
        "orders",
        () ->
            TestAttempt.to(turns.getAndIncrement() % 3 == 0 ? first : second)
                .onResponse(HttpClientContract::again));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<String>> tasks = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String body = "body " + i;
        expected.add(body);
        tasks.add(() -> send(over(wire, Ask.post("http://orders/", bytes(body)))).text());
      }
      List<String> got = new ArrayList<>();
      for (Future<String> reply : threads.invokeAll(tasks)) {
        got.add(reply.get());
      }
      assertThat(got).isEqualTo(expected);
    } finally {
      threads.shutdownNow();
    }
    assertThat(mesh.faults()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wires")
  void whateverAnAttemptThrowsTheCallGoesOn(Wire wire) throws Exception {
    KitServer server = server(wire);
    for (TestAttempt.Op op :
        List.of(
            TestAttempt.Op.TIMEOUT,
            TestAttempt.Op.CONNECT_TIMEOUT,
            TestAttempt.Op.RESPONDED,
            TestAttempt.Op.RESPONSE_CHANGE)) {
      outbound.route("orders", () -> TestAttempt.failing(op, endpoint(wire, server)));
      int before = mesh.faults().size();
      assertThat(send(over(wire, Ask.get("http://orders/"))).text()).isEqualTo("ok");
      assertThat(mesh.faults()).as(op.name()).hasSizeGreaterThan(before);
    }
    outbound.route(
        "orders", () -> TestAttempt.failing(TestAttempt.Op.FAILED, TestEndpoint.plain("x", 1)));
    assertThatThrownBy(() -> send(Ask.get("http://orders/"))).isInstanceOf(ConnectException.class);
  }

  @Test
  void whatCannotBeRoutedGoesOnWithoutTheMesh() throws Exception {
    KitServer server = server(Wire.PLAINTEXT);
    String direct = "http://127.0.0.1:" + server.port() + "/";
    for (TestAttempt.Op op :
        List.of(
            TestAttempt.Op.REFUSAL,
            TestAttempt.Op.DELAY,
            TestAttempt.Op.ADDRESS,
            TestAttempt.Op.CHANGE)) {
      outbound.route("127.0.0.1", () -> TestAttempt.failing(op, TestEndpoint.plain("orders", 1)));
      assertThat(send(Ask.get(direct)).text()).as(op.name()).isEqualTo("ok");
      assertThat(outbound.attempts().get(outbound.attempts().size() - 1).awaitOutcome())
          .isEqualTo("abandoned");
    }
    outbound.route("127.0.0.1", TestEndpoint.plain("orders", server.port()));
    for (TestOutbound.Op op :
        List.of(TestOutbound.Op.CALL, TestOutbound.Op.ATTEMPT, TestOutbound.Op.MIRROR)) {
      int before = mesh.faults().size();
      outbound.fail(op);
      assertThat(send(Ask.get(direct)).text()).as(op.name()).isEqualTo("ok");
      assertThat(mesh.faults()).as(op.name()).hasSizeGreaterThan(before);
    }
    outbound.fail(TestOutbound.Op.SCHEDULE);
    outbound.route(
        "127.0.0.1",
        () ->
            TestAttempt.to(TestEndpoint.plain("orders", server.port()))
                .withTimeout(Duration.ofSeconds(30)));
    assertThat(send(Ask.get(direct)).text()).isEqualTo("ok");
  }

  /** {@code docs/clients.md} has a row for this client, which says what its options say. */
  @Test
  void theDocumentationSaysWhatTheClientCannotDo() throws Exception {
    assertThat(Files.readAllLines(Path.of("../../docs/clients.md")))
        .contains(ClientOptions.header(), options().row(module().instrumentationName()));
  }

  @Test
  void othersAreLeftAlone() throws Exception {
    KitServer server = server(Wire.PLAINTEXT);
    String direct = "http://127.0.0.1:" + server.port() + "/x";
    Reply reply = send(Ask.get(direct));
    assertThat(reply.text()).isEqualTo("ok");
    assertThat(reply.uri()).isEqualTo(direct);
    assertThat(outbound.attempts()).isEmpty();
    assertThat(outbound.asked()).containsExactly("http://127.0.0.1:" + server.port());
  }
}
