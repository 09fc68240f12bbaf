package dev.weft.perf;

import com.example.perf.Outcome;
import java.time.Duration;

/** One client process and one server process of its own. Idle unless it is being measured. */
final class Leg implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration SLACK = Duration.ofSeconds(70);

  private final LegKind kind;
  private final int port;
  private final Jvm server;
  private final Jvm client;
  private final ProcFs proc;

  Leg(LegKind kind, int port, Jvm server, Jvm client, ProcFs proc) {
    this.kind = kind;
    this.port = port;
    this.server = server;
    this.client = client;
    this.proc = proc;
  }

  LegKind kind() {
    return kind;
  }

  int port() {
    return port;
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
    long clientTicks = proc.cpuTicks(client.pid());
    long serverTicks = proc.cpuTicks(server.pid());
    int connections = proc.connections(port);
    Outcome outcome = Outcome.parse(client.await("done", expected.plus(SLACK)));
    clientTicks = proc.cpuTicks(client.pid()) - clientTicks;
    serverTicks = proc.cpuTicks(server.pid()) - serverTicks;
    busy = proc.machineBusyTicks() - busy;
    double seconds = (System.nanoTime() - began) / 1e9;
    double perTick = 1.0 / ProcFs.TICKS_PER_SECOND;
    return new Measurement(
        outcome,
        clientTicks * perTick,
        serverTicks * perTick,
        Math.max(0, busy - clientTicks - serverTicks) * perTick / seconds,
        connections);
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
    server.close();
  }
}
