package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes, many and in every manner, come through as they were sent. */
public interface TransferContract extends ServerKit {
  int MIB = 1024 * 1024;

  private static Http1 connect(ServerUnderTest server, Wire wire) throws IOException {
    return wire.tls() ? Http1.tls(server.port(), "shop") : Http1.plain(server.port());
  }

  private static CompletableFuture<Void> sending(Http1 client, byte[] body) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            client.out().write(body);
            client.out().flush();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static byte[] counting(int size) {
    byte[] body = new byte[size];
    for (int i = 0; i < size; i++) {
      body[i] = (byte) i;
    }
    return body;
  }

  private static String sum(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return body.length + " " + crc.getValue();
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void streamsUpAndDownInChunks(Wire wire) throws Exception {
    int size = 16 * MIB;
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      client.send("POST /upload HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n");
      byte[] chunk = new byte[40_000];
      CRC32 crc = new CRC32();
      long total = 0;
      while (total < size) {
        chunk[(int) (total % chunk.length)] ^= 1;
        crc.update(chunk);
        client.send(Integer.toHexString(chunk.length) + "\r\n");
        client.out().write(chunk);
        client.send("\r\n");
        total += chunk.length;
      }
      client.send("0\r\n\r\n");
      assertThat(client.read().text()).isEqualTo(total + " " + crc.getValue());
      ServerKit.assertCounts(client.get("/download?bytes=" + size).body(), size);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void echoesWhileReading(Wire wire) throws Exception {
    byte[] body = counting(MIB);
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      client.send("POST /echo HTTP/1.1\r\nHost: o\r\nContent-Length: " + body.length + "\r\n\r\n");
      CompletableFuture<Void> sender = sending(client, body);
      ServerKit.assertCounts(client.read().body(), body.length);
      sender.join();
      assertThat(client.get("/facts").status()).isEqualTo(200);
    }
  }

  @Test
  default void recordsSplitAndCoalesced() throws Exception {
    byte[] body = counting(300_000);
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      for (int step : new int[] {7, 1000, 16_000, 100_000}) {
        try (Relay relay = new Relay(server.port(), step);
            Http1 tls = Http1.tls(relay.port(), "shop")) {
          tls.send("POST /echo HTTP/1.1\r\nHost: o\r\nContent-Length: " + body.length + "\r\n\r\n");
          CompletableFuture<Void> sender = sending(tls, body);
          ServerKit.assertCounts(tls.read().body(), body.length);
          sender.join();
        }
      }
    }
  }

  /** The client reads nothing until all is written that can be: writes are cut in the middle. */
  @Test
  default void readersThatComeLate() throws Exception {
    int size = 12 * MIB;
    try (ServerUnderTest server = start(most());
        Http1 other = Http1.tls(server.port(), "shop");
        Http1 late = Http1.tls(server.port(), "shop")) {
      late.send("GET /download?bytes=" + size + " HTTP/1.1\r\nHost: o\r\n\r\n");
      for (int i = 0; i < 50; i++) {
        assertThat(other.get("/facts").status()).isEqualTo(200);
      }
      ServerKit.assertCounts(late.read().body(), size);
      if (can(ServerCapability.HTTP_2)) {
        try (Http2 streams = Http2.over(Http1.tls(server.port(), "shop", "h2"))) {
          streams.grant(Integer.MAX_VALUE).get(1, "http", "/download?bytes=" + size);
          for (int i = 0; i < 50; i++) {
            assertThat(other.get("/facts").status()).isEqualTo(200);
          }
          ServerKit.assertCounts(streams.bytes(1), size);
        }
      }
    }
  }

  @Test
  default void finishedClientsGetTheProtocolThatTheServerSpeaks() throws Exception {
    byte[] body = counting(4 * MIB);
    try (ServerUnderTest server = start(most())) {
      HttpClient client = ServerKit.meshClient();
      HttpResponse<String> uploaded =
          client.send(
              ServerKit.request(server, "/upload").POST(BodyPublishers.ofByteArray(body)).build(),
              BodyHandlers.ofString());
      assertThat(uploaded.version())
          .isEqualTo(
              can(ServerCapability.HTTP_2)
                  ? HttpClient.Version.HTTP_2
                  : HttpClient.Version.HTTP_1_1);
      assertThat(uploaded.body()).isEqualTo(sum(body));
      CompletableFuture<?>[] downloads = new CompletableFuture<?>[4];
      for (int i = 0; i < downloads.length; i++) {
        downloads[i] =
            client
                .sendAsync(
                    ServerKit.request(server, "/download?bytes=" + body.length).build(),
                    BodyHandlers.ofByteArray())
                .thenAccept(response -> ServerKit.assertCounts(response.body(), body.length));
      }
      CompletableFuture.allOf(downloads).get();
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .hasSize(5)
          .containsOnly("shop");
    }
  }

  @Test
  default void http1IsAllThatIsOfferedWhereItIsAllThatIsSpoken() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      HttpResponse<String> response =
          ServerKit.meshClient()
              .send(ServerKit.request(server, "/facts").build(), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(response.body()).contains("secure=false\n", "scheme=http\n");
    }
  }

  @Test
  default void upgradesToHttp2InPlaintextAndInsideMeshTls() throws Exception {
    needs(ServerCapability.H2C_UPGRADE);
    String[] upgrade = {
      "Upgrade: h2c",
      "Connection: Upgrade, HTTP2-Settings",
      "HTTP2-Settings: AAQAAP__",
      "weft-peer: forged"
    };
    try (ServerUnderTest server = start(Setup.HTTP_2);
        Http1 plain = Http1.plain(server.port());
        Http1 tls = Http1.tls(server.port(), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(client.get("/facts", upgrade).status()).isEqualTo(101);
        assertThat(Http2.over(client).body(1))
            .contains("protocol=HTTP/2.0\n")
            .doesNotContain("forged");
      }
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly(null, "shop");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void pipelinedRequestsAreAllAnswered(Wire wire) throws Exception {
    // A body that ends within a TLS record, behind which the next request waits.
    String upload =
        "POST /upload HTTP/1.1\r\nHost: o\r\nContent-Length: 9000\r\n\r\n" + "x".repeat(9000);
    String facts = "GET /facts HTTP/1.1\r\nHost: o\r\n\r\n";
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      client.send((upload + facts).repeat(20));
      for (int i = 0; i < 20; i++) {
        assertThat(client.read().text()).startsWith("9000 ");
        assertThat(client.read().text()).contains("scheme=http\n");
      }
      for (int i = 0; i < 20; i++) {
        client.send(facts);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.read().status()).isEqualTo(200);
      }
      ServerKit.assertAllEnded(server.listener(), 60);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void continuesWhenAskedTo(Wire wire) throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      client.send(
          "POST /upload HTTP/1.1\r\nHost: o\r\nExpect: 100-continue\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      client.send("5\r\nhello\r\n").send("6\r\n world\r\n").send("0\r\n\r\n");
      assertThat(client.read().text())
          .isEqualTo(sum("hello world".getBytes(StandardCharsets.US_ASCII)));
      assertThat(client.get("/facts").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void answersWithoutBodiesKeepTheConnection(Wire wire) throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      for (int i = 0; i < 2; i++) {
        Http1.Response head = client.send("HEAD /facts HTTP/1.1\r\nHost: o\r\n\r\n").head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-length")).isNotEqualTo("0");
        assertThat(client.get("/empty").status()).isEqualTo(204);
        assertThat(client.get("/unchanged").status()).isEqualTo(304);
        assertThat(client.get("/facts").status()).isEqualTo(200);
      }
      ServerKit.assertAllEnded(server.listener(), 8);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void trailersBothWays(Wire wire) throws Exception {
    needs(ServerCapability.TRAILERS);
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = connect(server, wire)) {
      client.send(
          "POST /trailers HTTP/1.1\r\nHost: o\r\nTE: trailers\r\nConnection: close\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-before: none\r\n\r\n");
      assertThat(new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1))
          .contains("x-before=none\n")
          .endsWith("0\r\nx-after: all\r\n\r\n");
    }
  }

  @Test
  default void aThousandRequestsOnOneMeshConnection() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 client = Http1.tls(server.port(), "shop")) {
      for (int i = 0; i < 1000; i++) {
        Http1.Response response = client.get("/facts");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("connection")).isNull();
      }
      ServerKit.assertAllEnded(server.listener(), 1000);
    }
  }

  @Test
  default void manyAtOnce() throws Exception {
    int each = 50;
    try (ServerUnderTest server = start(most())) {
      List<CompletableFuture<Void>> clients = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Wire wire = wires().get(i % wires().size());
        String service = i % 2 == 0 ? "shop" : "billing";
        CompletableFuture<Void> done = new CompletableFuture<>();
        clients.add(done);
        Thread thread = new Thread(() -> call(server.port(), wire, service, each, done));
        thread.setDaemon(true);
        thread.start();
      }
      CompletableFuture.allOf(clients.toArray(new CompletableFuture<?>[0])).get();
      ServerKit.assertAllEnded(server.listener(), 16 * each);
    }
  }

  private static void call(
      int port, Wire wire, String service, int times, CompletableFuture<Void> done) {
    try (Caller caller = Caller.open(wire, port, service)) {
      for (int i = 0; i < times; i++) {
        int size = i * 997;
        ServerKit.assertCounts(caller.begin("/download?bytes=" + size).bytes(), size);
      }
      done.complete(null);
    } catch (IOException | RuntimeException | AssertionError e) {
      done.completeExceptionally(e);
    }
  }

  @Test
  default void twoGigabytesEachWayInASmallHeap() throws Exception {
    Assumptions.assumeTrue(fixture().large(), "shown by another version");
    assertThat(SmallHeap.run(fixture())).endsWith(SmallHeap.DONE);
  }
}
