package dev.weft.engine.route;

import com.google.re2j.Pattern;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Regular expressions in linear time (RE2), each compiled once, however often policy is pushed.
 * Thread-safe.
 */
public final class Expressions {
  /** Beyond this many, old ones are forgotten, and compiled again where they are still in use. */
  private static final int MAX_KEPT = 10_000;

  private final ConcurrentHashMap<String, Pattern> kept = new ConcurrentHashMap<>();

  /** Of an expression that was found good when its resource was read. */
  Pattern compiled(String expression) {
    Pattern known = kept.get(expression);
    if (known != null) {
      return known;
    }
    if (kept.size() >= MAX_KEPT) {
      kept.clear();
    }
    Pattern made = Pattern.compile(expression);
    kept.put(expression, made);
    return made;
  }
}
