package dev.weft.instrumentation.httpurlconnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.Await;
import dev.weft.testkit.ClosedPort;
import dev.weft.testkit.Identities;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HttpUrlConnectionTest {
  private static final Refusal NOBODY =
      new Refusal(
          503,
          "weft; error=destination_unavailable",
          "{\"status\":503,\"detail\":\"no endpoint\"}".getBytes(StandardCharsets.UTF_8),
          "1");

  private final TestMesh mesh = TestMesh.get();
  private final TestOutbound outbound = new TestOutbound();
  private final List<Origin> origins = new CopyOnWriteArrayList<>();

  @BeforeEach
  void weave() {
    Weaver.install(new HttpUrlConnectionModule());
    mesh.reset();
    mesh.outbound(outbound);
  }

  @AfterEach
  void close() throws IOException {
    for (Origin origin : origins) {
      origin.close();
    }
    assertThat(Weaver.errors()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSizeLessThan(2));
  }

  private Origin plain() throws IOException {
    return keep(new Origin(null));
  }

  private Origin tls(String identity) throws IOException {
    return keep(new Origin(identity));
  }

  private Origin keep(Origin origin) {
    origins.add(origin);
    return origin;
  }

  private static HttpURLConnection open(String url) throws IOException {
    return (HttpURLConnection) URI.create(url).toURL().openConnection();
  }

  private static String get(String url) throws IOException {
    return text(open(url).getInputStream());
  }

  private static String text(InputStream in) throws IOException {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static HttpURLConnection post(String url, String body) throws IOException {
    HttpURLConnection connection = open(url);
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    return connection;
  }

  @Test
  void callsAreLedToTheEndpointOverMeshTls() throws Exception {
    Origin origin = tls("orders");
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    outbound.route("orders", endpoint);
    HttpURLConnection connection = open("http://orders:8080/cart?id=7");
    assertThat(connection.getResponseCode()).isEqualTo(200);
    assertThat(connection.getResponseMessage()).isEqualTo("Some Reason");
    assertThat(text(connection.getInputStream())).isEqualTo("ok");
    assertThat(connection.getURL().toString()).isEqualTo("http://orders:8080/cart?id=7");
    assertThat(connection.usingProxy()).isFalse();
    assertThat(connection).isNotInstanceOf(HttpsURLConnection.class);
    assertThat(origin.requests()).hasSize(1);
    Origin.Request request = origin.requests().get(0);
    assertThat(request.line()).isEqualTo("GET /cart?id=7 HTTP/1.1");
    assertThat(request.headers()).containsEntry("host", "orders:8080");
    assertThat(outbound.asked()).containsExactly("http://orders:8080");
    assertThat(outbound.outcomes()).containsExactly(List.of("200"));
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void oneHandshakeForManyRequests() throws Exception {
    Origin origin = tls("orders");
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    outbound.route("orders", endpoint);
    for (int i = 0; i < 200; i++) {
      assertThat(get("http://orders/" + i)).isEqualTo("ok");
    }
    assertThat(endpoint.handshakes()).isEqualTo(1);
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(outbound.asked()).hasSize(200);
    assertThat(outbound.outcomes()).hasSize(200).containsOnly(List.of("200"));
  }

  @Test
  void eachRequestPicksAndConnectionsStayWithTheirEndpoint() throws Exception {
    Origin first = tls("orders");
    Origin second = tls("orders");
    Origin third = plain();
    first.script((request, connection, out) -> Origin.reply(out, 200, "first"));
    second.script((request, connection, out) -> Origin.reply(out, 200, "second"));
    third.script((request, connection, out) -> Origin.reply(out, 200, "third"));
    outbound.route(
        "orders",
        TestEndpoint.tls("orders", first.port()),
        TestEndpoint.tls("orders", second.port()),
        TestEndpoint.plain("orders", third.port()));
    for (int i = 0; i < 20; i++) {
      assertThat(get("http://orders/")).isEqualTo("first");
      assertThat(get("http://orders/")).isEqualTo("second");
      assertThat(get("http://orders/")).isEqualTo("third");
    }
    assertThat(first.connections()).isEqualTo(1);
    assertThat(second.connections()).isEqualTo(1);
    assertThat(third.connections()).isEqualTo(1);
  }

  @Test
  void oneEndpointUnderTwoKeysSharesNoConnection() throws Exception {
    Origin origin = plain();
    TestEndpoint asOrders = TestEndpoint.plain("orders", origin.port());
    TestEndpoint asBilling = TestEndpoint.plain("billing", origin.port());
    outbound.route("orders", asOrders, asBilling);
    for (int i = 0; i < 10; i++) {
      get("http://orders/");
    }
    assertThat(origin.connections()).isEqualTo(2);
  }

  @Test
  void postHeadDeleteAndEmptyResponses() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    origin.script(
        (request, connection, out) -> {
          switch (request.method()) {
            case "HEAD" ->
                out.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
            case "DELETE" ->
                out.write("HTTP/1.1 204 None\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            default -> Origin.reply(out, 201, new String(request.body(), StandardCharsets.UTF_8));
          }
        });
    for (int i = 0; i < 3; i++) {
      HttpURLConnection post = post("http://orders/", "body");
      assertThat(post.getResponseCode()).isEqualTo(201);
      assertThat(origin.requests().get(3 * i).headers()).containsEntry("connection", "keep-alive");
      assertThat(text(post.getInputStream())).isEqualTo("body");
      HttpURLConnection head = open("http://orders/");
      head.setRequestMethod("HEAD");
      assertThat(head.getResponseCode()).isEqualTo(200);
      assertThat(head.getContentLength()).isEqualTo(5);
      HttpURLConnection delete = open("http://orders/");
      delete.setRequestMethod("DELETE");
      assertThat(delete.getResponseCode()).isEqualTo(204);
    }
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(outbound.outcomes()).hasSize(9).contains(List.of("201"), List.of("204"));
  }

  @Test
  void streamedBodies() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    byte[] body = new byte[5 << 20];
    Arrays.fill(body, (byte) 'x');
    for (int mode = 0; mode < 4; mode++) {
      HttpURLConnection connection = open("http://orders/");
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      if (mode % 2 == 0) {
        connection.setFixedLengthStreamingMode(body.length);
      } else {
        connection.setChunkedStreamingMode(0);
      }
      if (mode >= 2) {
        connection.setRequestProperty("Expect", "100-Continue");
      }
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
      assertThat(connection.getResponseCode()).isEqualTo(200);
      assertThat(text(connection.getInputStream())).isEqualTo("ok");
    }
    assertThat(origin.requests()).hasSize(4).allSatisfy(r -> assertThat(r.body()).isEqualTo(body));
    assertThat(outbound.outcomes()).hasSize(4).containsOnly(List.of("200"));
  }

  @Test
  void errorStreams() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    for (int status : new int[] {400, 404, 500, 503}) {
      origin.script((request, connection, out) -> Origin.reply(out, status, "sorry " + status));
      HttpURLConnection connection = open("http://orders/");
      assertThatThrownBy(connection::getInputStream)
          .isInstanceOf(status == 404 ? FileNotFoundException.class : IOException.class);
      assertThat(connection.getResponseCode()).isEqualTo(status);
      assertThat(text(connection.getErrorStream())).isEqualTo("sorry " + status);
    }
    assertThat(outbound.outcomes())
        .containsExactly(List.of("400"), List.of("404"), List.of("500"), List.of("503"));
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void redirectsArePickedAnew() throws Exception {
    Origin orders = tls("orders");
    Origin billing = tls("billing");
    outbound.route("orders", TestEndpoint.tls("orders", orders.port()));
    outbound.route("billing", TestEndpoint.tls("billing", billing.port()));
    orders.script(
        (request, connection, out) -> Origin.reply(out, 302, "", "Location: http://billing/there"));
    HttpURLConnection connection = open("http://orders/here");
    assertThat(text(connection.getInputStream())).isEqualTo("ok");
    assertThat(connection.getURL().toString()).isEqualTo("http://billing/there");
    assertThat(billing.requests().get(0).headers()).containsEntry("host", "billing");
    assertThat(outbound.asked()).containsExactly("http://orders:-1", "http://billing:-1");
    assertThat(outbound.outcomes()).containsExactly(List.of("302"), List.of("200"));
  }

  @Test
  void neverTheApplicationsProxy() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      InetSocketAddress at = new InetSocketAddress("127.0.0.1", proxy.getLocalPort());
      HttpURLConnection explicit =
          (HttpURLConnection)
              URI.create("http://orders/explicit")
                  .toURL()
                  .openConnection(new Proxy(Proxy.Type.HTTP, at));
      assertThat(text(explicit.getInputStream())).isEqualTo("ok");
      HttpURLConnection socks =
          (HttpURLConnection)
              URI.create("http://orders/socks")
                  .toURL()
                  .openConnection(new Proxy(Proxy.Type.SOCKS, at));
      assertThat(text(socks.getInputStream())).isEqualTo("ok");
      List<URI> selected = new CopyOnWriteArrayList<>();
      ProxySelector before = ProxySelector.getDefault();
      ProxySelector.setDefault(
          new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
              selected.add(uri);
              return List.of(new Proxy(Proxy.Type.HTTP, at));
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException error) {
              selected.add(uri);
            }
          });
      try {
        assertThat(get("http://orders/selected")).isEqualTo("ok");
      } finally {
        ProxySelector.setDefault(before);
      }
      assertThat(selected).isEmpty();
      System.setProperty("http.proxyHost", "127.0.0.1");
      System.setProperty("http.proxyPort", String.valueOf(proxy.getLocalPort()));
      try {
        assertThat(get("http://orders/property")).isEqualTo("ok");
      } finally {
        System.clearProperty("http.proxyHost");
        System.clearProperty("http.proxyPort");
      }
      proxy.setSoTimeout(1);
      assertThatThrownBy(proxy::accept).isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(origin.requests())
        .extracting(Origin.Request::target)
        .containsExactly("/explicit", "/socks", "/selected", "/property");
    assertThat(origin.requests().get(0).headers()).doesNotContainKey("proxy-connection");
  }

  @Test
  void wrongIdentityIsSentNothing() throws Exception {
    Origin impostor = tls("billing");
    outbound.route("orders", TestEndpoint.tls("orders", impostor.port()));
    assertThatThrownBy(() -> get("http://orders/secret"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("expected orders");
    assertThat(impostor.requests()).isEmpty();
    assertThat(outbound.outcomes()).containsExactly(List.of("javax.net.ssl.SSLHandshakeException"));
  }

  @Test
  void tlsThatCannotBeStartedNeverGoesOnInPlaintext() throws Exception {
    Origin origin = plain();
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    endpoint.failLayer(new IllegalStateException("boom"));
    outbound.route("orders", endpoint);
    assertThatThrownBy(() -> get("http://orders/")).isInstanceOf(SSLException.class);
    assertThat(origin.requests()).isEmpty();
    assertThat(outbound.outcomes()).containsExactly(List.of("javax.net.ssl.SSLException"));
  }

  @Test
  void anEndpointThatSaysNothingDoesNotHoldTheHandshakeForEver() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      outbound.route("orders", TestEndpoint.tls("orders", silent.getLocalPort()));
      HttpURLConnection connection = open("http://orders/");
      connection.setConnectTimeout(200);
      assertThatThrownBy(connection::getInputStream).isInstanceOf(IOException.class);
    }
    assertThat(outbound.outcomes()).hasSize(1);
    assertThat(outbound.outcomes().get(0)).hasSize(1);
  }

  @Test
  void refusedConnectionStaysTheLibrarysOwnException() throws Exception {
    outbound.route("orders", TestEndpoint.tls("orders", ClosedPort.get()));
    assertThatThrownBy(() -> get("http://orders/")).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> post("http://orders/", "x").getResponseCode())
        .isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> open("http://orders/").connect()).isInstanceOf(ConnectException.class);
    assertThat(outbound.outcomes())
        .containsExactly(
            List.of("java.net.ConnectException"),
            List.of("java.net.ConnectException"),
            List.of("java.net.ConnectException"));
  }

  @Test
  void aRefusalIsAResponse() throws Exception {
    outbound.route("orders", () -> TestAttempt.refused(NOBODY));
    HttpURLConnection connection = open("http://orders/");
    connection.setReadTimeout(1000);
    assertThat(connection.getResponseCode()).isEqualTo(503);
    assertThat(connection.getHeaderField("Proxy-Status")).contains("destination_unavailable");
    assertThat(connection.getHeaderField("Retry-After")).isEqualTo("1");
    assertThat(connection.getContentType()).isEqualTo("application/problem+json");
    assertThat(text(connection.getErrorStream())).contains("no endpoint");
    connection.disconnect();
    HttpURLConnection head = open("http://orders/");
    head.setRequestMethod("HEAD");
    assertThat(head.getResponseCode()).isEqualTo(503);
    HttpURLConnection post = post("http://orders/", "x".repeat(100_000));
    assertThat(post.getResponseCode()).isEqualTo(503);
    assertThat(outbound.outcomes()).hasSize(3).containsOnly(List.of("abandoned"));
  }

  @Test
  void aRefusalSwallowsStreamedBodiesOfAnySize() throws Exception {
    outbound.route("orders", () -> TestAttempt.refused(NOBODY));
    byte[] block = new byte[1 << 20];
    for (boolean chunked : new boolean[] {true, false}) {
      HttpURLConnection connection = open("http://orders/");
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setReadTimeout(5000);
      if (chunked) {
        connection.setChunkedStreamingMode(4096);
      } else {
        connection.setFixedLengthStreamingMode(64L << 20);
      }
      try (OutputStream out = connection.getOutputStream()) {
        for (int i = 0; i < 64; i++) {
          out.write(block);
        }
      }
      assertThat(connection.getResponseCode()).isEqualTo(503);
      assertThat(text(connection.getErrorStream())).contains("no endpoint");
    }
  }

  @Test
  void aRefusalAnswersAnExpectation() throws Exception {
    outbound.route("orders", () -> TestAttempt.refused(NOBODY));
    HttpURLConnection connection = open("http://orders/");
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(5);
    connection.setRequestProperty("Expect", "100-Continue");
    assertThatThrownBy(connection::getOutputStream).isInstanceOf(IOException.class);
    assertThat(connection.getResponseCode()).isEqualTo(503);
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
  }

  @Test
  void aPostIsNeverSentTwice() throws Exception {
    for (boolean reused : new boolean[] {false, true}) {
      Origin origin = tls("orders");
      Origin other = tls("orders");
      outbound.attempts().clear();
      outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
      if (reused) {
        get("http://orders/warm");
      }
      outbound.route(
          "orders",
          TestEndpoint.tls("orders", origin.port()),
          TestEndpoint.tls("orders", other.port()));
      origin.script((request, connection, out) -> connection.close());
      HttpURLConnection post = post("http://orders/pay", "100 EUR");
      assertThatThrownBy(post::getResponseCode).isInstanceOf(IOException.class);
      assertThat(origin.requests().stream().filter(r -> r.method().equals("POST"))).hasSize(1);
      assertThat(other.requests()).isEmpty();
      assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
    }
  }

  @Test
  void aPostThatCouldNotBeWrittenIsNotSentTwiceEither() throws Exception {
    Origin origin = plain();
    outbound.route("orders", TestEndpoint.plain("orders", origin.port()));
    boolean failed = false;
    while (!failed) {
      get("http://orders/warm");
      origin.reset();
      int before = posts(origin);
      try {
        // Looked at first, and found dead, when this thread has been held up for a second.
        assertThat(post("http://orders/pay", "x").getResponseCode()).isEqualTo(200);
        assertThat(posts(origin)).isEqualTo(before + 1);
      } catch (IOException e) {
        failed = true;
        // The reset may come a moment late: then it has arrived, but never a second time.
        assertThat(posts(origin)).isBetween(before, before + 1);
      }
    }
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  private static int posts(Origin origin) {
    return (int) origin.requests().stream().filter(r -> r.method().equals("POST")).count();
  }

  @Test
  void aPostMakesANewConnectionWhenThePooledOneIsFoundDead() throws Exception {
    Origin origin = tls("orders");
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    outbound.route("orders", endpoint);
    get("http://orders/warm");
    origin.hangUp();
    // Only a connection that has been idle for a second is looked at.
    new CountDownLatch(1).await(1100, TimeUnit.MILLISECONDS);
    HttpURLConnection unread = post("http://orders/pay", "x");
    assertThat(unread.getResponseCode()).isEqualTo(200);
    assertThat(endpoint.handshakes()).isEqualTo(2);
    new CountDownLatch(1).await(1100, TimeUnit.MILLISECONDS);
    assertThat(text(post("http://orders/pay", "x").getInputStream())).isEqualTo("ok");
    assertThat(endpoint.handshakes()).isEqualTo(3);
    // On JDK 17 a finalizer would read the rest, and pool the connection.
    Reference.reachabilityFence(unread);
    new CountDownLatch(1).await(1100, TimeUnit.MILLISECONDS);
    assertThat(text(post("http://orders/pay", "x").getInputStream())).isEqualTo("ok");
    assertThat(endpoint.handshakes()).isEqualTo(3);
    assertThat(outbound.outcomes()).containsOnly(List.of("200"));
  }

  @Test
  void aConnectionThatDiedInThePoolIsNotHeldAgainstItsEndpoint() throws Exception {
    Origin origin = tls("orders");
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    outbound.route("orders", endpoint);
    assertThat(get("http://orders/a")).isEqualTo("ok");
    origin.hangUp();
    assertThat(get("http://orders/b")).isEqualTo("ok");
    assertThat(endpoint.handshakes()).isEqualTo(2);
    assertThat(outbound.outcomes()).containsExactly(List.of("200"), List.of("200"));
  }

  @Test
  void aConnectionIsKeptForTheEndpointThatAnswered() throws Exception {
    Origin dying = plain();
    Origin healthy = plain();
    dying.script((request, connection, out) -> connection.close());
    TestEndpoint first = TestEndpoint.plain("orders", dying.port());
    TestEndpoint second = TestEndpoint.plain("orders", healthy.port());
    outbound.script(
        "orders",
        List.of(
            () -> TestAttempt.to(first).onFailure(Verdict.retryAfter(0)),
            () -> TestAttempt.to(second)));
    assertThat(get("http://orders/a")).isEqualTo("ok");
    assertThat(outbound.outcomes())
        .containsExactly(List.of("java.net.SocketException"), List.of("200"));
    assertThat(get("http://orders/b")).isEqualTo("ok");
    assertThat(healthy.connections()).isEqualTo(1);
    assertThat(dying.requests()).hasSize(1);
  }

  @Test
  void readTimeoutIsAFailureAndIsNotSentAgain() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    origin.script((request, connection, out) -> {});
    HttpURLConnection connection = open("http://orders/");
    connection.setReadTimeout(200);
    assertThatThrownBy(connection::getInputStream).isInstanceOf(SocketTimeoutException.class);
    // It may be read there after it has been given up here.
    Await.until("the request", () -> !origin.requests().isEmpty());
    assertThat(origin.requests()).hasSize(1);
    assertThat(outbound.outcomes()).containsExactly(List.of("java.net.SocketTimeoutException"));
  }

  @Test
  void disconnectBeforeTheResponseIsAbandonment() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    HttpURLConnection connection = open("http://orders/");
    connection.connect();
    connection.disconnect();
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
  }

  @Test
  void disconnectClosesTheConnectionOfItsEndpoint() throws Exception {
    Origin origin = tls("orders");
    TestEndpoint endpoint = TestEndpoint.tls("orders", origin.port());
    outbound.route("orders", endpoint);
    HttpURLConnection connection = open("http://orders/");
    // Read to the end, so that the connection is in the pool, but not closed.
    assertThat(connection.getInputStream().readAllBytes()).hasSize(2);
    connection.disconnect();
    get("http://orders/");
    assertThat(endpoint.handshakes()).isEqualTo(2);
  }

  @Test
  void aConnectionThatIsDroppedIsAbandonedOnceItIsCollected() throws Exception {
    Origin origin = plain();
    outbound.route("orders", TestEndpoint.plain("orders", origin.port()));
    drop();
    TestAttempt dropped = outbound.attempts().get(0);
    for (int i = 0; i < 1000 && dropped.outcomes().isEmpty(); i++) {
      System.gc();
      get("http://orders/");
    }
    assertThat(dropped.outcomes()).containsExactly("abandoned");
  }

  private static void drop() throws IOException {
    open("http://orders/").connect();
  }

  @Test
  void unauthorizedIsAnOutcomeOfItsOwn() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    origin.script(
        (request, connection, out) ->
            Origin.reply(out, 401, "who?", "WWW-Authenticate: Basic realm=\"r\""));
    HttpURLConnection connection = open("http://orders/");
    assertThat(connection.getResponseCode()).isEqualTo(401);
    assertThat(text(connection.getErrorStream())).isEqualTo("who?");
    assertThat(outbound.outcomes()).containsExactly(List.of("401"));
  }

  @Test
  void authenticatedRequestIsAnotherAttempt() throws Exception {
    Origin origin = tls("orders");
    outbound.route("orders", TestEndpoint.tls("orders", origin.port()));
    origin.script(
        (request, connection, out) -> {
          if (request.headers().containsKey("authorization")) {
            Origin.reply(out, 200, "hello");
          } else {
            Origin.reply(out, 401, "who?", "WWW-Authenticate: Basic realm=\"r\"");
          }
        });
    HttpURLConnection connection = open("http://orders/");
    List<String> hosts = new CopyOnWriteArrayList<>();
    connection.setAuthenticator(
        new java.net.Authenticator() {
          @Override
          protected java.net.PasswordAuthentication getPasswordAuthentication() {
            hosts.add(getRequestingHost() + " " + getRequestingURL() + " " + getRequestingSite());
            return new java.net.PasswordAuthentication("user", "secret".toCharArray());
          }
        });
    assertThat(text(connection.getInputStream())).isEqualTo("hello");
    assertThat(hosts).containsExactly("orders http://orders/ orders/127.0.0.1");
    assertThat(outbound.outcomes()).containsExactly(List.of("401"), List.of("200"));
  }

  @Test
  void whateverTheBridgeThrowsTheCallWorks() throws Exception {
    Origin origin = plain();
    for (TestAttempt.Op op : List.of(TestAttempt.Op.RESPONDED)) {
      outbound.route(
          "orders", () -> TestAttempt.failing(op, TestEndpoint.plain("orders", origin.port())));
      assertThat(get("http://orders/")).isEqualTo("ok");
    }
    String direct = "http://127.0.0.1:" + origin.port() + "/";
    for (TestAttempt.Op op : List.of(TestAttempt.Op.REFUSAL, TestAttempt.Op.ADDRESS)) {
      outbound.route("127.0.0.1", () -> TestAttempt.failing(op, TestEndpoint.plain("orders", 1)));
      assertThat(get(direct)).isEqualTo("ok");
      assertThat(outbound.attempts().get(outbound.attempts().size() - 1).outcomes())
          .containsExactly("abandoned");
    }
    outbound.route(
        "127.0.0.1",
        () -> {
          throw new IllegalStateException("boom");
        });
    assertThat(get(direct)).isEqualTo("ok");
    outbound.route(
        "orders",
        () -> TestAttempt.failing(TestAttempt.Op.FAILED, TestEndpoint.plain("orders", 1)));
    assertThatThrownBy(() -> get("http://orders/")).isInstanceOf(ConnectException.class);
    outbound.route(
        "orders",
        () ->
            TestAttempt.failing(
                TestAttempt.Op.ABANDONED, TestEndpoint.plain("orders", origin.port())));
    HttpURLConnection connection = open("http://orders/");
    connection.connect();
    connection.disconnect();
    assertThat(mesh.faults()).isNotEmpty();
  }

  @Test
  void othersAreLeftAlone() throws Exception {
    Origin origin = plain();
    String direct = "http://127.0.0.1:" + origin.port();
    assertThat(get(direct + "/x")).isEqualTo("ok");
    assertThat(get(direct + "/y")).isEqualTo("ok");
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(outbound.attempts()).isEmpty();
    assertThatThrownBy(() -> get("http://no-such-host.invalid/"))
        .isInstanceOf(UnknownHostException.class);
    int asked = outbound.asked().size();
    assertThat(asked).isEqualTo(3);
  }

  @Test
  void aForeignProxyIsStillUsedForOthers() throws Exception {
    Origin proxy = plain();
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://www.example.com/page")
                .toURL()
                .openConnection(
                    new Proxy(Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", proxy.port())));
    assertThat(text(connection.getInputStream())).isEqualTo("ok");
    assertThat(proxy.requests().get(0).line())
        .isEqualTo("GET http://www.example.com/page HTTP/1.1");
    assertThat(connection.usingProxy()).isTrue();
  }

  @Test
  void ftpOverAnHttpProxyIsLeftAlone() throws Exception {
    Origin proxy = plain();
    outbound.route("orders", TestEndpoint.plain("orders", 1));
    URL ftp = URI.create("ftp://orders/file").toURL();
    assertThat(
            text(
                ftp.openConnection(
                        new Proxy(
                            Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", proxy.port())))
                    .getInputStream()))
        .isEqualTo("ok");
    assertThat(outbound.asked()).isEmpty();
  }

  @Test
  void httpsIsLeftAlone() throws Exception {
    Origin origin = tls("orders");
    HttpsURLConnection connection =
        (HttpsURLConnection)
            URI.create("https://127.0.0.1:" + origin.port() + "/").toURL().openConnection();
    connection.setSSLSocketFactory(Identities.context("shop").getSocketFactory());
    connection.setHostnameVerifier((host, session) -> true);
    assertThat(connection.getResponseCode()).isEqualTo(200);
    assertThat(connection.getServerCertificates()).isNotEmpty();
    assertThat(text(connection.getInputStream())).isEqualTo("ok");
    assertThat(outbound.asked()).containsExactly("https://127.0.0.1:" + origin.port());
    assertThat(outbound.attempts()).isEmpty();
  }

  @Test
  void jarUrlsAndClassLoadersWork() throws Exception {
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    try (JarOutputStream entries = new JarOutputStream(jar)) {
      entries.putNextEntry(new ZipEntry("file.txt"));
      entries.write("inside".getBytes(StandardCharsets.UTF_8));
      entries.closeEntry();
    }
    Origin origin = plain();
    origin.script(
        (request, connection, out) -> {
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Length: " + jar.size() + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
          jar.writeTo(out);
          out.flush();
        });
    String url = "http://127.0.0.1:" + origin.port() + "/a.jar";
    assertThat(
            text(URI.create("jar:" + url + "!/file.txt").toURL().openConnection().getInputStream()))
        .isEqualTo("inside");
    try (URLClassLoader loader = new URLClassLoader(new URL[] {URI.create(url).toURL()}, null)) {
      InputStream found = loader.getResourceAsStream("file.txt");
      assertThat(found).isNotNull();
      assertThat(text(found)).isEqualTo("inside");
    }
  }

  @Test
  void responseCacheOfTheApplicationIsAsked() throws Exception {
    outbound.route("orders", TestEndpoint.plain("orders", 1));
    java.net.ResponseCache.setDefault(new FixedCache("cached"));
    try {
      assertThat(get("http://orders/")).isEqualTo("cached");
    } finally {
      java.net.ResponseCache.setDefault(null);
    }
    assertThat(outbound.outcomes()).containsExactly(List.of("abandoned"));
  }
}
