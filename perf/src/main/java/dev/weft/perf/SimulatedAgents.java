package dev.weft.perf;

import dev.weft.policy.JoinToken;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.Log;
import dev.weft.runtime.Node;
import dev.weft.runtime.control.ControlHandler;
import dev.weft.runtime.control.ControlStream;
import dev.weft.runtime.control.IdentityStore;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Many agents in this JVM, as far as a coordinator can tell: each keeps the agent's own control
 * stream, with its certificate, its instance and what it subscribed to, and nothing of the engine.
 * So when to join, to wait and to come back is decided as in an application. Two threads each,
 * which sleep.
 */
final class SimulatedAgents implements AutoCloseable {
  private static final int INSTANCES_OF_A_SERVICE = 10;

  /** Its own service, and those that it calls. */
  private static final int FOLLOWED = 3;

  private static final int AT_A_TIME = 20;

  private static final int FIRST_PORT = 20_000;
  private static final String ROUTE = "HTTPRoute";

  private final int services;
  private final List<Agent> agents = new ArrayList<>();

  /** How many there are of each service. */
  private final Map<String, Integer> instances = new HashMap<>();

  private final TlsCounters tls = new TlsCounters();
  private final AtomicLong joins = new AtomicLong();
  private final AtomicLong opened = new AtomicLong();
  private final AtomicLong closed = new AtomicLong();
  private final AtomicLong removed = new AtomicLong();
  private final Set<String> emptied = new HashSet<>();
  private final PrintStream log;
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(
          2,
          task -> {
            Thread thread = new Thread(task, "pings");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param log what the agents have to say, all of them
   */
  SimulatedAgents(int count, String coordinator, JoinToken token, Path log) throws IOException {
    this.services = Math.max(1, count / INSTANCES_OF_A_SERVICE);
    this.log = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8);
    for (int i = 0; i < count; i++) {
      agents.add(new Agent(i, coordinator, token));
      instances.merge("default/" + service(i % services), 1, Integer::sum);
    }
  }

  /** Named so; instance {@code i} is of service {@code i % services}. */
  static String service(int i) {
    return "s" + i;
  }

  int services() {
    return services;
  }

  /** A few at a time, as services are rolled out. */
  void start() throws InterruptedException {
    for (int i = 0; i < agents.size(); i++) {
      agents.get(i).stream.start();
      int started = i + 1;
      await("the first streams", 60, () -> started - connected("") < AT_A_TIME);
    }
  }

  /** What has happened since the beginning. */
  record Counts(long handshakes, long joins, long opened, long closed, long removed, int emptied) {
    Counts since(Counts before) {
      return new Counts(
          handshakes - before.handshakes,
          joins - before.joins,
          opened - before.opened,
          closed - before.closed,
          removed - before.removed,
          emptied - before.emptied);
    }
  }

  Counts counts() {
    synchronized (emptied) {
      // A join is a handshake without a certificate of ours, which is not counted there.
      return new Counts(
          tls.clientHandshakes() + joins.get(),
          joins.get(),
          opened.get(),
          closed.get(),
          removed.get(),
          emptied.size());
    }
  }

  /** How many are connected, to a coordinator of another epoch than this. */
  long connected(String notOf) {
    return agents.stream()
        .filter(agent -> agent.stream.connected() && !agent.epoch.equals(notOf))
        .count();
  }

  /** Of the coordinator that the first one is connected to. */
  String epoch() {
    return agents.get(0).epoch;
  }

  /** How many of them see every instance of what they follow, and so many routes. */
  long complete(int routes) {
    return agents.stream().filter(agent -> agent.isComplete(routes)).count();
  }

  int count() {
    return agents.size();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    agents.forEach(agent -> agent.stream.stop());
    log.close();
  }

  private final class Agent implements ControlHandler {
    private final Node node;
    private final int port;
    private final ControlStream stream;
    private final Set<String> follows = new LinkedHashSet<>();
    private final Map<String, Set<String>> seen = new HashMap<>();
    private final Set<String> routes = new HashSet<>();
    private volatile String epoch = "";

    Agent(int i, String coordinator, JoinToken token) {
      port = FIRST_PORT + i;
      node =
          new Node(
              UUID.randomUUID().toString(),
              "default",
              service(i % services),
              Map.of("version", "v1"),
              "",
              "simulated");
      for (int n = 0; n < Math.min(FOLLOWED, services); n++) {
        follows.add("default/" + service((i + n) % services));
      }
      stream =
          new ControlStream(
              node,
              List.of(coordinator),
              () -> {
                joins.incrementAndGet();
                return token;
              },
              new MeshTls(InstantSource.system(), tls, null),
              IdentityStore.NONE,
              this,
              timer,
              InstantSource.system(),
              new Random(i),
              new Log(Log.Level.DEBUG, log, InstantSource.system()));
    }

    @Override
    public Message.Hello hello(String before) {
      return new Message.Hello(
          Message.PROTOCOL,
          node.agent(),
          node.instance(),
          node.labels(),
          node.zone(),
          before,
          Map.of(),
          List.of(),
          true);
    }

    @Override
    public void joining(@Nullable String awaited, boolean proven) {}

    @Override
    public void opened(Message.Welcome welcome, String local, ControlStream its) {
      epoch = welcome.epoch();
      its.send(
          new Message.Register(
              List.of(new Port("127.0.0.1", port, "simulated", true, TlsMode.PERMISSIVE)),
              InstanceState.READY));
      its.send(new Message.Subscribe(List.copyOf(follows), List.of()));
      opened.incrementAndGet();
    }

    @Override
    public void received(Message message, ControlStream its) {
      if (message instanceof Message.Push push) {
        take(push);
        its.send(new Message.Ack(push.n()));
      } else if (message instanceof Message.Endpoints endpoints) {
        take(endpoints);
      }
    }

    private synchronized void take(Message.Push push) {
      if (push.full()) {
        routes.clear();
      }
      for (Map<String, Object> tree : push.upsert()) {
        if (ROUTE.equals(tree.get("kind"))
            && tree.get("metadata") instanceof Map<?, ?> metadata
            && metadata.get("name") instanceof String name) {
          routes.add(name);
        }
      }
    }

    private synchronized void take(Message.Endpoints endpoints) {
      Set<String> before = seen.getOrDefault(endpoints.service(), Set.of());
      Set<String> now = new HashSet<>();
      if (endpoints.base() >= 0) {
        now.addAll(before);
        endpoints.remove().forEach(now::remove);
      }
      for (Instance instance : endpoints.add()) {
        now.add(instance.id());
      }
      removed.addAndGet(before.stream().filter(id -> !now.contains(id)).count());
      if (now.isEmpty() && !before.isEmpty()) {
        synchronized (emptied) {
          emptied.add(endpoints.service());
        }
      }
      seen.put(endpoints.service(), now);
    }

    synchronized boolean isComplete(int atLeast) {
      return routes.size() >= atLeast
          && follows.stream()
              .allMatch(
                  service ->
                      seen.getOrDefault(service, Set.of()).size()
                          == instances.getOrDefault(service, 0));
    }

    @Override
    public void closed() {
      closed.incrementAndGet();
    }
  }

  /** Waits until it is so. */
  static void await(String what, long seconds, BooleanSupplier condition)
      throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException(what + ": not within " + seconds + " s");
      }
      Thread.sleep(50);
    }
  }
}
