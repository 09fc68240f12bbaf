package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft apply}. */
@Command(
    name = "apply",
    description = "Creates and replaces resources: all that are given, or none.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft apply -f strict.yaml",
      "  weft apply -f policy/ -n prod --dry-run",
      "  kubectl get peerauthentication -o yaml | weft apply -f -"
    })
final class ApplyCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @ArgGroup(multiplicity = "1", exclusive = false)
  private Files files;

  @Mixin private Output output;
  private @Nullable String namespace;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "For resources that name no namespace; others must name the same.")
  private void namespace(String name) {
    namespace = Namespace.required(spec, name);
  }

  @Option(names = "--dry-run", description = "Shows what would happen, and changes nothing.")
  private boolean dryRun;

  ApplyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Files.Found> found = files.read(terminal, namespace);
    Answer answer = send(new AdminClient(terminal), found, dryRun);
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return 0;
    }
    for (Map<String, Object> resource : answer.list("resources")) {
      Outcomes.print(terminal, resource, dryRun);
    }
    Outcomes.summary(terminal, answer, dryRun);
    return 0;
  }

  static Answer send(AdminClient client, List<Files.Found> found, boolean dryRun) {
    return client.post(
        "/api/v1/apply" + (dryRun ? "?dryRun=true" : ""),
        found.stream().map(Files.Found::tree).toList(),
        index -> index < found.size() ? found.get(index).where() : "document " + index);
  }
}
