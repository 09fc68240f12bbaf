package dev.weft.cli;

import java.util.List;

/** A command that failed; each line is told on stderr, and the exit code is 1. */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> lines;

  CliException(String line) {
    this(List.of(line));
  }

  CliException(List<String> lines) {
    super(String.join("\n", lines));
    this.lines = List.copyOf(lines);
  }

  List<String> lines() {
    return lines;
  }
}
