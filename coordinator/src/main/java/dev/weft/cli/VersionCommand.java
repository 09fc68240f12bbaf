package dev.weft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code weft version}. */
@Command(
    name = "version",
    description = "Shows the version.",
    footerHeading = "%nExamples:%n",
    footer = "  weft version")
final class VersionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Weft.Help help;

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** From the jar's manifest; classes outside of the jar have none. */
  static String text() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    return "weft " + (version == null ? "(not packaged)" : version);
  }

  @Override
  public Integer call() {
    terminal.out().println(text());
    return 0;
  }
}
