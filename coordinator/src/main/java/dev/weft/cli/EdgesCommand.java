package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code weft edges}. */
@Command(
    name = "edges",
    description = {
      "Shows which service calls which, how often and how well.",
      "Rates, success and latencies are those of the last half minute, the other columns since the"
          + " callers started."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  weft edges", "  weft edges orders", "  weft edges -o json"})
final class EdgesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Only the edges to and from this service, NAME or NAMESPACE/NAME.")
  private @Nullable String name;

  @Mixin private Output output;

  EdgesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Answer answer = new AdminClient(terminal).get("/api/v1/topology");
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return 0;
    }
    Output.warnOfOthers(terminal, answer);
    Output.Table table = table(answer.list("edges"));
    if (table.isEmpty()) {
      terminal.err().println("no traffic has been reported" + (name == null ? "" : " of " + name));
    } else {
      table.print(terminal.out());
    }
    return 0;
  }

  private Output.Table table(List<Map<String, Object>> edges) {
    Output.Table table =
        new Output.Table(
            List.of(
                "SOURCE",
                "DESTINATION",
                "RPS",
                "SUCCESS",
                "P50",
                "P99",
                "MTLS",
                "REQUESTS",
                "RETRIES"));
    for (Map<String, Object> edge : edges) {
      String source = Trees.text(edge, "source");
      String destination = Trees.text(edge, "destination");
      if (name == null || isCalled(source, name) || isCalled(destination, name)) {
        table.row(
            List.of(
                source,
                destination,
                Rates.perSecond(edge.get("requestsPerSecond")),
                Rates.percent(edge.get("successRate")),
                Rates.millis(edge, "p50"),
                Rates.millis(edge, "p99"),
                Rates.percent(edge.get("mtls")),
                Trees.text(edge, "requests"),
                Trees.text(edge, "retries")));
      }
    }
    return table;
  }

  private static boolean isCalled(String service, String name) {
    return service.equals(name) || service.endsWith("/" + name);
  }
}
