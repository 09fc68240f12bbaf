package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft top}. */
@Command(
    name = "top",
    description = "Shows the traffic of each service, busiest first, again and again.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft top", "  weft top --once"})
final class TopCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Option(names = "--once", description = "Once, and no more.")
  private boolean once;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "Between two looks (default: ${DEFAULT-VALUE}; agents report every 5 s).")
  private int interval;

  TopCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What comes in at one service, from everybody. */
  private static final class Load {
    double perSecond;
    double succeeded;
    double weighted;
    long requests;

    void add(Map<String, Object> edge) {
      double rate = Rates.number(edge.get("requestsPerSecond"));
      perSecond += rate;
      succeeded += rate * Rates.number(edge.get("successRate"));
      Object latency = edge.get("latencySeconds");
      weighted += latency instanceof Map<?, ?> all ? rate * Rates.number(all.get("p99")) : 0;
      requests += (long) Rates.number(edge.get("requests"));
    }

    String success() {
      return perSecond == 0 ? "-" : Rates.percent(succeeded / perSecond);
    }

    String latency() {
      return perSecond == 0
          ? "-"
          : String.format(Locale.ROOT, "%.1fms", weighted / perSecond * 1000);
    }
  }

  @Override
  public Integer call() {
    if (interval < 1) {
      throw new ParameterException(
          spec.commandLine(), "--interval: " + interval + " (expected: 1 or more seconds)");
    }
    AdminClient client = new AdminClient(terminal);
    while (true) {
      Answer topology = client.get("/api/v1/topology");
      List<Map<String, Object>> edges = topology.list("edges");
      if (!once) {
        terminal.out().clear();
        LocalTime now = LocalTime.ofInstant(terminal.clock().instant(), ZoneId.systemDefault());
        terminal.out().println(now.truncatedTo(ChronoUnit.SECONDS) + "   Ctrl-C ends this");
      }
      table(edges).print(terminal.out());
      terminal.out().flush();
      Output.warnOfOthers(terminal, topology);
      if (once) {
        return 0;
      }
      LockSupport.parkNanos(Duration.ofSeconds(interval).toNanos());
    }
  }

  private static Output.Table table(List<Map<String, Object>> edges) {
    Map<String, Load> loads = new TreeMap<>();
    for (Map<String, Object> edge : edges) {
      loads.computeIfAbsent(Trees.text(edge, "destination"), any -> new Load()).add(edge);
    }
    List<Map.Entry<String, Load>> busiestFirst = new ArrayList<>(loads.entrySet());
    busiestFirst.sort((a, b) -> Double.compare(b.getValue().perSecond, a.getValue().perSecond));
    Output.Table table =
        new Output.Table(List.of("SERVICE", "RPS", "SUCCESS", "P99 (MEAN OF EDGES)", "REQUESTS"));
    for (Map.Entry<String, Load> entry : busiestFirst) {
      Load load = entry.getValue();
      table.row(
          List.of(
              entry.getKey(),
              Rates.perSecond(load.perSecond),
              load.success(),
              load.latency(),
              String.valueOf(load.requests)));
    }
    return table;
  }
}
