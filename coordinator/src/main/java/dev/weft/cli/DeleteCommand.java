package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.policy.Kind;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft delete}. */
@Command(
    name = "delete",
    description = {
      "Deletes resources; those of -f that there are, in one revision.",
      "Warns of what it breaks: routes to a Service that goes, say."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft delete peerauthentication strict-orders",
      "  weft delete service orders-v2 --dry-run",
      "  weft delete -f policy/ -R"
    })
final class DeleteCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  /** Either by name or by file. */
  static final class What {
    @ArgGroup(exclusive = false)
    private @Nullable Named named;

    @ArgGroup(exclusive = false)
    private @Nullable Files files;
  }

  /** By name. */
  static final class Named {
    @Parameters(index = "0", paramLabel = "KIND", description = "Its kind.")
    private String kind = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
    private String name = "";
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  private @Nullable String namespace;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "The namespace (default: default; with -f, what the resources name).")
  private void namespace(String name) {
    namespace = Namespace.required(spec, name);
  }

  @Option(names = "--dry-run", description = "Shows what would happen, and changes nothing.")
  private boolean dryRun;

  DeleteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    AdminClient client = new AdminClient(terminal);
    String query = dryRun ? "?dryRun=true" : "";
    if (what.named != null) {
      Kind kind = GetCommand.kind(spec, what.named.kind);
      String its = namespace == null ? Resource.DEFAULT_NAMESPACE : namespace;
      print(
          client.delete(
              AdminClient.path("namespaces", its, kind.plural(), what.named.name) + query));
      return 0;
    }
    if (what.files == null) {
      throw new ParameterException(spec.commandLine(), "KIND NAME, or -f, is missing");
    }
    List<Files.Found> found = what.files.read(terminal, namespace);
    Answer answer =
        client.post(
            "/api/v1/delete" + query,
            found.stream().map(DeleteCommand::named).toList(),
            index -> where(found, index));
    print(answer);
    List<String> failures = new ArrayList<>();
    for (Map<String, Object> missing : answer.list("missing")) {
      failures.add(AdminClient.told(missing, index -> where(found, index)));
    }
    if (!failures.isEmpty()) {
      throw new CliException(failures);
    }
    return 0;
  }

  private static String where(List<Files.Found> found, int index) {
    return index < found.size() ? found.get(index).where() : "document " + index;
  }

  /** What it takes to know which is meant: the rest may be as large as it likes. */
  private static Map<String, Object> named(Files.Found found) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", Trees.text(found.tree(), "kind"));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("namespace", Trees.at(found.tree(), "metadata", "namespace"));
    metadata.put("name", Trees.at(found.tree(), "metadata", "name"));
    tree.put("metadata", metadata);
    return tree;
  }

  private void print(Answer answer) {
    answer.list("resources").forEach(resource -> Outcomes.print(terminal, resource, dryRun));
    Outcomes.broken(terminal, answer);
  }
}
