package dev.weft.cli;

import dev.weft.wire.Plain;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;

/**
 * Prints to a terminal. What is printed may be what anybody said: of all that moves a cursor only
 * the end of a line and the tabulator get through.
 */
final class PlainPrinter extends PrintWriter {
  private static final String CLEAR = "\u001b[H\u001b[2J";

  private final Writer terminal;

  /**
   * @param flushing after each line
   */
  PlainPrinter(Writer terminal, boolean flushing) {
    super(new Filter(terminal), flushing);
    this.terminal = terminal;
  }

  /** Begins a screen anew. */
  void clear() {
    flush();
    try {
      terminal.write(CLEAR);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Filter extends FilterWriter {
    Filter(Writer out) {
      super(out);
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      int start = from;
      for (int i = from; i < from + length; i++) {
        if (isKept(text, i)) {
          out.write(Plain.text(text.substring(start, i)));
          out.write(text.charAt(i));
          start = i + 1;
        }
      }
      out.write(Plain.text(text.substring(start, from + length)));
    }

    /** A carriage return by itself would overwrite its line. */
    private static boolean isKept(String text, int i) {
      char c = text.charAt(i);
      return c == '\n' || c == '\t' || c == '\r' && text.startsWith("\r\n", i);
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      write(new String(text), from, length);
    }

    @Override
    public void write(int c) throws IOException {
      write(String.valueOf((char) c), 0, 1);
    }
  }
}
