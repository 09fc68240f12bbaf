package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Big bodies, and many at once. */
public interface TransferContract extends ClientKit {
  /** Two gigabytes each way over mesh TLS, and less in plaintext, in a heap of 64 megabytes. */
  @Test
  @Timeout(240)
  default void bodiesAreNeitherKeptNorCopied() throws Exception {
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
  default void manyAtOnce(Wire wire) throws Exception {
    KitServer flaky = server(wire);
    KitServer good = server(wire);
    flaky.answer(seen -> Answer.of(503, "busy"));
    good.answer(seen -> Answer.ok(seen.text()));
    AtomicInteger turns = new AtomicInteger();
    TestEndpoint first = endpoint(wire, flaky);
    TestEndpoint second = endpoint(wire, good);
    outbound()
        .route(
            "orders",
            () ->
                TestAttempt.to(turns.getAndIncrement() % 3 == 0 ? first : second)
                    .onResponse(ClientKit::again));
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
    assertThat(mesh().faults()).isEmpty();
  }
}
