package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weft.testkit.Await;
import dev.weft.testkit.TestListener;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Those who only ask, while somebody attacks the same port: on every wire one on a connection that
 * it keeps, and one on a new connection each time. None of their requests fails. And what the
 * attack takes of the process, and whether it is given back.
 */
final class Bystanders implements Closeable {
  /** Files that the JVM opens by itself, such as jars. */
  private static final int OTHER_FILES = 20;

  /** What the server itself keeps for next time: threads, buffers, objects. */
  private static final long MOST_KEPT_BYTES = 64 << 20;

  /** As many as a server has for its requests; the mesh needs none for a connection. */
  private static final int MOST_THREADS = 400;

  /** Tomcat ends a plaintext connection after a hundred requests. */
  private static final int ROUNDS_OF_A_CONNECTION = 50;

  private static final Path MEASURED = Path.of("target", "hostile-stranger.txt");

  private final ServerUnderTest server;
  private final List<Wire> wires;
  private final List<Caller> kept = new ArrayList<>();
  private final long filesBefore;
  private final long heapBefore;
  private final int threadsBefore;
  private int rounds;
  private int asked;
  private long slowestNanos;
  private long mostHeap;
  private int mostThreads;

  Bystanders(ServerUnderTest server, List<Wire> wires) throws IOException {
    this.server = server;
    this.wires = wires;
    for (Wire wire : wires) {
      kept.add(Caller.open(wire, server.port(), "billing"));
    }
    ask();
    heapBefore = heap();
    filesBefore = files();
    threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
  }

  /** Each asks once. */
  void ask() throws IOException {
    boolean anew = ++rounds % ROUNDS_OF_A_CONNECTION == 0;
    for (int i = 0; i < wires.size(); i++) {
      if (anew) {
        kept.get(i).close();
        kept.set(i, Caller.open(wires.get(i), server.port(), "billing"));
      }
      ask(kept.get(i));
      try (Caller next = Caller.open(wires.get(i), server.port(), "billing")) {
        ask(next);
      }
    }
  }

  private void ask(Caller caller) throws IOException {
    long began = System.nanoTime();
    assertThat(caller.get("/facts")).contains("scheme=http\n");
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - began);
    asked++;
  }

  /** While the attack has what it could get: that is not much. */
  void weigh() {
    forget();
    mostHeap = Math.max(mostHeap, heap() - heapBefore);
    assertThat(mostHeap).as("bytes held").isLessThan(MOST_KEPT_BYTES);
    mostThreads =
        Math.max(mostThreads, ManagementFactory.getThreadMXBean().getThreadCount() - threadsBefore);
    assertThat(mostThreads).as("threads").isLessThan(MOST_THREADS);
  }

  /** After the attack: nothing of it is left but what the server keeps for anybody. */
  void assertGivenBack(String attack) throws IOException {
    ask();
    TestListener listener = server.listener();
    long began = System.nanoTime();
    Await.until(
        "the end of all requests of " + attack,
        () -> listener.requestsEnded() >= listener.requestsStarted());
    assertThat(listener.requestsEnded()).isEqualTo(listener.requestsStarted());
    forget();
    Await.until(
        "files closed after " + attack + ", of " + files() + " beside " + filesBefore,
        () -> files() <= filesBefore + OTHER_FILES);
    int mine = (int) wires.stream().filter(Wire::tls).count();
    Await.until(
        "engines of TLS let go after " + attack,
        () -> {
          System.gc();
          return listener.engines() <= mine;
        });
    long recovery = System.nanoTime() - began;
    weigh();
    Files.createDirectories(MEASURED.toAbsolutePath().getParent());
    Files.writeString(
        MEASURED,
        String.format(
            "%-14s %-36s %4d asked, 0 failed, slowest %d ms; over after %d ms; %d KB, %d threads more%n",
            listener.library(),
            attack,
            asked,
            slowestNanos / 1_000_000,
            recovery / 1_000_000,
            mostHeap >> 10,
            mostThreads),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** What is the test's own: heads of requests hold their connections. */
  private void forget() {
    server.listener().asked().clear();
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long files() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }

  @Override
  public void close() throws IOException {
    for (Caller caller : kept) {
      caller.close();
    }
  }
}
