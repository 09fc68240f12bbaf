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

/** {@code weft agents}. */
@Command(
    name = "agents",
    description = "Shows the agents connected to the coordinator: what they wove, what they took.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft agents -A", "  weft agents --service orders -o yaml"})
final class AgentsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;

  @Option(names = "--service", paramLabel = "NAME", description = "Only of this service.")
  private @Nullable String service;

  @Mixin private Namespace namespace;
  @Mixin private Output output;

  AgentsCommand(Terminal terminal) {
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
    Answer answer = client.get("/api/v1/agents" + query);
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return;
    }
    Output.warnOfOthers(terminal, answer);
    List<Map<String, Object>> agents = answer.list("items");
    if (agents.isEmpty()) {
      terminal
          .err()
          .println("no agents" + (namespace.isAll() ? "" : " in namespace " + namespace.one()));
      return;
    }
    Output.Table table =
        new Output.Table(
            namespace.columns(
                "NAMESPACE",
                "SERVICE",
                "INSTANCE",
                "AGENT",
                "REMOTE",
                "POLICY",
                "WOVEN",
                "CERT",
                "AGE"));
    List<String> notes = new ArrayList<>();
    for (Map<String, Object> agent : agents) {
      List<String> active = new ArrayList<>();
      String who = Trees.text(agent, "service") + " " + Trees.text(agent, "instance") + ": ";
      for (Map<String, Object> module : Trees.list(agent, "woven")) {
        if (Boolean.TRUE.equals(module.get("active"))) {
          active.add(Trees.text(module, "module"));
          if (module.get("reason") instanceof String remark && !remark.isEmpty()) {
            notes.add(who + Trees.text(module, "module") + ": " + Trees.text(module, "reason"));
          }
        } else {
          notes.add(
              who
                  + "not woven: "
                  + Trees.text(module, "module")
                  + ": "
                  + Trees.text(module, "reason"));
        }
      }
      for (Map<String, Object> made : Trees.list(agent, "outside")) {
        notes.add(who + outside(made));
      }
      if (agent.get("nacks") instanceof List<?> nacks) {
        nacks.forEach(nack -> notes.add(who + "did not understand " + nack));
      }
      table.row(
          namespace.columns(
              Trees.text(agent, "namespace"),
              Trees.text(agent, "service"),
              Trees.text(agent, "instance"),
              Trees.text(agent, "version"),
              Trees.text(agent, "remote"),
              policy(agent),
              active.isEmpty() ? "-" : String.join(",", active),
              Output.until(agent.get("certificateExpiry"), terminal.clock().instant()),
              Output.age(agent.get("connected"), terminal.clock().instant())));
    }
    table.print(terminal.out());
    notes.forEach(terminal::warning);
  }

  /** {@code payments:8080 through io.netty.…, which the mesh does not reach}. */
  static String outside(Map<String, Object> made) {
    String host = Trees.text(made, "host");
    String port = Trees.text(made, "port");
    return (isOwn(made) ? "port " + port : port.equals("0") ? "further hosts" : host + ":" + port)
        + " through "
        + Trees.text(made, "library")
        + ", which the mesh does not reach";
  }

  /** Whether it is a port of the process's own. */
  static boolean isOwn(Map<String, Object> made) {
    return "".equals(made.get("host"));
  }

  private static String policy(Map<String, Object> agent) {
    Object pushed = agent.get("pushed");
    Object acked = agent.get("acked");
    return pushed != null && pushed.equals(acked)
        ? "in sync"
        : "behind (" + acked + " of " + pushed + ")";
  }
}
