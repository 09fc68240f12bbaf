package dev.weft.perf;

import com.example.perf.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One client process and one server process of its own, and what they have beside them. Idle unless
 * it is being measured.
 */
final class Leg implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration SLACK = Duration.ofSeconds(70);

  private final LegKind kind;
  private final int port;
  private final int reached;
  private final Jvm server;
  private final Jvm client;
  private final @Nullable Proxies proxies;
  private final ProcFs proc;

  /** The proxies of the client and of the server. */
  record Proxies(Jvm ofClient, Jvm ofServer) {}

  /**
   * @param port of the server
   * @param reached the port that the client connects to: the server's, or its own proxy's
   */
  Leg(
      LegKind kind,
      int port,
      int reached,
      Jvm server,
      Jvm client,
      @Nullable Proxies proxies,
      ProcFs proc) {
    this.kind = kind;
    this.port = port;
    this.reached = reached;
    this.server = server;
    this.client = client;
    this.proxies = proxies;
    this.proc = proc;
  }

  LegKind kind() {
    return kind;
  }

  int reached() {
    return reached;
  }

  void awaitStart() throws InterruptedException {
    client.await("ready", START);
  }

  /**
   * Gives the client an order and measures from its {@code go} to its answer.
   *
   * @param expected how long the order takes
   */
  Measurement measure(String order, Duration expected) throws InterruptedException {
    client.say(order);
    client.await("go", expected.plus(SLACK));
    long began = System.nanoTime();
    long busy = proc.machineBusyTicks();
    long[] ticks = ticks();
    int connections = proc.connections(port);
    Outcome outcome = Outcome.parse(client.await("done", expected.plus(SLACK)));
    long[] after = ticks();
    busy = proc.machineBusyTicks() - busy;
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = after[i] - ticks[i];
      busy -= ticks[i];
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double perTick = 1.0 / ProcFs.TICKS_PER_SECOND;
    return new Measurement(
        outcome,
        ticks[0] * perTick,
        ticks[1] * perTick,
        ticks[2] * perTick,
        ticks[3] * perTick,
        Math.max(0, busy) * perTick / seconds,
        connections);
  }

  /** CPU time so far of the client, the server, and the proxy of each. */
  private long[] ticks() {
    return new long[] {
      proc.cpuTicks(client.pid()),
      proc.cpuTicks(server.pid()),
      proxies == null ? 0 : proc.cpuTicks(proxies.ofClient().pid()),
      proxies == null ? 0 : proc.cpuTicks(proxies.ofServer().pid())
    };
  }

  @Nullable Proxies proxies() {
    return proxies;
  }

  long serverPid() {
    return server.pid();
  }

  long clientPid() {
    return client.pid();
  }

  @Override
  public void close() {
    client.close();
    if (proxies != null) {
      proxies.ofClient().close();
      proxies.ofServer().close();
    }
    server.close();
  }
}
