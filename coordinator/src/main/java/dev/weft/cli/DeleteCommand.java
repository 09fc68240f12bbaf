package dev.weft.cli;

import dev.weft.policy.Kind;
import java.util.ArrayList;
import java.util.List;
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
    description = "Deletes resources.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft delete peerauthentication strict-orders", "  weft delete -f strict.yaml"})
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

  DeleteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    AdminClient client = new AdminClient(terminal);
    if (what.named != null) {
      Kind kind = GetCommand.kind(spec, what.named.kind);
      delete(client, kind, namespace == null ? "default" : namespace, what.named.name);
      return 0;
    }
    if (what.files == null) {
      throw new ParameterException(spec.commandLine(), "KIND NAME, or -f, is missing");
    }
    List<String> failures = new ArrayList<>();
    for (Files.Found found : what.files.read(terminal, namespace)) {
      try {
        delete(
            client,
            GetCommand.kind(spec, Trees.text(found.tree(), "kind")),
            Trees.text(found.tree(), "metadata", "namespace"),
            Trees.text(found.tree(), "metadata", "name"));
      } catch (CliException e) {
        // The others can go nevertheless, and the list of what could not is whole.
        e.lines().forEach(line -> failures.add(found.where() + ": " + line));
      }
    }
    if (!failures.isEmpty()) {
      throw new CliException(failures);
    }
    return 0;
  }

  private void delete(AdminClient client, Kind kind, String namespace, String name) {
    AdminClient.Answer answer =
        client.delete(AdminClient.path("namespaces", namespace, kind.plural(), name));
    answer.list("resources").forEach(resource -> Outcomes.print(terminal, resource, false));
  }
}
