package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weft instances}. */
@Command(
    name = "instances",
    description = "Shows the instances of services.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft instances -A", "  weft instances --service orders"})
final class InstancesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;

  @Option(names = "--service", paramLabel = "NAME", description = "Only of this service.")
  private @Nullable String service;

  @Mixin private Namespace namespace;
  @Mixin private Output output;

  InstancesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    show(new AdminClient(terminal), service, namespace, output);
    return 0;
  }

  void show(AdminClient client, @Nullable String service, Namespace namespace, Output output) {
    String query =
        service == null
            ? namespace.query()
            : namespace.query("service=" + AdminClient.encode(service));
    Answer answer = client.get("/api/v1/instances" + query);
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return;
    }
    Output.Table table =
        new Output.Table(
            namespace.columns(
                "NAMESPACE", "SERVICE", "INSTANCE", "STATE", "VERSION", "ADDRESS", "MTLS", "AGE"));
    for (Map<String, Object> item : answer.list("items")) {
      List<String> addresses = new ArrayList<>();
      List<String> modes = new ArrayList<>();
      for (Map<String, Object> port : Trees.list(item, "ports")) {
        addresses.add(address(port));
        modes.add(Trees.text(port, "tls"));
      }
      table.row(
          namespace.columns(
              Trees.text(item, "namespace"),
              Trees.text(item, "service"),
              Trees.text(item, "id"),
              Trees.text(item, "state"),
              Trees.text(item, "labels", "version"),
              addresses.isEmpty() ? "-" : String.join(",", addresses),
              modes.isEmpty() ? "-" : String.join(",", modes),
              Output.age(item.get("since"), terminal.clock().instant())));
    }
    if (table.isEmpty()) {
      terminal
          .err()
          .println("no instances" + (namespace.isAll() ? "" : " in namespace " + namespace.one()));
    } else {
      table.print(terminal.out());
    }
  }

  static String address(Map<String, Object> port) {
    String address = Trees.text(port, "address");
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + Trees.text(port, "port");
  }
}
