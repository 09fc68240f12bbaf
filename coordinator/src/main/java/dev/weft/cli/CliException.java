package dev.weft.cli;

import java.util.List;
import picocli.CommandLine;

/** A command that failed, or was called wrongly; each line is told on stderr. */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> lines;
  private final boolean usage;

  CliException(String line) {
    this(List.of(line));
  }

  CliException(List<String> lines) {
    this(lines, false);
  }

  /**
   * @param usage whether it was called wrongly, which only who was asked could tell
   */
  CliException(List<String> lines, boolean usage) {
    super(String.join("\n", lines));
    this.lines = List.copyOf(lines);
    this.usage = usage;
  }

  int exitCode() {
    return usage ? CommandLine.ExitCode.USAGE : Weft.FAILED;
  }

  List<String> lines() {
    return lines;
  }
}
