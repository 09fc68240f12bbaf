package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.Log;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who reads slowly, or says nothing, hurts nobody but himself. */
class MetricsPortTest {
  private static final String METRICS = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

  /** More than any socket's buffers hold, so that who does not read is waited for. */
  private static final String MUCH = "weft_x 1\n".repeat(2_000_000);

  private final AtomicLong nanos = new AtomicLong();
  private volatile String text = "a 1\n";
  private MetricsPort port;
  private final List<Socket> open = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    Log log = new Log(Log.Level.ERROR, System.err, InstantSource.system());
    port = MetricsPort.open(20_000, () -> text, nanos::get, log);
  }

  @AfterEach
  void stop() throws IOException {
    port.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private Socket connect(String said) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.number());
    socket.setSoTimeout(30_000);
    open.add(socket);
    socket.getOutputStream().write(said.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Whether the other end has closed, be it with a reset. */
  private static boolean ended(Socket socket) throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      // So too.
    }
    return true;
  }

  @Test
  void aHeadInPieces_isAnswered() throws IOException {
    Socket socket = connect("");
    for (char c : METRICS.toCharArray()) {
      socket.getOutputStream().write(c);
    }
    assertThat(rest(socket))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Content-Length: 4\r\n")
        .endsWith("\r\n\r\na 1\n");
    assertThat(rest(connect("HEAD /metrics HTTP/1.1\r\n\r\n"))).endsWith("\r\n\r\n");
    assertThat(rest(connect("POST /metrics HTTP/1.1\r\n\r\n"))).startsWith("HTTP/1.1 405 ");
    assertThat(rest(connect("GET / HTTP/1.1\r\n\r\n"))).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void besidesThoseWhoDoNotRead_andThoseWhoSayNothing_othersAreAnswered() throws IOException {
    text = MUCH;
    Socket deaf = connect(METRICS);
    assertThat(deaf.getInputStream().read()).as("it is being answered").isEqualTo('H');
    text = "a 1\n";
    connect("GET /met");
    connect("");

    assertThat(rest(connect(METRICS))).endsWith("a 1\n");
    assertThat(rest(deaf)).as("whoever is slow gets it all").hasSizeGreaterThan(MUCH.length());
  }

  @Test
  void afterTheDeadline_itIsOver_howeverBusyItIs() throws IOException {
    text = MUCH;
    Socket deaf = connect(METRICS);
    assertThat(deaf.getInputStream().read()).isEqualTo('H');
    Socket silent = connect("GET /met");
    text = "a 1\n";
    assertThat(rest(connect(METRICS))).as("both have been accepted by now").endsWith("a 1\n");

    nanos.set(MetricsPort.DEADLINE_NANOS);
    port.lookAgain();
    assertThat(ended(silent)).isTrue();
    assertThat(ended(deaf)).isTrue();
    assertThat(rest(connect(METRICS))).endsWith("a 1\n");
  }

  @Test
  void whereOneMoreComes_theOldestGoes() throws IOException {
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 3 * MetricsPort.MAX_CONNECTIONS; i++) {
      silent.add(connect("GET /met"));
    }
    assertThat(rest(connect(METRICS))).endsWith("a 1\n");
    for (Socket one : silent.subList(0, 2 * MetricsPort.MAX_CONNECTIONS)) {
      assertThat(ended(one)).isTrue();
    }
  }

  @Test
  void aHeadWithoutEnd_isGivenUp() throws IOException {
    Socket endless = connect("GET /metrics HTTP/1.1\r\n" + "x: y\r\n".repeat(2_000));
    assertThat(ended(endless)).isTrue();
    assertThat(rest(connect(METRICS))).endsWith("a 1\n");
  }
}
