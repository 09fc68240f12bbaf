package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft services}. */
@Command(
    name = "services",
    description = "Shows the services that have instances; or one, with the rule of each port.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft services -A", "  weft services orders", "  weft services orders -o json"})
final class ServicesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "One of them.")
  private @Nullable String name;

  @Mixin private Namespace namespace;
  @Mixin private Output output;

  ServicesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (name != null && namespace.isAll()) {
      throw new ParameterException(spec.commandLine(), "-A: with a NAME, -n says which one");
    }
    show(new AdminClient(terminal), name, namespace, output);
    return 0;
  }

  void show(AdminClient client, @Nullable String name, Namespace namespace, Output output) {
    Answer answer =
        client.get(
            name == null
                ? "/api/v1/services" + namespace.query()
                : AdminClient.path("services", namespace.one(), name));
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
    } else if (name != null) {
      one(answer);
    } else {
      all(answer.list("items"), namespace);
    }
  }

  private void all(List<Map<String, Object>> items, Namespace namespace) {
    if (items.isEmpty()) {
      terminal
          .err()
          .println("no services" + (namespace.isAll() ? "" : " in namespace " + namespace.one()));
      return;
    }
    Output.Table table =
        new Output.Table(
            namespace.columns("NAMESPACE", "NAME", "READY", "VERSIONS", "PORTS", "MTLS"));
    for (Map<String, Object> item : items) {
      table.row(
          namespace.columns(
              Trees.text(item, "namespace"),
              Trees.text(item, "name"),
              Trees.text(item, "ready") + "/" + Trees.text(item, "instances"),
              Trees.joined(item, "versions"),
              Trees.joined(item, "ports"),
              Trees.joined(item, "mtls")));
    }
    table.print(terminal.out());
  }

  private void one(Answer answer) {
    Output.Table table =
        new Output.Table(List.of("INSTANCE", "STATE", "VERSION", "ADDRESS", "MTLS", "RULE", "AGE"));
    for (Map<String, Object> instance : answer.list("items")) {
      for (Map<String, Object> port : Trees.list(instance, "ports")) {
        table.row(
            List.of(
                Trees.text(instance, "id"),
                Trees.text(instance, "state"),
                Trees.text(instance, "labels", "version"),
                InstancesCommand.address(port),
                Trees.text(port, "tls"),
                Trees.text(port, "rule"),
                Output.age(instance.get("since"), terminal.clock().instant())));
      }
    }
    table.print(terminal.out());
  }
}
