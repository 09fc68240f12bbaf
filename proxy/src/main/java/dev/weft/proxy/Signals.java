package dev.weft.proxy;

import java.util.function.BiConsumer;
import sun.misc.Signal;

/**
 * Signals of the operating system. A shutdown hook would not do: it is not told which signal came,
 * and cannot choose the exit code.
 */
final class Signals {
  private Signals() {}

  /**
   * @param handler told name, such as {@code TERM}, and number; on a thread for each signal
   */
  static void handle(BiConsumer<String, Integer> handler, String... names) {
    for (String name : names) {
      try {
        Signal.handle(
            new Signal(name), signal -> handler.accept(signal.getName(), signal.getNumber()));
      } catch (IllegalArgumentException e) {
        // This system has no such signal, or the JVM was told to leave it alone (-Xrs).
      }
    }
  }
}
