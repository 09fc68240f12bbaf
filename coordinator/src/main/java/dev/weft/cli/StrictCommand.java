package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.policy.Dns1123;
import dev.weft.policy.Nearest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft strict}. */
@Command(
    name = "strict",
    description = {
      "Lists who still calls a service without mesh TLS, and then lets nobody in who does.",
      "The list is what the service's instances have counted since they started. What is applied is a"
          + " PeerAuthentication that selects the service, the one there is or a new one."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  weft strict orders --dry-run", "  weft strict orders -n shop"})
final class StrictCommand implements Callable<Integer> {
  private static final String KIND = "PeerAuthentication";

  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Parameters(index = "0", paramLabel = "NAME", description = "The service.")
  private String name = "";

  private String namespace = "default";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "Its namespace (default: default).")
  private void namespace(String given) {
    namespace = Namespace.required(spec, given);
  }

  @Option(names = "--dry-run", description = "Lists, and changes nothing.")
  private boolean dryRun;

  StrictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!Dns1123.isLabel(name)) {
      throw new ParameterException(
          spec.commandLine(), "NAME: " + name + " (expected: " + Dns1123.LABEL + ")");
    }
    AdminClient client = new AdminClient(terminal);
    Map<String, Object> existing = existing(client);
    if (existing == null) {
      requireKnown(client);
    }
    list(client.get("/api/v1/topology"));
    Answer answer =
        client.post(
            "/api/v1/apply" + (dryRun ? "?dryRun=true" : ""),
            List.of(strict(existing)),
            index -> KIND);
    for (Map<String, Object> resource : answer.list("resources")) {
      // The warning would say again what has just been listed.
      Outcomes.print(terminal, withoutWarnings(resource), dryRun);
    }
    Outcomes.summary(terminal, answer, dryRun);
    return 0;
  }

  private void list(Answer topology) {
    Object callers = Trees.at(topology.tree(), "plaintextCallers", namespace + "/" + name);
    Output.Table table = new Output.Table(List.of("SOURCE", "REQUESTS", "LAST SEEN"));
    if (callers instanceof List<?> all) {
      for (Object caller : all) {
        table.row(
            List.of(
                Trees.text(caller, "source"),
                Trees.text(caller, "requests"),
                Output.age(Trees.at(caller, "lastSeen"), terminal.clock().instant()) + " ago"));
      }
    }
    Output.warnOfOthers(terminal, topology);
    if (table.isEmpty()) {
      terminal.out().println("nobody has called " + namespace + "/" + name + " without mesh TLS");
    } else {
      terminal.out().println("called " + namespace + "/" + name + " without mesh TLS:");
      table.print(terminal.out());
    }
  }

  /** A service that nobody has heard of was mistyped: it would be closed, and the other one not. */
  private void requireKnown(AdminClient client) {
    Set<String> known = new TreeSet<>();
    for (String path : List.of("/api/v1/services", "/api/v1/agents")) {
      boolean services = path.endsWith("services");
      for (Map<String, Object> one : client.get(path).list("items")) {
        known.add(
            Trees.text(one, "namespace") + "/" + Trees.text(one, services ? "name" : "service"));
      }
    }
    for (Map<String, Object> token : client.get("/api/v1/tokens").list("items")) {
      known.add(Trees.text(token, "namespace") + "/" + Trees.text(token, "service"));
    }
    for (Map<String, Object> service : client.get("/api/v1/resources?kind=Service").list("items")) {
      known.add(
          Trees.text(service, "metadata", "namespace")
              + "/"
              + Trees.text(service, "spec", "selector", "app"));
    }
    String asked = namespace + "/" + name;
    if (!known.contains(asked)) {
      String nearest = Nearest.of(asked, known);
      throw new CliException(
          "NAME: "
              + asked
              + " (expected: a service that has joined, or that a token or a Service names"
              + (nearest == null ? "" : "; did you mean " + nearest + "?")
              + " To close one before it is there, apply a PeerAuthentication)");
    }
  }

  /** The policy that selects this service and nothing narrower; null if there is none. */
  private @Nullable Map<String, Object> existing(AdminClient client) {
    Answer all =
        client.get(
            "/api/v1/resources?kind=" + KIND + "&namespace=" + AdminClient.encode(namespace));
    for (Map<String, Object> resource : all.list("items")) {
      if (Map.of("app", name).equals(Trees.at(resource, "spec", "selector", "matchLabels"))) {
        return resource;
      }
    }
    return null;
  }

  private Map<String, Object> strict(@Nullable Map<String, Object> existing) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "security.istio.io/v1");
    tree.put("kind", KIND);
    Map<String, Object> spec = new LinkedHashMap<>();
    if (existing == null) {
      tree.put("metadata", Map.of("name", name, "namespace", namespace));
      spec.put("selector", Map.of("matchLabels", Map.of("app", name)));
    } else {
      tree.put("metadata", existing.get("metadata"));
      if (existing.get("spec") instanceof Map<?, ?> before) {
        before.forEach((field, value) -> spec.put(String.valueOf(field), value));
      }
    }
    spec.put("mtls", Map.of("mode", "STRICT"));
    tree.put("spec", spec);
    return tree;
  }

  private static Map<String, Object> withoutWarnings(Map<String, Object> resource) {
    Map<String, Object> quiet = new LinkedHashMap<>(resource);
    quiet.remove("warnings");
    return quiet;
  }
}
