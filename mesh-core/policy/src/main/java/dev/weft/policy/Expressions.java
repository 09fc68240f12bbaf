package dev.weft.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Regular expressions in the syntax of RE2, which are matched in time linear in what is matched,
 * whoever wrote them. Counted repetitions multiply the memory that one takes, so that is bounded
 * before it is compiled.
 */
final class Expressions {
  /** Most instructions of a compiled expression. */
  static final int MAX_SIZE = 10_000;

  private static final String TOO_LARGE =
      "a smaller expression: with its repetitions written out at most " + MAX_SIZE + " characters";

  private Expressions() {}

  /** What is wrong with an expression; null if nothing is. */
  static @Nullable String problem(String expression) {
    if (expandedSize(expression) > MAX_SIZE) {
      return TOO_LARGE;
    }
    try {
      return Pattern.compile(expression).programSize() > 2 * MAX_SIZE ? TOO_LARGE : null;
    } catch (PatternSyntaxException e) {
      return "a regular expression in the syntax of RE2 (" + e.getDescription() + ")";
    }
  }

  /**
   * About how many characters an expression has with its counted repetitions written out. It reads
   * over errors, which compiling then finds.
   */
  private static long expandedSize(String expression) {
    Deque<Long> outer = new ArrayDeque<>();
    long all = 0; // of the group so far, without what stands last
    long last = 0; // what a repetition would apply to
    int i = 0;
    while (i < expression.length()) {
      char c = expression.charAt(i);
      if (c == '(') {
        outer.push(all + last);
        all = 0;
        last = 0;
        i++;
      } else if (c == ')' && !outer.isEmpty()) {
        last = all + last + 1;
        all = outer.pop();
        i++;
      } else if (c == '{') {
        int end = expression.indexOf('}', i);
        last = Math.min(last * repetitions(expression, i + 1, end), Integer.MAX_VALUE);
        i = end < 0 ? i + 1 : end + 1;
      } else {
        all += last;
        last = 1;
        i = c == '[' ? endOfClass(expression, i) : i + (c == '\\' ? 2 : 1);
      }
    }
    return all + last;
  }

  private static long repetitions(String expression, int start, int end) {
    if (end < 0) {
      return 1;
    }
    long most = 1;
    for (String count : expression.substring(start, end).split(",", -1)) {
      if (count.matches("[0-9]{1,4}")) {
        most = Math.max(most, Long.parseLong(count));
      }
    }
    return most;
  }

  private static int endOfClass(String expression, int start) {
    int i = start + 1;
    if (i < expression.length() && expression.charAt(i) == '^') {
      i++;
    }
    if (i < expression.length() && expression.charAt(i) == ']') {
      i++; // in first place it stands for itself
    }
    while (i < expression.length() && expression.charAt(i) != ']') {
      if (expression.startsWith("[:", i) && expression.indexOf(":]", i) > 0) {
        i = expression.indexOf(":]", i) + 2;
      } else {
        i += expression.charAt(i) == '\\' ? 2 : 1;
      }
    }
    return i + 1;
  }
}
