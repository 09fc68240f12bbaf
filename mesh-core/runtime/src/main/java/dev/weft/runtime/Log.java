package dev.weft.runtime;

import dev.weft.wire.Plain;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The agent's own small log: lines on stderr, or in {@code weft.log.file}. No framework, because
 * the application's may be configured by what loads first. A message is one line, whatever a peer
 * has put into it: what is no plain text is replaced here. Thread-safe; never throws.
 */
public final class Log {
  /** Least level that is written; {@code OFF} writes nothing. */
  public enum Level {
    DEBUG,
    INFO,
    WARN,
    ERROR,
    OFF
  }

  /** Places beyond this are no longer told apart by {@link #warnOnce}: memory is bounded. */
  private static final int MAX_PLACES = 1_000;

  private final Level least;
  private final PrintStream out;
  private final InstantSource clock;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  public Log(Level least, PrintStream out, InstantSource clock) {
    this.least = least;
    this.out = out;
    this.clock = clock;
  }

  /**
   * To the file, appended; to stderr if there is none or it cannot be opened, which is then said.
   */
  public static Log open(Level least, @Nullable Path file, InstantSource clock) {
    if (file != null) {
      try {
        PrintStream out =
            new PrintStream(
                new FileOutputStream(file.toFile(), true), true, StandardCharsets.UTF_8);
        return new Log(least, out, clock);
      } catch (IOException e) {
        Log log = new Log(least, System.err, clock);
        log.warn("weft.log.file: " + file + " cannot be opened (" + e + "); logging to stderr");
        return log;
      }
    }
    return new Log(least, System.err, clock);
  }

  public boolean debugs() {
    return least == Level.DEBUG;
  }

  public void debug(String message) {
    write(Level.DEBUG, message);
  }

  public void info(String message) {
    write(Level.INFO, message);
  }

  public void warn(String message) {
    write(Level.WARN, message);
  }

  public void error(String message) {
    write(Level.ERROR, message);
  }

  /**
   * Warns the first time only.
   *
   * @param place what makes two warnings the same
   */
  public void warnOnce(String place, String message) {
    if (said.size() < MAX_PLACES && said.add(place)) {
      write(Level.WARN, message);
    }
  }

  /** Lets {@link #warnOnce} speak of this place again: what was wrong has been right meanwhile. */
  public void forget(String place) {
    said.remove(place);
  }

  private void write(Level level, String message) {
    if (level.compareTo(least) < 0) {
      return;
    }
    try {
      out.println("[weft] " + clock.instant() + " " + level + " " + Plain.text(message));
    } catch (RuntimeException e) {
      // A log that fails must not fail the application.
    }
  }
}
