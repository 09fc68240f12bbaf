package dev.weft.perf;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Lines for the person who waits, and for the folder of results. For one thread. */
final class Report implements AutoCloseable {
  private final PrintStream screen;
  private final PrintStream file;

  Report(PrintStream screen, Path file) {
    this.screen = screen;
    try {
      this.file = new PrintStream(Files.newOutputStream(file), true, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void line(String format, Object... arguments) {
    String line = String.format(Locale.ROOT, format, arguments);
    screen.println(line);
    file.println(line);
  }

  void heading(String text) {
    line("");
    line("%s", text);
    line("%s", "-".repeat(text.length()));
  }

  /** Only for the person who waits. */
  void progress(String format, Object... arguments) {
    screen.printf(Locale.ROOT, "  .. " + format + "%n", arguments);
  }

  /** {@code 103 (99-110)}. */
  static String whole(Spread spread) {
    return String.format(
        Locale.ROOT, "%.0f (%.0f-%.0f)", spread.median(), spread.min(), spread.max());
  }

  /** {@code 10.3 (9.9-11.0)}. */
  static String tenths(Spread spread) {
    return String.format(
        Locale.ROOT, "%.1f (%.1f-%.1f)", spread.median(), spread.min(), spread.max());
  }

  /** {@code 1.03 (0.99-1.10)}. */
  static String hundredths(Spread spread) {
    return String.format(
        Locale.ROOT, "%.2f (%.2f-%.2f)", spread.median(), spread.min(), spread.max());
  }

  @Override
  public void close() {
    file.close();
  }
}
