package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft explain}. */
@Command(
    name = "explain",
    description = {
      "Says where a request would go, and why.",
      "It is asked of the policy in force and of who has registered; which endpoints a caller has"
          + " ejected, only that caller knows."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft explain shop GET http://orders/7",
      "  weft explain prod/shop POST http://orders:8080/ -H 'x-user: ada' -o json"
    })
final class ExplainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "The service that calls, as name or namespace/name.")
  private String source = "";

  @Parameters(index = "1", paramLabel = "METHOD", description = "Such as GET.")
  private String method = "";

  @Parameters(index = "2", paramLabel = "URL", description = "As the application writes it.")
  private String url = "";

  @Option(
      names = {"-H", "--header"},
      paramLabel = "'NAME: VALUE'",
      description = "A header field; can be given several times.")
  private List<String> headers = List.of();

  private @Nullable String namespace;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "Of a SOURCE without one (default: default).")
  private void namespace(String name) {
    namespace = Namespace.required(spec, name);
  }

  @Mixin private Output output;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String caller =
        source.indexOf('/') >= 0
            ? source
            : (namespace == null ? Resource.DEFAULT_NAMESPACE : namespace) + "/" + source;
    Answer answer =
        new AdminClient(terminal)
            .get(
                "/api/v1/explain?source="
                    + AdminClient.encode(caller)
                    + "&method="
                    + AdminClient.encode(method)
                    + "&destination="
                    + AdminClient.encode(url)
                    + (headers.isEmpty()
                        ? ""
                        : "&header=" + AdminClient.encode(String.join("\n", headers))));
    if (output.isTable()) {
      Outcomes.broken(terminal, answer);
      print(answer);
    } else {
      output.tree(terminal.out(), answer.tree());
    }
    return 0;
  }

  private void print(Answer answer) {
    Map<String, Object> tree = answer.tree();
    line("outcome", tree.get("outcome"));
    line("why", tree.get("why"));
    if (tree.get("service") != null) {
      Object port = tree.get("port");
      line(
          "service",
          tree.get("service") + (port == null ? "" : ":" + port) + " (by " + tree.get("by") + ")");
    }
    line("instance", tree.get("instance"));
    if (!"routed".equals(tree.get("outcome"))) {
      return;
    }
    line("rule", tree.get("rule"));
    line("redirect", tree.get("redirect"));
    line("timeouts", timeouts(tree));
    line("retry", tree.get("retry"));
    line("fault", tree.get("fault"));
    if (tree.get("mirrors") instanceof List<?> mirrors) {
      line("mirrors", String.join(", ", mirrors.stream().map(String::valueOf).toList()));
    }
    List<Map<String, Object>> considered = answer.list("considered");
    if (!considered.isEmpty()) {
      terminal.out().println();
      Output.Table table = new Output.Table(List.of("RULE", "MATCH", "HOLDS"));
      for (Map<String, Object> one : considered) {
        table.row(
            List.of(
                Trees.text(one, "rule"),
                Trees.text(one, "match"),
                one.get("against") == null ? "yes" : "no: " + one.get("against")));
      }
      table.print(terminal.out());
    }
    backends(answer.list("backends"));
  }

  private void backends(List<Map<String, Object>> backends) {
    if (backends.isEmpty()) {
      return;
    }
    terminal.out().println();
    Output.Table table =
        new Output.Table(List.of("BACKEND", "SHARE", "INSTANCE", "ADDRESS", "STATE", "CHANGED"));
    for (Map<String, Object> backend : backends) {
      String name =
          Trees.text(backend, "service")
              + (backend.get("port") == null ? "" : ":" + backend.get("port"));
      String share =
          backend.get("percent") instanceof Number percent
              ? String.format(Locale.ROOT, "%.4g %%", percent.doubleValue())
                  .replaceAll("\\.?0+ %", " %")
              : "-";
      if (backend.get("problem") != null) {
        table.row(List.of(name, share, "-", "-", Trees.text(backend, "problem"), changed(backend)));
      }
      for (Map<String, Object> endpoint : Trees.list(backend, "endpoints")) {
        table.row(
            List.of(
                name,
                share,
                Trees.text(endpoint, "instance"),
                Trees.text(endpoint, "address") + ":" + Trees.text(endpoint, "port"),
                Trees.text(endpoint, "standing"),
                changed(backend)));
      }
    }
    table.print(terminal.out());
  }

  private static String changed(Map<String, Object> backend) {
    List<String> changes = new ArrayList<>();
    for (String field : List.of("authority", "target", "headers")) {
      if (backend.get(field) != null) {
        changes.add(field + " " + backend.get(field));
      }
    }
    return changes.isEmpty() ? "-" : String.join(", ", changes);
  }

  private static @Nullable String timeouts(Map<String, Object> tree) {
    List<String> limits = new ArrayList<>();
    add(limits, tree.get("requestTimeoutMs"), " ms for all attempts");
    add(limits, tree.get("attemptTimeoutMs"), " ms for each attempt");
    return limits.isEmpty() ? null : String.join(", ", limits);
  }

  private static void add(List<String> limits, @Nullable Object millis, String unit) {
    if (millis instanceof Long number && number > 0) {
      limits.add(number + unit);
    }
  }

  private void line(String name, @Nullable Object value) {
    if (value != null) {
      terminal.out().println(name + " ".repeat(10 - name.length()) + value);
    }
  }
}
