package dev.weft.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Where libraries inside the agent find the log: they look for theirs statically. Says nothing
 * before there is one. Thread-safe.
 */
public final class LibraryLog {
  private static volatile @Nullable Log log;

  private LibraryLog() {}

  /** From now on libraries log there. */
  public static void set(Log to) {
    log = to;
  }

  /** A library's warning or error; each one once, because libraries do not know how often. */
  public static void warn(String library, @Nullable String message, @Nullable Throwable error) {
    Log to = log;
    if (to != null) {
      String text = library + ": " + message + (error == null ? "" : " (" + error + ")");
      to.warnOnce("library " + text, text);
    }
  }
}
