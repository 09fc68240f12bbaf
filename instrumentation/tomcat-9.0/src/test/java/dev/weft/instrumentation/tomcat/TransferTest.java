package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes, many and in every manner, come through as they were sent. */
class TransferTest extends AbstractTomcatTest {
  private static final int MIB = 1024 * 1024;

  /** Bytes streamed at a time; {@code -Dtransfer=64} for 64 MiB. */
  private static final int STREAM = Integer.getInteger("transfer", 16) * MIB;

  TransferTest(String version) {
    super(version);
  }

  private static Http1 connect(TomcatUnderTest tomcat, String how) throws IOException {
    return how.equals("tls") ? Http1.tls(tomcat.port(), "shop") : Http1.plain(tomcat.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void streamsUpAndDown(String how) throws Exception {
    int size = STREAM;
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      client.send("POST /upload HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n");
      byte[] chunk = new byte[40_000];
      CRC32 crc = new CRC32();
      for (int sent = 0; sent < size; sent += chunk.length) {
        chunk[sent % chunk.length] ^= 1;
        crc.update(chunk);
        client.send(Integer.toHexString(chunk.length) + "\r\n");
        client.out().write(chunk);
        client.send("\r\n");
      }
      client.send("0\r\n\r\n");
      long total = (size + chunk.length - 1L) / chunk.length * chunk.length;
      assertThat(client.read().text()).isEqualTo(total + " " + crc.getValue());
      assertCounts(client.get("/download?bytes=" + size).body(), size);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void echoesWhileReading(String how) throws Exception {
    byte[] body = new byte[3 * MIB];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) i;
    }
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      client.send("POST /echo HTTP/1.1\r\nHost: o\r\nContent-Length: " + body.length + "\r\n\r\n");
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.out().write(body);
                  client.out().flush();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertCounts(client.read().body(), body.length);
      sender.join();
    }
  }

  /** The client reads nothing until all is written that can be: writes are cut in the middle. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void nonBlockingServletAndASlowReader(String how) throws Exception {
    int size = 12 * MIB;
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      for (int round = 0; round < 2; round++) {
        client.send(
            "POST /nonblocking HTTP/1.1\r\nHost: o\r\nContent-Length: " + size + "\r\n\r\n");
        client.out().write(new byte[size]);
        client.out().flush();
        assertThat(client.read().body()).isEqualTo(new byte[size]);
        tomcat.listener().awaitEnds(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void sendfile(String how) throws Exception {
    Path file = Files.createDirectory(base.resolve("files")).resolve("counts");
    int size = 8 * MIB + 17;
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] chunk = new byte[size];
      for (int i = 0; i < size; i++) {
        chunk[i] = (byte) i;
      }
      out.write(chunk);
    }
    String name = URLEncoder.encode(file.toString(), StandardCharsets.UTF_8);
    for (String use : new String[] {"true", "false"}) {
      try (TomcatUnderTest tomcat = start("connector.useSendfile", use);
          Http1 client = connect(tomcat, how)) {
        for (int round = 0; round < 3; round++) {
          assertCounts(client.get("/files/counts").body(), size);
          if (use.equals("true")) {
            assertCounts(client.get("/sendfile?file=" + name).body(), size);
          }
          assertThat(client.get("/facts").status()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void aThousandRequestsOnOneMeshConnection() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 client = Http1.tls(tomcat.port(), "shop")) {
      for (int i = 0; i < 1000; i++) {
        Http1.Response response = client.get("/facts");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("connection")).isNull();
      }
    }
  }

  @Test
  void plaintextKeepsTomcatsLimit() throws Exception {
    try (TomcatUnderTest tomcat = start("connector.maxKeepAliveRequests", "3");
        Http1 client = Http1.plain(tomcat.port())) {
      assertThat(client.get("/facts").header("connection")).isNull();
      assertThat(client.get("/facts").header("connection")).isNull();
      assertThat(client.get("/facts").header("connection")).isEqualTo("close");
      assertThat(client.closedByPeer()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void pipelinedRequests(String how) throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      String one =
          "POST /upload HTTP/1.1\r\nHost: o\r\nContent-Length: 3000\r\n\r\n" + "x".repeat(3000);
      client.send(one.repeat(20));
      for (int i = 0; i < 20; i++) {
        assertThat(client.read().text()).startsWith("3000 ");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void continues(String how) throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      client.send(
          "POST /upload HTTP/1.1\r\nHost: o\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send("hello").read().text()).startsWith("5 ");
    }
  }

  @Test
  void http2UpAndDown() throws Exception {
    int size = STREAM / 4;
    try (TomcatUnderTest tomcat = start("http2", true)) {
      HttpClient client = meshClient();
      byte[] body = new byte[version.equals(WEAK_HTTP_2) ? 60_000 : size];
      CRC32 crc = new CRC32();
      crc.update(body);
      HttpResponse<String> uploaded =
          client.send(
              request(tomcat, "/upload").POST(BodyPublishers.ofByteArray(body)).build(),
              BodyHandlers.ofString());
      assertThat(uploaded.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(uploaded.body()).isEqualTo(body.length + " " + crc.getValue());
      CompletableFuture<?>[] downloads = new CompletableFuture<?>[4];
      for (int i = 0; i < downloads.length; i++) {
        downloads[i] =
            client
                .sendAsync(
                    request(tomcat, "/download?bytes=" + size).build(),
                    BodyHandlers.ofInputStream())
                .thenAccept(response -> assertCounts(response.body(), size));
      }
      CompletableFuture.allOf(downloads).join();
    }
  }

  /** The client grants window enough, and reads late: writes are cut in the middle of records. */
  @Test
  void http2ToALateReader() throws Exception {
    int size = 12 * MIB;
    try (TomcatUnderTest tomcat = start("http2", true);
        Http2 late = Http2.over(Http1.tls(tomcat.port(), "shop", "h2"));
        Http1 other = Http1.tls(tomcat.port(), "shop")) {
      late.grant(Integer.MAX_VALUE).get(1, "http", "/download?bytes=" + size);
      for (int i = 0; i < 50; i++) {
        assertThat(other.get("/facts").status()).isEqualTo(200);
      }
      assertCounts(late.bytes(1), size);
    }
  }

  private static void assertCounts(byte[] body, int size) {
    assertThat(body).hasSize(size);
    for (int i = 0; i < size; i++) {
      if (body[i] != (byte) i) {
        throw new AssertionError("byte " + i + " is " + body[i]);
      }
    }
  }

  private static void assertCounts(InputStream body, int size) {
    try (body) {
      assertCounts(body.readAllBytes(), size);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
