package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.PeerAuthentication;
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
    description = "Shows resources, services, instances or agents.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft get peerauthentications -A",
      "  weft get peerauthentication strict-orders -o yaml",
      "  weft get services",
      "  weft get service orders -n prod -o json"
    })
final class GetCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Parameters(
      index = "0",
      paramLabel = "KIND",
      description = "A kind, its plural or a short name; or services, instances, agents.")
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
      case "service", "services" ->
          new ServicesCommand(terminal).show(client, name, namespace, output);
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
              + ", or services, instances, agents for `weft get`)");
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
                  + (namespace.isAll() ? "" : " in namespace " + namespace.one()));
    } else {
      table(known, items);
    }
  }

  private void table(Kind known, List<Map<String, Object>> items) {
    boolean peerAuthentication = known == PeerAuthentication.KIND;
    Output.Table table =
        new Output.Table(
            peerAuthentication
                ? namespace.columns("NAMESPACE", "NAME", "MODE", "SELECTOR", "AGE")
                : namespace.columns("NAMESPACE", "NAME", "AGE"));
    for (Map<String, Object> item : items) {
      String inNamespace = Trees.text(item, "metadata", "namespace");
      String name = Trees.text(item, "metadata", "name");
      String age =
          Output.age(Trees.at(item, "metadata", "creationTimestamp"), terminal.clock().instant());
      table.row(
          peerAuthentication
              ? namespace.columns(inNamespace, name, mode(item), selector(item), age)
              : namespace.columns(inNamespace, name, age));
    }
    table.print(terminal.out());
  }

  private static String mode(Map<String, Object> item) {
    StringBuilder mode = new StringBuilder();
    Object own = Trees.at(item, "spec", "mtls", "mode");
    mode.append(own == null ? "UNSET" : own);
    if (Trees.at(item, "spec", "portLevelMtls") instanceof Map<?, ?> ports) {
      ports.forEach(
          (port, mtls) ->
              mode.append(' ').append(port).append(':').append(Trees.text(mtls, "mode")));
    }
    return mode.toString();
  }

  private static String selector(Map<String, Object> item) {
    List<String> labels = new ArrayList<>();
    if (Trees.at(item, "spec", "selector", "matchLabels") instanceof Map<?, ?> map) {
      map.forEach((key, value) -> labels.add(key + "=" + value));
    }
    return labels.isEmpty() ? "<all>" : String.join(",", labels);
  }
}
