package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weft revisions}. */
@Command(
    name = "revisions",
    description = "Shows who changed policy when.",
    footerHeading = "%nExamples:%n",
    footer = {"  weft revisions", "  weft revisions --limit 1 -o json"})
final class RevisionsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;
  @Mixin private Output output;

  @Option(
      names = "--limit",
      defaultValue = "20",
      paramLabel = "N",
      description = "The newest so many, up to 200 (default: ${DEFAULT-VALUE}).")
  private int limit = 20;

  RevisionsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Answer answer = new AdminClient(terminal).get("/api/v1/revisions?limit=" + limit);
    if (!output.isTable()) {
      output.tree(terminal.out(), answer.tree());
      return 0;
    }
    Output.Table table = new Output.Table(List.of("REVISION", "TIME", "AUTHOR", "CHANGE"));
    for (Map<String, Object> revision : answer.list("items")) {
      table.row(
          List.of(
              Trees.text(revision, "revision"),
              Trees.text(revision, "time"),
              Trees.text(revision, "author"),
              Trees.text(revision, "message")));
    }
    if (table.isEmpty()) {
      terminal.err().println("no revisions: policy was never changed");
    } else {
      table.print(terminal.out());
    }
    return 0;
  }
}
