package dev.weft.cli;

import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.MemberIndex;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceName;
import dev.weft.policy.Surroundings;
import dev.weft.wire.Plain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft check}. */
@Command(
    name = "check",
    description = {
      "Looks for what is wrong with resources, or is right and probably not meant.",
      "With -f it looks at files, and asks nobody; without, at what is in force and who has"
          + " registered."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft check -A",
      "  weft check -f policy/ -R --failure-threshold warning",
      "",
      "Exit codes: 0 nothing as bad as the threshold was found, 1 it was, 2 it was called wrongly."
    })
final class CheckCommand implements Callable<Integer> {
  /** From which on the exit code is 1. */
  private enum Level {
    WARNING,
    ERROR;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Something found.
   *
   * @param resource such as {@code HTTPRoute default/canary}
   * @param where the file; empty for what is in force
   */
  private record Finding(Level level, String resource, String where, String text) {
    Map<String, Object> tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("level", level.toString());
      tree.put("resource", resource);
      if (!where.isEmpty()) {
        tree.put("where", where);
      }
      tree.put("message", text);
      return tree;
    }

    String line() {
      return level
          + ": "
          + (where.isEmpty() ? "" : where + ": ")
          + (resource.isEmpty() ? "" : resource + ": ")
          + text;
    }
  }

  private final Terminal terminal;
  private final List<Finding> findings = new ArrayList<>();

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @ArgGroup(exclusive = false)
  private @Nullable Files files;

  @Mixin private Namespace namespace;
  @Mixin private Output output;

  @Option(
      names = "--failure-threshold",
      paramLabel = "LEVEL",
      defaultValue = "error",
      description = "${COMPLETION-CANDIDATES}: what exits with 1 (default: ${DEFAULT-VALUE}).")
  private Level threshold = Level.ERROR;

  CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    int count = files != null && files.given() ? checkFiles(files) : checkLive();
    if (output.isTable()) {
      findings.forEach(finding -> terminal.out().println(finding.line()));
      terminal.err().println(count + " checked, " + number(Level.ERROR) + number(Level.WARNING));
      terminal.err().flush();
    } else {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("checked", count);
      tree.put("findings", findings.stream().map(Finding::tree).toList());
      output.tree(terminal.out(), tree);
    }
    return findings.stream().anyMatch(f -> f.level().compareTo(threshold) >= 0) ? Weft.FAILED : 0;
  }

  private String number(Level level) {
    long n = findings.stream().filter(finding -> finding.level() == level).count();
    return (n == 0 ? "no" : n)
        + " "
        + level
        + (n == 1 ? "" : "s")
        + (level == Level.ERROR ? ", " : "");
  }

  private int checkFiles(Files files) {
    List<Files.Found> all = files.read(terminal, namespace.given());
    Map<String, String> where = new HashMap<>();
    List<Resource> resources = new ArrayList<>();
    for (Files.Found found : all) {
      try {
        Resource resource = Kinds.parse(found.tree(), Resource.DEFAULT_NAMESPACE);
        String earlier = where.putIfAbsent(resource.id(), found.where());
        if (earlier == null) {
          resources.add(resource);
        } else {
          add(Level.ERROR, resource.id(), found.where(), "is in " + earlier + " already");
        }
      } catch (InvalidResourceException e) {
        for (Problem problem : e.problems()) {
          add(Level.ERROR, e.resource(), found.where(), problem.toString());
        }
      }
    }
    review(resources, new Surroundings(resources, null), where);
    return all.size();
  }

  private int checkLive() {
    AdminClient client = new AdminClient(terminal);
    List<Resource> resources = new ArrayList<>();
    int count = 0;
    for (Map<String, Object> tree : client.get("/api/v1/resources").list("items")) {
      boolean asked = isAsked(Trees.text(tree, "metadata", "namespace"));
      count += asked ? 1 : 0;
      try {
        resources.add(Kinds.parse(tree, Resource.DEFAULT_NAMESPACE));
      } catch (InvalidResourceException e) {
        if (asked) {
          add(Level.ERROR, e.resource(), "", "this version cannot read it: " + e.problems().get(0));
        }
      }
    }
    MemberIndex members = new MemberIndex();
    Set<String> addresses = new HashSet<>();
    for (Map<String, Object> instance : client.get("/api/v1/instances").list("items")) {
      if (!"STARTING".equals(instance.get("state"))) {
        Map<String, String> labels = new HashMap<>();
        if (instance.get("labels") instanceof Map<?, ?> map) {
          map.forEach((key, value) -> labels.put(String.valueOf(key), String.valueOf(value)));
        }
        Set<Integer> ports = new HashSet<>();
        boolean primary = false;
        for (Map<String, Object> port : Trees.list(instance, "ports")) {
          ports.add(port.get("port") instanceof Long number ? number.intValue() : 0);
          primary |= Boolean.TRUE.equals(port.get("primary"));
          addresses.add(Trees.text(port, "address") + ":" + port.get("port"));
        }
        members.add(
            new ServiceName(Trees.text(instance, "namespace"), Trees.text(instance, "service")),
            labels,
            ports,
            primary);
      }
    }
    AdminClient.Answer agents = client.get("/api/v1/agents");
    addCallers(client, agents, members);
    review(resources, new Surroundings(resources, members), Map.of());
    addUnreached(agents, client.get("/api/v1/services"), addresses);
    return count;
  }

  /** Who calls without being called, too, and who may yet join. */
  private static void addCallers(
      AdminClient client, AdminClient.Answer agents, MemberIndex members) {
    for (AdminClient.Answer answer : List.of(agents, client.get("/api/v1/tokens"))) {
      for (Map<String, Object> one : answer.list("items")) {
        members.addCaller(Trees.text(one, "namespace") + "/" + Trees.text(one, "service"));
      }
    }
    if (!(agents.tree().get("otherCoordinators") instanceof List<?> others) || others.isEmpty()) {
      members.knowsAllCallers();
    }
  }

  /** Calls from service to service that go past the mesh, and ports that it does not guard. */
  private void addUnreached(
      AdminClient.Answer agents, AdminClient.Answer services, Set<String> addresses) {
    Set<String> names = new HashSet<>();
    for (Map<String, Object> service : services.list("items")) {
      String full = Trees.text(service, "name") + "." + Trees.text(service, "namespace");
      names.addAll(List.of(full, full + ".svc", full + ".svc.cluster.local"));
    }
    Set<String> said = new TreeSet<>();
    for (Map<String, Object> agent : agents.list("items")) {
      for (Map<String, Object> made : Trees.list(agent, "outside")) {
        String host = Trees.text(made, "host");
        boolean inside =
            AgentsCommand.isOwn(made)
                || names.contains(host)
                || names.contains(host + "." + Trees.text(agent, "namespace"))
                || addresses.contains(host + ":" + made.get("port"));
        if (inside && isAsked(Trees.text(agent, "namespace"))) {
          String does = AgentsCommand.isOwn(made) ? " listens on " : " calls ";
          said.add(Trees.text(agent, "service") + does + AgentsCommand.outside(made));
        }
      }
    }
    // What an agent says of itself may be anything.
    said.forEach(text -> add(Level.WARNING, "", "", Plain.text(text)));
  }

  private void review(
      List<Resource> resources, Surroundings surroundings, Map<String, String> where) {
    for (Resource resource : resources) {
      if (!where.isEmpty() || isAsked(resource.namespace())) {
        for (String warning : Kinds.warnings(resource, surroundings)) {
          add(Level.WARNING, resource.id(), where.getOrDefault(resource.id(), ""), warning);
        }
      }
    }
  }

  private boolean isAsked(String its) {
    return namespace.isAll() || namespace.one().equals(its);
  }

  private void add(Level level, String id, String where, String text) {
    findings.add(new Finding(level, id.replaceFirst("/", " "), where, text));
  }
}
