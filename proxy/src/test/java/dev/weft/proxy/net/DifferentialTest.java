package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.host.Problems;
import dev.weft.runtime.Log;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of requests by chance, with Tomcat behind the proxy: what is forwarded is read there as
 * it was read here, and nothing makes the proxy hang, leak or fall over.
 */
@Tag("same-on-every-jdk")
class DifferentialTest {
  private static final long SEED = 20_261_125;
  private static final int GOOD = 1_000;
  private static final int BAD = 4_000;
  private static final int AT_ONCE = 16;

  /** What is unfinished is given up soon: there is much of it. */
  private static final Timeouts IMPATIENT =
      new Timeouts(
          Duration.ofSeconds(10),
          Duration.ofMillis(300),
          Duration.ofMillis(300),
          Duration.ofMillis(300),
          Duration.ofMillis(300));

  private static final Leaks LEAKS = Leaks.watch();

  @TempDir private static File folder;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private TomcatBehind tomcat;
  private Listeners listeners;
  private int port;

  private void start(Timeouts timeouts) throws Exception {
    TestMesh.get().reset();
    tomcat = new TomcatBehind(folder);
    Log log = new Log(Log.Level.WARN, new PrintStream(said, true), InstantSource.system());
    listeners =
        new Listeners(
            new TestOutbound().driven(),
            new Problems(() -> true),
            log,
            0,
            timeouts,
            ProxyUnderTest.CAPACITY);
    Listeners.Inbound inbound = listeners.inbound(loopback());
    inbound.open(TestMesh.get(), tomcat.address());
    port = inbound.address().getPort();
  }

  @AfterEach
  void stop() throws Exception {
    listeners.close();
    tomcat.close();
    LEAKS.assertNone();
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Test
  void whatIsGood_isUnderstoodAsItWasMeant() throws Exception {
    start(Timeouts.DEFAULT);
    Requests requests = new Requests(SEED);
    List<TomcatBehind.Understood> meant = new ArrayList<>();
    try (Http1 caller = Http1.plain(port)) {
      for (int i = 0; i < GOOD; i += 5) {
        StringBuilder pipelined = new StringBuilder();
        for (int j = i; j < i + 5; j++) {
          Requests.Good good = requests.good(j);
          pipelined.append(good.bytes());
          meant.add(good.meant());
        }
        caller.send(pipelined.toString());
        for (int j = i; j < i + 5; j++) {
          Http1.Response response = caller.read();
          assertThat(response.status()).as("%s", meant.get(j)).isEqualTo(200);
          assertThat(response.text()).isEqualTo("understood");
        }
      }
    }
    assertThat(tomcat.understood()).containsExactlyElementsOf(meant);
  }

  @Test
  void whatIsBad_comesToAnEnd_andNothingIsReadOtherwiseBehind() throws Exception {
    start(IMPATIENT);
    sendBad(SEED);
  }

  /** For as long as {@code -Dweft.fuzz.minutes=N} says; a failure names its seed. */
  @Test
  @EnabledIfSystemProperty(named = "weft.fuzz.minutes", matches = "[1-9]\\d*")
  void whatIsBad_forLong() throws Exception {
    start(IMPATIENT);
    long minutes = Integer.getInteger("weft.fuzz.minutes", 0);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (long seed = SEED + 1; System.nanoTime() - end < 0; seed++) {
      sendBad(seed);
      tomcat.understood().clear();
      TestMesh.get().listener(port).asked().clear();
    }
  }

  private void sendBad(long seed) throws Exception {
    Requests requests = new Requests(seed);
    ExecutorService senders = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < BAD; i++) {
        String bytes = requests.bad();
        answers.add(senders.submit(() -> exchange(bytes)));
      }
      int refused = 0;
      for (Future<String> each : answers) {
        String answer = each.get(2, TimeUnit.MINUTES);
        assertThat(answer).matches("(?s)(HTTP/1\\.1 [1-5]\\d\\d .*)?");
        refused += answer.contains("HTTP/1.1 400 ") ? 1 : 0;
      }
      assertThat(refused).as("of seed %s", seed).isBetween(BAD / 4, BAD - 100);
    } finally {
      senders.shutdownNow();
    }
    assertThat(tomcat.understood()).hasSizeGreaterThan(100);
    Map<String, Integer> let = new HashMap<>();
    for (TestListener.Asked asked : TestMesh.get().listener(port).asked()) {
      let.merge(asked.method() + " " + asked.path(), 1, Integer::sum);
    }
    for (TomcatBehind.Understood understood : tomcat.understood()) {
      String path = understood.target().split("\\?", 2)[0];
      String line = understood.method() + " " + path;
      assertThat(let.merge(line, -1, Integer::sum))
          .as("seed %s: Tomcat read \"%s\" more often than it was let in", seed, line)
          .isNotNegative();
    }
    try (Http1 caller = Http1.plain(port)) {
      assertThat(caller.get("/still-there").status()).isEqualTo(200);
    }
  }

  /** Sends it, and one more request that ends the connection; returns all that comes back. */
  private String exchange(String bytes) throws IOException {
    try (Socket socket = Http1.connect(port)) {
      socket.setSoTimeout(30_000);
      byte[] all =
          (bytes + "GET /end HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1);
      socket.getOutputStream().write(all);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("no end within 30 s: " + bytes, e);
    } catch (IOException e) {
      return ""; // a reset is an end, too
    }
  }
}
