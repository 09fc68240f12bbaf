package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import dev.weft.coordinator.yaml.Yaml;
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

/** {@code weft diff}. */
@Command(
    name = "diff",
    description = "Shows what `weft apply` would change.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft diff -f strict.yaml",
      "  weft diff -f policy/ --exit-code || echo policy has drifted"
    })
final class DiffCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @ArgGroup(multiplicity = "1", exclusive = false)
  private Files files;

  private @Nullable String namespace;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "For resources that name no namespace; others must name the same.")
  private void namespace(String name) {
    namespace = Namespace.required(spec, name);
  }

  @Option(names = "--exit-code", description = "Exits with 1 if anything would change.")
  private boolean exitCode;

  DiffCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Answer answer =
        ApplyCommand.send(new AdminClient(terminal), files.read(terminal, namespace), true);
    boolean changed = false;
    for (Map<String, Object> resource : answer.list("resources")) {
      if (!"unchanged".equals(resource.get("action"))) {
        changed = true;
        String name = Outcomes.name(resource);
        terminal.out().println("--- " + name + " (stored)");
        terminal.out().println("+++ " + name + " (given)");
        LineDiff.of(lines(resource.get("before")), lines(resource.get("after")))
            .forEach(terminal.out()::println);
      }
    }
    return changed && exitCode ? Weft.FAILED : 0;
  }

  private static List<String> lines(@Nullable Object tree) {
    return tree == null ? List.of() : Yaml.write(tree).lines().toList();
  }
}
