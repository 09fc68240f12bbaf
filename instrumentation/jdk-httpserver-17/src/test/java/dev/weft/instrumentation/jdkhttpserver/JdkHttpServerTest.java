package dev.weft.instrumentation.jdkhttpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class JdkHttpServerTest {
  private final TestMesh mesh = TestMesh.get();
  private final Queue<Map<String, List<String>>> seenHeaders = new ConcurrentLinkedQueue<>();
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private HttpServer server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    Weaver.install(new JdkHttpServerModule());
    mesh.reset();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/hello", exchange -> answer(exchange, "hello"));
    server.createContext("/echo", JdkHttpServerTest::echo);
    server.createContext("/view", exchange -> answer(exchange, view(exchange)));
    server.createContext(
        "/headers",
        exchange -> {
          seenHeaders.add(Map.copyOf(exchange.getRequestHeaders()));
          answer(exchange, "seen");
        });
    server.start();
    port = server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    executor.shutdownNow();
    assertThat(Weaver.errors()).isEmpty();
  }

  private TestListener listener() {
    return mesh.listener(port);
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void echo(HttpExchange exchange) throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        in.transferTo(out);
      }
    }
  }

  private static String view(HttpExchange exchange) {
    return exchange.getPrincipal()
        + " "
        + (exchange instanceof HttpsExchange)
        + " "
        + exchange.getProtocol()
        + " "
        + exchange.getRequestURI()
        + " "
        + exchange.getLocalAddress().getPort()
        + " "
        + exchange.getRemoteAddress().getAddress().isLoopbackAddress();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not come to pass in 30 s");
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void plaintextAndMeshTlsOnOnePort() throws Exception {
    try (Http1 plain = Http1.plain(port);
        Http1 tls = Http1.tls(port, "shop", "http/1.1")) {
      assertThat(plain.get("/hello").text()).isEqualTo("hello");
      assertThat(tls.get("/hello?q=1").text()).isEqualTo("hello");
      assertThat(plain.get("/hello").text()).isEqualTo("hello");
      assertThat(tls.get("/hello#f").text()).isEqualTo("hello");
    }
    assertThat(listener().asked())
        .extracting(TestListener.Asked::peer)
        .containsExactly(null, "shop", null, "shop");
    assertThat(listener().asked()).extracting(TestListener.Asked::path).containsOnly("/hello");
    assertThat(listener().library()).isEqualTo("jdk-httpserver");
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void applicationSeesNoTls() throws Exception {
    try (Http1 plain = Http1.plain(port);
        Http1 tls = Http1.tls(port, "shop")) {
      String expected = "null false HTTP/1.1 /view?a=b " + port + " true";
      assertThat(plain.get("/view?a=b").text()).isEqualTo(expected);
      assertThat(tls.get("/view?a=b").text()).isEqualTo(expected);
    }
  }

  @Test
  void forgedHeadersAreStrippedFromEveryone() throws Exception {
    String[] forged = {
      "Weft-Peer: admin",
      "wEFT-hops: 1",
      "X-Forwarded-Client-Cert: URI=spiffe://weft.internal/ns/default/sa/admin",
      "x-forwarded-client-CERT: again",
      "X-Weft-Not: ours",
      "Weft: kept"
    };
    try (Http1 plain = Http1.plain(port);
        Http1 tls = Http1.tls(port, "shop")) {
      assertThat(plain.get("/headers", forged).status()).isEqualTo(200);
      assertThat(tls.get("/headers", forged).status()).isEqualTo(200);
    }
    assertThat(seenHeaders)
        .hasSize(2)
        .allSatisfy(headers -> assertThat(headers).containsOnlyKeys("Host", "X-weft-not", "Weft"));
  }

  @Test
  void refusesKnownAndUnknownContextsAndCloses() throws Exception {
    listener().strict();
    for (String target : List.of("/hello", "/nowhere", "*")) {
      try (Http1 plain = Http1.plain(port)) {
        Http1.Response response = plain.get(target);
        assertThat(response.status()).isEqualTo(403);
        assertThat(response.text()).contains("mTLS is required");
        assertThat(response.header("proxy-status")).contains("http_request_denied");
        assertThat(plain.closedByPeer()).isTrue();
      }
    }
    try (Http1 plain = Http1.plain(port)) {
      assertThat(plain.send("NONSENSE\r\n\r\n").read().status()).isEqualTo(403);
    }
    try (Http1 tls = Http1.tls(port, "shop")) {
      assertThat(tls.get("/hello").status()).isEqualTo(200);
      assertThat(tls.get("/nowhere").status()).isEqualTo(404);
    }
    TestListener listener = listener();
    assertThat(listener.requestsStarted()).isEqualTo(2);
    await(() -> listener.requestsEnded() == 2);
  }

  @Test
  void refusedUploadStillReadsItsAnswer() throws Exception {
    listener().strict();
    try (Http1 plain = Http1.plain(port)) {
      plain.send("POST /echo HTTP/1.1\r\nHost: orders\r\nContent-Length: 200000\r\n\r\n");
      plain.send("x".repeat(200_000));
      assertThat(plain.read().status()).isEqualTo(403);
    }
  }

  @Test
  void refusesWhenTheMeshCannotDecide() throws Exception {
    listener().fail(TestListener.Op.ADMIT, new IllegalStateException("boom"));
    try (Http1 plain = Http1.plain(port);
        Http1 tls = Http1.tls(port, "shop")) {
      assertThat(plain.get("/hello").status()).isEqualTo(403);
      assertThat(tls.get("/hello").status()).isEqualTo(403);
    }
    assertThat(mesh.faults()).hasSize(2);
  }

  @Test
  void everyOtherFailureOfTheMeshLeavesTheServerAsItIs() throws Exception {
    for (TestListener.Op op :
        List.of(
            TestListener.Op.SNIFF,
            TestListener.Op.DRAINING,
            TestListener.Op.REQUEST_STARTED,
            TestListener.Op.REQUEST_ENDED,
            TestListener.Op.CLOSE)) {
      listener().fail(op, new IllegalStateException("boom in " + op));
    }
    try (Http1 plain = Http1.plain(port)) {
      assertThat(plain.get("/hello").text()).isEqualTo("hello");
      assertThat(plain.get("/hello").text()).isEqualTo("hello");
    }
    server.stop(0);
    assertThat(mesh.faults()).isNotEmpty();
  }

  @Test
  void serverWithoutAListenerServesPlaintext() throws Exception {
    mesh.failOpen(new IllegalStateException("boom"));
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext("/", exchange -> answer(exchange, "other"));
    other.start();
    try (Http1 plain = Http1.plain(other.getAddress().getPort())) {
      assertThat(plain.get("/").text()).isEqualTo("other");
    } finally {
      other.stop(0);
    }
    assertThat(mesh.faults()).hasSize(1);
  }

  @Test
  void ruleSeesThePathThatIsServed() throws Exception {
    listener().strict();
    Map<String, String> served =
        Map.of(
            "/a/b?c", "/a/b",
            "/admin#x?y", "/admin",
            "/%61dmin", "/%61dmin",
            "//host/admin", "/admin",
            "http://orders/admin?x", "/admin",
            "*", "*");
    for (Map.Entry<String, String> path : served.entrySet()) {
      listener().asked().clear();
      try (Http1 plain = Http1.plain(port)) {
        assertThat(plain.get(path.getKey()).status()).isEqualTo(403);
      }
      assertThat(listener().asked())
          .extracting(TestListener.Asked::path)
          .containsExactly(path.getValue());
    }
  }

  @Test
  void tenThousandRequestsOnOneConnectionAndOneHandshake() throws Exception {
    try (Http1 tls = Http1.tls(port, "shop")) {
      for (int i = 0; i < 10_000; i++) {
        assertThat(tls.get("/hello").text()).isEqualTo("hello");
      }
    }
    TestListener listener = listener();
    assertThat(listener.asked()).hasSize(10_000);
    assertThat(listener.requestsStarted()).isEqualTo(10_000);
    await(() -> listener.requestsEnded() == 10_000);
  }

  @Test
  void pipelinedRequestsAreAllAnswered() throws Exception {
    String request = "GET /hello HTTP/1.1\r\nHost: orders\r\n\r\n";
    try (Http1 tls = Http1.tls(port, "shop");
        Http1 plain = Http1.plain(port)) {
      tls.send(request.repeat(50));
      for (int i = 0; i < 50; i++) {
        tls.send(request);
      }
      plain.send(request.repeat(100));
      for (int i = 0; i < 100; i++) {
        assertThat(tls.read().text()).isEqualTo("hello");
        assertThat(plain.read().text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void pipelinedBehindABodyLargerThanTheStreamsBuffer() throws Exception {
    // Of one 16 KiB record the server takes 8; the rest waits where only we know of it.
    String first =
        "POST /echo HTTP/1.1\r\nHost: orders\r\nContent-Length: 9000\r\n\r\n" + "x".repeat(9000);
    String next = "GET /hello HTTP/1.1\r\nHost: orders\r\n\r\n";
    try (Http1 tls = Http1.tls(port, "shop")) {
      for (int i = 0; i < 20; i++) {
        tls.send(first + next);
        assertThat(tls.read().body()).hasSize(9000);
        assertThat(tls.read().text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void clientHelloByteByByte() throws Exception {
    try (Relay relay = new Relay(port, 1);
        Http1 tls = Http1.tls(relay.port(), "shop")) {
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
    }
    assertThat(listener().asked()).extracting(TestListener.Asked::peer).containsExactly("shop");
  }

  @Test
  void clientsThatDoNotCompleteTheirHandshakeAreHungUpOn() throws Exception {
    byte[] hello;
    try (java.net.ServerSocket listening =
            new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket raw = Http1.connect(listening.getLocalPort());
        Socket accepted = listening.accept()) {
      executor.submit(() -> Http1.tls(raw, "shop", TestListener.SNI));
      InputStream in = accepted.getInputStream();
      byte[] header = in.readNBytes(5);
      byte[] rest = in.readNBytes((header[3] & 0xff) << 8 | (header[4] & 0xff));
      hello = java.util.Arrays.copyOf(header, 5 + rest.length);
      System.arraycopy(rest, 0, hello, 5, rest.length);
    }
    try (Http1 halfHello = Http1.plain(port);
        Http1 helloOnly = Http1.plain(port);
        Http1 twoBytes = Http1.plain(port)) {
      halfHello.out().write(hello, 0, hello.length / 2);
      helloOnly.out().write(hello);
      twoBytes.out().write(hello, 0, 2);
      assertThat(halfHello.closedByPeer()).isTrue();
      assertThat(twoBytes.closedByPeer()).isTrue();
      helloOnly.in().transferTo(OutputStream.nullOutputStream());
    }
    assertThat(listener().asked()).isEmpty();
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void halfClosedClientsAreAnswered() throws Exception {
    try (Http1 tls = Http1.tls(port, "shop");
        Http1 plain = Http1.plain(port)) {
      for (Http1 client : List.of(tls, plain)) {
        client.send("GET /hello HTTP/1.1\r\nHost: orders\r\n\r\n");
        client.socket().shutdownOutput();
        assertThat(client.read().text()).isEqualTo("hello");
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @Test
  void keyUpdatesInTheMiddleAreFollowed() throws Exception {
    try (Http1 tls = Http1.tls(port, "shop")) {
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
      // On an established TLS 1.3 connection this asks both sides for new keys.
      ((javax.net.ssl.SSLSocket) tls.socket()).startHandshake();
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
      ((javax.net.ssl.SSLSocket) tls.socket()).startHandshake();
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
    }
  }

  @Test
  void recordsSplitAndCoalesced() throws Exception {
    byte[] body = new byte[300_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    for (int step : new int[] {7, 1000, 16_000, 100_000}) {
      try (Relay relay = new Relay(port, step);
          Http1 tls = Http1.tls(relay.port(), "shop")) {
        tls.send(
            "POST /echo HTTP/1.1\r\nHost: orders\r\nContent-Length: " + body.length + "\r\n\r\n");
        executor.submit(
            () -> {
              tls.out().write(body);
              tls.out().flush();
              return null;
            });
        assertThat(tls.read().body()).isEqualTo(body);
      }
    }
  }

  @Test
  void sixtyFourMebibytesUpAndDown() throws Exception {
    int size = 64 << 20;
    byte[] block = new byte[64 * 1024];
    for (int i = 0; i < block.length; i++) {
      block[i] = (byte) (i * 7);
    }
    try (Http1 tls = Http1.tls(port, "shop")) {
      tls.send("POST /echo HTTP/1.1\r\nHost: orders\r\nContent-Length: " + size + "\r\n\r\n");
      executor.submit(
          () -> {
            for (int sent = 0; sent < size; sent += block.length) {
              tls.out().write(block);
            }
            tls.out().flush();
            return null;
          });
      byte[] echoed = tls.read().body();
      assertThat(echoed).hasSize(size);
      for (int at = 0; at < size; at += block.length) {
        assertThat(java.util.Arrays.equals(echoed, at, at + block.length, block, 0, block.length))
            .isTrue();
      }
    }
  }

  @Test
  void chunkedUploadAndExpectContinue() throws Exception {
    try (Http1 tls = Http1.tls(port, "shop")) {
      tls.send(
          "POST /echo HTTP/1.1\r\nHost: orders\r\nExpect: 100-continue\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n");
      assertThat(tls.read().status()).isEqualTo(100);
      tls.send("5\r\nhello\r\n").send("6\r\n world\r\n").send("0\r\n\r\n");
      assertThat(tls.read().text()).isEqualTo("hello world");
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
    }
  }

  @Test
  void clientThatLeavesInTheMiddleEndsItsRequest() throws Exception {
    TestListener listener = listener();
    for (boolean mesh : new boolean[] {true, false}) {
      Http1 client = mesh ? Http1.tls(port, "shop") : Http1.plain(port);
      client.send("POST /echo HTTP/1.1\r\nHost: orders\r\nContent-Length: 100000\r\n\r\nabc");
      await(() -> listener.requestsStarted() > listener.requestsEnded());
      client.close();
      await(() -> listener.requestsStarted() == listener.requestsEnded());
    }
    assertThat(listener.requestsStarted()).isEqualTo(2);
  }

  @Test
  void handlerThatThrowsEndsItsRequestOnce() throws Exception {
    server.createContext(
        "/throws",
        exchange -> {
          throw new IllegalStateException("application");
        });
    server.createContext(
        "/error",
        exchange -> {
          throw new AssertionError("application");
        });
    TestListener listener = listener();
    try (Http1 tls = Http1.tls(port, "shop")) {
      assertThatThrownBy(() -> tls.get("/throws")).isInstanceOf(IOException.class);
    }
    await(() -> listener.requestsEnded() == 1);
    try (Http1 tls = Http1.tls(port, "shop")) {
      tls.send("GET /error HTTP/1.1\r\nHost: orders\r\n\r\n");
      await(() -> listener.requestsEnded() == 2);
    }
    assertThat(listener.requestsStarted()).isEqualTo(2);
  }

  @Test
  void requestEndsWhenItsResponseDoesNotWhenItsHandlerReturns() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    server.createContext(
        "/later",
        exchange ->
            executor.submit(
                () -> {
                  go.await();
                  answer(exchange, "late");
                  return null;
                }));
    TestListener listener = listener();
    try (Http1 tls = Http1.tls(port, "shop");
        Http1 other = Http1.tls(port, "shop")) {
      tls.send("GET /later HTTP/1.1\r\nHost: orders\r\n\r\n");
      await(() -> listener.requestsStarted() == 1);
      other.get("/hello");
      await(() -> listener.requestsEnded() == 1);
      assertThat(listener.requestsStarted()).isEqualTo(2);
      go.countDown();
      assertThat(tls.read().text()).isEqualTo("late");
      await(() -> listener.requestsEnded() == 2);
    }
  }

  @Test
  void drainingClosesAfterTheResponse() throws Exception {
    try (Http1 tls = Http1.tls(port, "shop");
        Http1 plain = Http1.plain(port)) {
      assertThat(tls.get("/hello").header("connection")).isNull();
      assertThat(plain.get("/hello").header("connection")).isNull();
      listener().draining(true);
      for (Http1 client : List.of(tls, plain)) {
        Http1.Response last = client.get("/hello");
        assertThat(last.text()).isEqualTo("hello");
        assertThat(last.header("connection")).isEqualTo("close");
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @Test
  void headAndNoContent() throws Exception {
    server.createContext(
        "/empty",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    try (Http1 tls = Http1.tls(port, "shop")) {
      assertThat(tls.get("/empty").status()).isEqualTo(204);
      assertThat(tls.get("/empty").status()).isEqualTo(204);
      assertThat(tls.get("/hello").text()).isEqualTo("hello");
    }
    TestListener listener = listener();
    await(() -> listener.requestsEnded() == 3);
  }

  @Test
  void strangerIsNotLetIn() throws Exception {
    // Mesh TLS by its SNI, but no certificate that the mesh knows.
    try (Socket raw = Http1.connect(port)) {
      javax.net.ssl.SSLContext nobody = javax.net.ssl.SSLContext.getInstance("TLSv1.3");
      nobody.init(null, new javax.net.ssl.TrustManager[] {new TrustAnyone()}, null);
      javax.net.ssl.SSLSocket tls =
          (javax.net.ssl.SSLSocket)
              nobody.getSocketFactory().createSocket(raw, "localhost", port, true);
      javax.net.ssl.SSLParameters parameters = tls.getSSLParameters();
      parameters.setServerNames(List.of(new javax.net.ssl.SNIHostName(TestListener.SNI)));
      tls.setSSLParameters(parameters);
      assertThatThrownBy(
              () -> {
                tls.startHandshake();
                tls.getOutputStream()
                    .write("GET /hello HTTP/1.1\r\nHost: orders\r\n\r\n".getBytes("US-ASCII"));
                if (tls.getInputStream().read() < 0) {
                  throw new IOException("closed");
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(listener().asked()).isEmpty();
    try (Http1 tls = Http1.tls(port, "shop")) {
      assertThat(tls.get("/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void foreignTlsGoesToTheServerAsItIs() throws Exception {
    try (Socket raw = Http1.connect(port)) {
      assertThatThrownBy(() -> Http1.tls(raw, "shop", "www.example.com"))
          .isInstanceOf(IOException.class);
    }
    assertThat(mesh.faults()).isEmpty();
  }

  @Test
  void httpsServerIsLeftAlone() throws Exception {
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(
        new com.sun.net.httpserver.HttpsConfigurator(
            dev.weft.testkit.Identities.context("orders")));
    https.createContext("/", exchange -> answer(exchange, "own"));
    https.setExecutor(executor);
    https.start();
    int httpsPort = https.getAddress().getPort();
    try (Http1 tls = Http1.tls(Http1.connect(httpsPort), "shop", "localhost")) {
      assertThat(tls.get("/", "Weft-Kept: yes").text()).isEqualTo("own");
    } finally {
      https.stop(0);
    }
    assertThat(mesh.listeners()).hasSize(1);
  }

  @Test
  void stopClosesTheListenerAndServesWhatItAccepted() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    server.createContext(
        "/slow",
        exchange -> {
          entered.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          answer(exchange, "done");
        });
    TestListener listener = listener();
    try (Http1 tls = Http1.tls(port, "shop")) {
      tls.send("GET /slow HTTP/1.1\r\nHost: orders\r\n\r\n");
      entered.await();
      executor.submit(() -> server.stop(30));
      await(listener::closed);
      go.countDown();
      assertThat(tls.read().text()).isEqualTo("done");
    }
    await(() -> listener.requestsEnded() == 1);
  }

  @Test
  void aServerThatCannotStartLeavesNoListener() {
    assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    assertThat(mesh.listeners()).hasSize(1);
    assertThat(listener().closed()).isFalse();
  }

  @Test
  void singleThreadedServerWorksToo() throws Exception {
    HttpServer single =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    single.createContext("/", exchange -> answer(exchange, "single"));
    single.start();
    try (Http1 tls = Http1.tls(single.getAddress().getPort(), "shop");
        Http1 plain = Http1.plain(single.getAddress().getPort())) {
      for (int i = 0; i < 20; i++) {
        assertThat(tls.get("/").text()).isEqualTo("single");
        assertThat(plain.get("/").text()).isEqualTo("single");
      }
    } finally {
      single.stop(0);
    }
  }
}
