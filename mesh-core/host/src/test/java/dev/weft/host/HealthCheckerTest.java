package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.Surroundings.Finding;
import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthCheckerTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final BlockingQueue<Throwable> faults = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final HealthChecker checker =
      new HealthChecker(
          endpoint -> EndpointAddress.plaintext(endpoint.facts()), error -> faults.add(error));
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    assertThat(faults).isEmpty();
  }

  /** Says this to whoever connects, once it has read a head, and closes. */
  private void answer(String said) {
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try (Socket one = server.accept()) {
                  requests.add(head(one));
                  one.getOutputStream().write(said.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                  // the test is over, or the checker has read enough
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static String head(Socket from) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(from.getInputStream(), StandardCharsets.ISO_8859_1));
    StringBuilder head = new StringBuilder();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }

  private static Endpoint endpoint(int port) {
    Surroundings none = new Surroundings(() -> 0, (task, delay) -> {}, bound -> 0);
    Service service = new Service(new ServiceName("default", "orders"), none);
    Service.MemberPort at = new Service.MemberPort("127.0.0.1", port, true, TlsMode.PERMISSIVE);
    service.update(
        List.of(new Service.Member("1", List.of(at), Map.of(), Endpoint.Standing.READY)));
    return service.pool(Map.of(), -1, Traffic.DEFAULT).endpoints()[0];
  }

  private CompletableFuture<Finding> ask(HealthChecker asked, Duration timeout) {
    CompletableFuture<Finding> told = new CompletableFuture<>();
    ActiveCheck check =
        new ActiveCheck("/healthz?full=1", Set.of(200, 299), Duration.ofSeconds(1), timeout, 1, 1);
    asked.ask(endpoint(server.getLocalPort()), check, told::complete);
    return told;
  }

  private Finding find(Duration timeout) throws Exception {
    return ask(checker, timeout).get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK;;, HEALTHY",
    "HTTP/1.0 299;Content-Length: 5;;hello, HEALTHY",
    "HTTP/1.1 103 Early Hints;Link: </a>;;HTTP/1.1 200 OK;;, HEALTHY",
    "HTTP/1.1 204 No Content;;, UNHEALTHY",
    "HTTP/1.1 503 Service Unavailable;;, UNHEALTHY",
    "HTTP/1.1 2x0 OK;;, UNHEALTHY",
    "HTTP/2 200;;, UNHEALTHY",
    "SSH-2.0-OpenSSH_9.2;;, UNHEALTHY",
    "HTTP/1.1 200, UNHEALTHY",
    "'', UNHEALTHY"
  })
  void theStatusDecides(String said, Finding expected) throws Exception {
    answer(said.replace(";", "\r\n"));
    assertThat(find(LONG)).isEqualTo(expected);
  }

  @Test
  void theRequest_namesTheServiceAndTheCheck() throws Exception {
    answer("HTTP/1.1 200 OK\r\n\r\n");
    find(LONG);
    assertThat(requests.take())
        .isEqualTo(
            "GET /healthz?full=1 HTTP/1.1\nHost: orders.default\n"
                + "User-Agent: weft-health-check\nConnection: close\n");
  }

  @Test
  void whoSaysNothing_orNeverEndsItsHead_isIll() throws Exception {
    assertThat(find(Duration.ofMillis(200)))
        .as("the backlog takes it")
        .isEqualTo(Finding.UNHEALTHY);
    server.close();
    listen();
    answer("x".repeat(1_000_000));
    assertThat(find(LONG)).isEqualTo(Finding.UNHEALTHY);
  }

  @Test
  void whoIsNotThere_isIll() throws Exception {
    server.close();
    assertThat(find(LONG)).isEqualTo(Finding.UNHEALTHY);
  }

  @Test
  void whoMustNotBeReachedInPlaintext_isNotAsked() throws Exception {
    HealthChecker anonymous = new HealthChecker(endpoint -> null, error -> faults.add(error));
    assertThat(ask(anonymous, LONG).get(60, TimeUnit.SECONDS)).isEqualTo(Finding.NOT_ASKED);
  }

  @Test
  void anErrorOfTheAgent_saysNothingOfTheEndpoint() throws Exception {
    HealthChecker broken =
        new HealthChecker(
            endpoint -> {
              throw new IllegalStateException("boom");
            },
            error -> faults.add(error));
    assertThat(ask(broken, LONG).get(60, TimeUnit.SECONDS)).isEqualTo(Finding.NOT_ASKED);
    assertThat(faults.take()).hasMessage("boom");
  }

  @Test
  void whenAllThreadsWait_furtherOnesAreNotAsked() throws Exception {
    List<CompletableFuture<Finding>> slow = new ArrayList<>();
    for (int i = 0; i < HealthChecker.MAX_CHECKS; i++) {
      slow.add(ask(checker, LONG));
    }
    assertThat(find(LONG)).isEqualTo(Finding.NOT_ASKED);
    server.close(); // resets what waits
    for (CompletableFuture<Finding> one : slow) {
      assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo(Finding.UNHEALTHY);
    }
  }
}
