package dev.weft.cli;

import dev.weft.coordinator.yaml.Yaml;
import dev.weft.wire.Json;
import dev.weft.wire.Plain;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code -o}: a table for people, JSON or YAML for programs. */
final class Output {
  /** The forms. */
  enum Form {
    TABLE,
    JSON,
    YAML;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Form form = Form.TABLE;

  boolean isTable() {
    return form == Form.TABLE;
  }

  /** Prints a tree; must not be called for a table. */
  void tree(PrintWriter out, @Nullable Object tree) {
    if (form == Form.YAML) {
      out.print(Yaml.write(tree));
    } else {
      out.println(escaped(new String(Json.bytes(tree), StandardCharsets.UTF_8)));
    }
  }

  /** JSON escapes what is below a space; what else cannot be shown is escaped here. */
  private static String escaped(String json) {
    if (Plain.isPlain(json)) {
      return json;
    }
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (Character.isSurrogate(c) || Plain.isPlain(String.valueOf(c))) {
        escaped.append(c);
      } else {
        escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return escaped.toString();
  }

  /** Says what an answer lacks: the agents of other coordinators, and what those report. */
  static void warnOfOthers(Terminal terminal, AdminClient.Answer answer) {
    if (answer.tree().get("otherCoordinators") instanceof List<?> others && !others.isEmpty()) {
      terminal.warning(
          "only of the agents of this coordinator: ask the admin API (WEFT_ADMIN) of each of those"
              + " whose mesh ports are "
              + String.join(", ", others.stream().map(String::valueOf).toList())
              + " as well");
    }
  }

  /** Columns as wide as they have to be. */
  static final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(List<String> header) {
      rows.add(header);
    }

    void row(List<String> cells) {
      rows.add(cells.stream().map(Plain::text).toList());
    }

    boolean isEmpty() {
      return rows.size() == 1;
    }

    void print(PrintWriter out) {
      int columns = rows.get(0).size();
      int[] widths = new int[columns];
      for (List<String> row : rows) {
        for (int i = 0; i < columns; i++) {
          widths[i] = Math.max(widths[i], row.get(i).codePointCount(0, row.get(i).length()));
        }
      }
      for (List<String> row : rows) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < columns; i++) {
          String cell = row.get(i);
          line.append(cell);
          if (i < columns - 1) {
            line.append(" ".repeat(widths[i] - cell.codePointCount(0, cell.length()) + 3));
          }
        }
        out.println(line);
      }
    }
  }

  /** How long ago a time is, in one unit: {@code 5s}, {@code 3m}, {@code 12h}, {@code 40d}. */
  static String age(@Nullable Object time, Instant now) {
    Instant instant = instant(time);
    return instant == null ? "-" : span(Duration.between(instant, now));
  }

  /** How far away a time is; {@code expired} if it is over. */
  static String until(@Nullable Object time, Instant now) {
    Instant instant = instant(time);
    if (instant == null) {
      return "-";
    }
    return instant.isBefore(now) ? "expired" : span(Duration.between(now, instant));
  }

  private static @Nullable Instant instant(@Nullable Object time) {
    try {
      return time instanceof String text ? Instant.parse(text) : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static String span(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + "s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + "h" : seconds / 86400 + "d";
  }
}
