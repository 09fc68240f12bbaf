package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.LinkedHashMap;
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
      output.tree(terminal.out(), asked(answer));
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
      if (isAsked(edge)) {
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

  /** The whole answer, of that service alone if one was named. */
  private Map<String, Object> asked(Answer answer) {
    String asked = name;
    if (asked == null) {
      return answer.tree();
    }
    Map<String, Object> tree = new LinkedHashMap<>(answer.tree());
    tree.put("edges", answer.list("edges").stream().filter(this::isAsked).toList());
    if (tree.get("plaintextCallers") instanceof Map<?, ?> all) {
      Map<String, Object> callers = new LinkedHashMap<>();
      all.forEach(
          (service, of) -> {
            if (isCalled(String.valueOf(service), asked)) {
              callers.put(String.valueOf(service), of);
            }
          });
      tree.put("plaintextCallers", callers);
    }
    return tree;
  }

  private boolean isAsked(Map<String, Object> edge) {
    return name == null
        || isCalled(Trees.text(edge, "source"), name)
        || isCalled(Trees.text(edge, "destination"), name);
  }

  private static boolean isCalled(String service, String name) {
    return service.equals(name) || service.endsWith("/" + name);
  }
}
