package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tomcat's own ways to send and to receive, and its limit of requests on a connection. */
class TransferTest extends AbstractTomcatTest {
  private static final int MIB = 1024 * 1024;

  TransferTest(String version) {
    super(version);
  }

  private static Http1 connect(TomcatUnderTest tomcat, String how) throws IOException {
    return how.equals("tls") ? Http1.tls(tomcat.port(), "shop") : Http1.plain(tomcat.port());
  }

  /** The client reads nothing until all is written that can be: writes are cut in the middle. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void nonBlockingServletAndASlowReader(String how) throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 client = connect(tomcat, how)) {
      for (int size : new int[] {12 * MIB, 100_000}) {
        client.send(
            "POST /nonblocking HTTP/1.1\r\nHost: o\r\nContent-Length: " + size + "\r\n\r\n");
        client.out().write(new byte[size]);
        client.out().flush();
        assertThat(Arrays.equals(client.read().body(), new byte[size])).isTrue();
        tomcat.listener().awaitEnds(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "tls"})
  void sendfile(String how) throws Exception {
    int size = 2 * MIB + 17;
    byte[] counts = new byte[size];
    for (int i = 0; i < size; i++) {
      counts[i] = (byte) i;
    }
    for (String use : new String[] {"true", "false"}) {
      try (TomcatUnderTest tomcat = start("connector.useSendfile", use);
          Http1 client = connect(tomcat, how)) {
        Path file = Files.createDirectory(tomcat.base().resolve("files")).resolve("counts");
        Files.write(file, counts);
        String name = URLEncoder.encode(file.toString(), StandardCharsets.UTF_8);
        for (int round = 0; round < 2; round++) {
          assertThat(Arrays.equals(client.get("/files/counts").body(), counts)).isTrue();
          if (use.equals("true")) {
            assertThat(Arrays.equals(client.get("/sendfile?file=" + name).body(), counts)).isTrue();
          }
          assertThat(client.get("/facts").status()).isEqualTo(200);
        }
      }
    }
  }

  /** Draining waits for it, though Tomcat sends it when the servlet is long done. */
  @Test
  void aFileThatIsBeingSentIsInFlight() throws Exception {
    long size = 64L * MIB;
    try (TomcatUnderTest tomcat = start("connector.useSendfile", "true");
        Http1 client = Http1.tls(tomcat.port(), "shop")) {
      Path file = tomcat.base().resolve("large");
      try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
        large.setLength(size);
      }
      String name = URLEncoder.encode(file.toString(), StandardCharsets.UTF_8);
      client.send("GET /sendfile?file=" + name + " HTTP/1.1\r\nHost: o\r\n\r\n");
      assertThat(client.head().status()).isEqualTo(200);
      TestListener listener = tomcat.listener();
      Await.until("the file", () -> listener.requestsStarted() == 2);
      assertThat(listener.requestsEnded()).isEqualTo(1);
      client.in().skipNBytes(size);
      listener.awaitEnds(2);
      assertThat(listener.requestsStarted()).isEqualTo(2);
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
}
