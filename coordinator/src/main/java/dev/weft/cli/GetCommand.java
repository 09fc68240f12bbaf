package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.ServiceSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/** {@code weft get}. */
@Command(
    name = "get",
    description = "Shows resources, instances or agents.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft get peerauthentications -A",
      "  weft get peerauthentication strict-orders -o yaml",
      "  weft get httproutes",
      "  weft get svc orders-v2 -n prod -o json"
    })
final class GetCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Parameters(
      index = "0",
      paramLabel = "KIND",
      description = "A kind, its plural or a short name; or instances, agents.")
  private String kind = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "One of them.")
  private @Nullable String name;

  @Mixin private Namespace namespace;
  @Mixin private Output output;

  GetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    AdminClient client = new AdminClient(terminal);
    switch (kind) {
      case "instance", "instances" -> {
        withoutName();
        new InstancesCommand(terminal).show(client, null, namespace, output);
      }
      case "agent", "agents" -> {
        withoutName();
        new AgentsCommand(terminal).show(client, null, namespace, output);
      }
      default -> {
        Kind known = kind(spec, kind);
        if (name != null) {
          one(client, known, name);
        } else {
          all(client, known);
        }
      }
    }
    return 0;
  }

  private void withoutName() {
    if (name != null) {
      throw new ParameterException(
          spec.commandLine(),
          kind + " " + name + ": takes no name; --service of `weft " + plural() + "` selects");
    }
  }

  private String plural() {
    return kind.endsWith("s") ? kind : kind + "s";
  }

  static Kind kind(CommandSpec spec, String word) {
    Kind kind = Kinds.named(word);
    if (kind == null) {
      throw new ParameterException(
          spec.commandLine(),
          "kind: "
              + word
              + " (expected: "
              + Kinds.expected()
              + ", or instances, agents for `weft get`)");
    }
    return kind;
  }

  private void one(AdminClient client, Kind known, String name) {
    if (namespace.isAll()) {
      throw new ParameterException(spec.commandLine(), "-A: with a NAME, -n says which one");
    }
    Answer answer =
        client.get(AdminClient.path("namespaces", namespace.one(), known.plural(), name));
    if (output.isTable()) {
      table(known, List.of(answer.tree()));
    } else {
      output.tree(terminal.out(), answer.tree());
    }
  }

  private void all(AdminClient client, Kind known) {
    Answer answer = client.get("/api/v1/resources" + namespace.query("kind=" + known.name()));
    List<Map<String, Object>> items = answer.list("items");
    if (!output.isTable()) {
      // As kubectl prints it, so that it can be applied again.
      Map<String, Object> list = new LinkedHashMap<>();
      list.put("apiVersion", "v1");
      list.put("kind", "List");
      list.put("items", items);
      output.tree(terminal.out(), list);
    } else if (items.isEmpty()) {
      terminal
          .err()
          .println(
              "no "
                  + known.plural()
                  + (namespace.isAll() ? "" : " in namespace " + namespace.one())
                  + (known == ServiceSpec.KIND
                      ? "; `weft services` shows what has registered"
                      : ""));
    } else {
      table(known, items);
    }
  }

  private void table(Kind known, List<Map<String, Object>> items) {
    Columns columns = Columns.of(known);
    Output.Table table = new Output.Table(row("NAMESPACE", "NAME", columns.names(), "AGE"));
    for (Map<String, Object> item : items) {
      table.row(
          row(
              Trees.text(item, "metadata", "namespace"),
              Trees.text(item, "metadata", "name"),
              columns.cells().apply(item),
              Output.age(
                  Trees.at(item, "metadata", "creationTimestamp"), terminal.clock().instant())));
    }
    table.print(terminal.out());
  }

  private List<String> row(String inNamespace, String name, List<String> more, String age) {
    List<String> row = new ArrayList<>();
    row.add(name);
    row.addAll(more);
    row.add(age);
    return namespace.columns(inNamespace, row.toArray(String[]::new));
  }
}
