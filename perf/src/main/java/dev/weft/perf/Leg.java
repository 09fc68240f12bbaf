package dev.weft.perf;

import com.example.perf.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    return measure(order, expected, 1).get(0);
  }

  /**
   * The same for an order that is answered in parts.
   *
   * @param expected how long each of them takes
   * @return a measurement of each
   */
  List<Measurement> measure(String order, Duration expected, int parts)
      throws InterruptedException {
    client.say(order);
    client.await("go", expected.plus(SLACK));
    List<Measurement> measured = new ArrayList<>();
    Reading before = read();
    for (int part = 0; part < parts; part++) {
      int connections = proc.connections(port);
      Outcome outcome = Outcome.parse(client.await("done", expected.plus(SLACK)));
      Reading after = read();
      measured.add(between(before, after, outcome, connections));
      before = after;
    }
    return measured;
  }

  /**
   * @param busy CPU time so far of everything on this machine
   * @param ticks the same of the client, the server, and the proxy of each
   */
  private record Reading(long nanos, long busy, long[] ticks) {}

  private Reading read() {
    return new Reading(System.nanoTime(), proc.machineBusyTicks(), ticks());
  }

  private static Measurement between(
      Reading before, Reading after, Outcome outcome, int connections) {
    double[] seconds = new double[before.ticks().length];
    long foreign = after.busy() - before.busy();
    for (int i = 0; i < seconds.length; i++) {
      long own = after.ticks()[i] - before.ticks()[i];
      seconds[i] = (double) own / ProcFs.TICKS_PER_SECOND;
      foreign -= own;
    }
    double wall = (after.nanos() - before.nanos()) / 1e9;
    return new Measurement(
        outcome,
        seconds[0],
        seconds[1],
        seconds[2],
        seconds[3],
        Math.max(0, foreign) / (double) ProcFs.TICKS_PER_SECOND / wall,
        connections);
  }

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
