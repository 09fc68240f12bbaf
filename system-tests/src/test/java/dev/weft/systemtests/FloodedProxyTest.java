package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thousand strangers who each send the most of a head that is never finished, at a proxy with a
 * heap of 64 MB, beside somebody who just asks.
 */
class FloodedProxyTest {
  private static final int STRANGERS = 1_000;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  /** 57 KB are more than a head may have; 15 KB are less. */
  @ParameterizedTest
  @ValueSource(ints = {57_000, 15_000})
  void unfinishedHeadsCostNobodyElseARequest(int bytes) throws Exception {
    String service = "flooded-" + bytes;
    int port = Ports.free();
    Child child =
        mesh.proxied(
            Jdk.JDK_17,
            service,
            service,
            Map.of("WEFT_JAVA_OPTIONS", "-Xmx64m"),
            port,
            List.of(),
            List.of("python3", Built.python("echo.py").toString(), "" + port));
    child.awaitOut("listening");
    mesh.awaitReady(service, 1);
    String said = child.err().lines().filter(line -> line.contains(": inbound ")).findFirst().get();
    int inbound = Integer.parseInt(said.replaceAll(".*: inbound [0-9.]+:(\\d+) .*", "$1"));

    byte[] head = head(bytes).getBytes(StandardCharsets.ISO_8859_1);
    List<Socket> strangers = new ArrayList<>();
    try (Socket bystander = open(inbound)) {
      for (int i = 0; i < STRANGERS; i++) {
        strangers.add(flood(inbound, head));
        if (i % 10 == 0) {
          assertThat(ask(bystander)).as("after %s strangers", i).isEqualTo("HTTP/1.1 200 OK");
        }
      }
      for (int i = 0; i < 100; i++) {
        assertThat(ask(bystander)).isEqualTo("HTTP/1.1 200 OK");
      }
    } finally {
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
    assertThat(child.alive()).isTrue();
    assertThat(child.err()).doesNotContain("OutOfMemory").doesNotContain("heap");
  }

  private static String head(int bytes) {
    StringBuilder head = new StringBuilder("GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; head.length() < bytes; i++) {
      head.append("x-").append(i).append(": ").append("y".repeat(300)).append("\r\n");
    }
    return head.toString();
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static Socket flood(int port, byte[] head) throws IOException {
    Socket socket = open(port);
    try {
      socket.getOutputStream().write(head);
    } catch (IOException e) {
      // Refused, or let go.
    }
    return socket;
  }

  /** The status line of an answer; it has no body. */
  private static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the connection ended after \"" + answer + "\"");
      }
      answer.append((char) next);
    }
    return answer.substring(0, answer.indexOf("\r\n"));
  }
}
