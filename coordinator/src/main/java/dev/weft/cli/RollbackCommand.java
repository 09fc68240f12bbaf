package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weft rollback}. */
@Command(
    name = "rollback",
    description = "Makes a new revision of policy that equals an older one.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft rollback 41 --dry-run", "  weft rollback 41"})
final class RollbackCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;
  @Mixin private Output output;

  @Parameters(
      index = "0",
      paramLabel = "N",
      description = "The revision, as `weft revisions` shows.")
  private long revision;

  @Option(names = "--dry-run", description = "Shows what would happen, and changes nothing.")
  private boolean dryRun;

  RollbackCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Answer answer =
        new AdminClient(terminal)
            .post(
                AdminClient.path("revisions", Long.toString(revision), "rollback")
                    + (dryRun ? "?dryRun=true" : ""),
                null);
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return 0;
    }
    answer.list("resources").forEach(resource -> Outcomes.print(terminal, resource, dryRun));
    Outcomes.summary(terminal, answer, dryRun);
    return 0;
  }
}
