package dev.weft.perf;

import dev.weft.policy.JoinToken;
import java.io.IOException;

/**
 * A coordinator under many agents: killed and started again, and given many routes.
 *
 * <p>Agents and coordinator share this machine, so that seconds are those of a machine that does
 * the agents' work as well; the coordinator's CPU is its own.
 */
final class ControlSection {
  /** As the goals are for a thousand agents. */
  private static final int AGENTS_OF_GOALS = 1_000;

  private static final int ROUTES_OF_GOALS = 5_000;
  private static final int STEPS = 5;
  private static final long SHARED_MILLIS = 2_000;
  private static final long LONGEST_SECONDS = 600;

  /** A dead coordinator's instances are removed after a minute if they are. */
  private static final long ORPHANED_SECONDS = 90;

  private final Setup setup;
  private final Mesh mesh;
  private final ProcFs proc;
  private final int count;
  private final int routes;
  private final Report report;
  private final Budgets budgets;

  ControlSection(
      Setup setup, Mesh mesh, ProcFs proc, int count, int routes, Report report, Budgets budgets) {
    this.setup = setup;
    this.mesh = mesh;
    this.proc = proc;
    this.count = count;
    this.routes = routes;
    this.report = report;
    this.budgets = budgets;
  }

  void run() throws IOException, InterruptedException {
    report.heading(count + " agents at one coordinator");
    try (SimulatedAgents agents =
        new SimulatedAgents(
            count,
            mesh.meshAddress(),
            JoinToken.parse(mesh.joinToken()),
            setup.folder().resolve("agents.log"))) {
      Watch start = new Watch();
      agents.start();
      awaitAll(agents, "the first start", 0);
      start.print(
          "first start, a few at a time", agents, new SimulatedAgents.Counts(0, 0, 0, 0, 0, 0));
      restart(agents);
      push(agents);
    }
  }

  private void restart(SimulatedAgents agents) throws IOException, InterruptedException {
    String before = agents.epoch();
    // What was registered a moment ago is not in ZooKeeper yet, and dies with the coordinator.
    Thread.sleep(SHARED_MILLIS);
    mesh.kill();
    SimulatedAgents.await(
        "the end of all streams", LONGEST_SECONDS, () -> agents.connected("") == 0);
    SimulatedAgents.Counts counts = agents.counts();
    mesh.startAgain();
    mesh.awaitReady();
    Watch watch = new Watch();
    SimulatedAgents.await(
        "everybody's return", LONGEST_SECONDS, () -> agents.connected(before) == count);
    awaitAll(agents, "everybody's return", 0);
    double seconds = watch.seconds();
    watch.print("killed and started again, all back", agents, counts);
    // Whoever was believed lost is removed within this time.
    Thread.sleep((long) (1_000 * Math.max(0, ORPHANED_SECONDS - seconds)));
    SimulatedAgents.Counts since = agents.counts().since(counts);
    watch.print("the same, " + ORPHANED_SECONDS + " s after it", agents, counts);
    if (count == AGENTS_OF_GOALS) {
      budgets.atMost(60, " s", "a coordinator restarted: all are back", seconds);
    }
    budgets.atMost(0, "", "the same: joins with the token", since.joins());
    budgets.atMost(0, "", "the same: instances that subscribers saw vanish", since.removed());
    budgets.atMost(0, "", "the same: services that were empty to somebody", since.emptied());
  }

  private void push(SimulatedAgents agents) throws IOException, InterruptedException {
    SimulatedAgents.Counts counts = agents.counts();
    Watch all = new Watch();
    for (int step = 1; step <= STEPS; step++) {
      Watch watch = new Watch();
      SimulatedAgents.Counts before = agents.counts();
      mesh.apply(yaml(agents, routes / STEPS * (step - 1), routes / STEPS * step));
      awaitAll(agents, "step " + step, routes / STEPS * step);
      watch.print("routes, step " + step + " of " + STEPS, agents, before);
    }
    double cpu = all.cpuSeconds();
    all.print(routes + " routes", agents, counts);
    budgets.atMost(0, "", "routes: living streams closed", agents.counts().since(counts).closed());
    if (count == AGENTS_OF_GOALS && routes == ROUTES_OF_GOALS) {
      budgets.atMost(17, " s", "routes: the coordinator's CPU", cpu);
    }
  }

  private void awaitAll(SimulatedAgents agents, String what, int known)
      throws InterruptedException {
    SimulatedAgents.await(what, LONGEST_SECONDS, () -> agents.complete(known) == count);
  }

  private String yaml(SimulatedAgents agents, int from, int to) {
    StringBuilder all = new StringBuilder();
    for (int i = from; i < to; i++) {
      all.append(
          """
          ---
          apiVersion: gateway.networking.k8s.io/v1
          kind: HTTPRoute
          metadata:
            name: r%1$d
          spec:
            parentRefs:
            - group: ""
              kind: Service
              name: %2$s
            rules:
            - name: one
              matches:
              - path:
                  type: PathPrefix
                  value: /path/of/%1$d
                headers:
                - name: x-user-group
                  value: group-%1$d
              backendRefs:
              - name: %2$s
                port: 80
          """
              .formatted(i, SimulatedAgents.service(i % agents.services())));
    }
    return all.toString();
  }

  /** Time, and the coordinator's CPU, from its making on. */
  private final class Watch {
    private final long nanos = System.nanoTime();
    private final long ticks = proc.cpuTicks(mesh.pid());

    double seconds() {
      return (System.nanoTime() - nanos) / 1e9;
    }

    double cpuSeconds() {
      return (proc.cpuTicks(mesh.pid()) - ticks) / (double) ProcFs.TICKS_PER_SECOND;
    }

    void print(String what, SimulatedAgents agents, SimulatedAgents.Counts before) {
      SimulatedAgents.Counts counts = agents.counts().since(before);
      report.line(
          "  %-36s %6.1f s, coordinator's CPU %6.1f s, %d MiB; handshakes %d, joins %d, streams"
              + " opened %d, closed %d; instances removed %d, services empty %d",
          what,
          seconds(),
          cpuSeconds(),
          proc.residentKiB(mesh.pid()) / 1024,
          counts.handshakes(),
          counts.joins(),
          counts.opened(),
          counts.closed(),
          counts.removed(),
          counts.emptied());
    }
  }
}
