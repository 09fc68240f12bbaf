package dev.weft.cli;

import java.util.ArrayList;
import java.util.List;

/** The lines of two texts, those that differ marked. Resources are short: all lines are shown. */
final class LineDiff {
  /**
   * Longer texts are shown as wholly replaced; comparing them takes the product of their lengths.
   */
  private static final int MAX_LINES = 2_000;

  private LineDiff() {}

  /** Each line after {@code "- "}, {@code "+ "} or two spaces. */
  static List<String> of(List<String> before, List<String> after) {
    List<String> out = new ArrayList<>();
    if (before.size() > MAX_LINES || after.size() > MAX_LINES) {
      before.forEach(line -> out.add("- " + line));
      after.forEach(line -> out.add("+ " + line));
      return out;
    }
    // common[i][j]: longest common subsequence of what begins at i and at j
    int[][] common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        out.add("  " + before.get(i++));
        j++;
      } else if (j == after.size() || i < before.size() && common[i + 1][j] >= common[i][j + 1]) {
        out.add("- " + before.get(i++));
      } else {
        out.add("+ " + after.get(j++));
      }
    }
    return out;
  }
}
