package dev.weft.coordinator.yaml;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and writes YAML of JSON's types. */
public final class Yaml {
  /** Most documents of one text. */
  public static final int MAX_DOCUMENTS = 1_000;

  /** Deepest nesting; the same as JSON's. */
  public static final int MAX_DEPTH = 64;

  /** Most keys and values of one text, with what aliases repeat. */
  public static final int MAX_NODES = 200_000;

  /** Readers look for the colon after a key within 1,024 characters, as YAML says. */
  private static final int MAX_SIMPLE_KEY = 1_000;

  /** Text that every YAML reader, also one of YAML 1.1, takes for text without quotes. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./()*+,;@-]*");

  private static final Set<String> NOT_TEXT =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf");

  private Yaml() {}

  /**
   * Reads all documents but the empty ones.
   *
   * @throws YamlException if the text is no YAML, repeats a key, uses a type that JSON does not
   *     have, or passes a bound
   */
  public static List<Object> read(String text) throws YamlException {
    return new YamlReader(text).documents();
  }

  /** Writes a tree in block style, ending with a line feed. */
  public static String write(@Nullable Object tree) {
    StringBuilder out = new StringBuilder();
    if (isBlock(tree)) {
      block(out, tree, 0);
    } else {
      inline(out, tree);
      out.append('\n');
    }
    return out.toString();
  }

  private static boolean isBlock(@Nullable Object value) {
    return value instanceof Map<?, ?> map && !map.isEmpty()
        || value instanceof List<?> list && !list.isEmpty();
  }

  /** Writes lines, each of them indented, the first one too. */
  private static void block(StringBuilder out, @Nullable Object value, int indent) {
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(" ".repeat(indent));
        entry(out, entry, indent);
      }
    } else if (value instanceof List<?> list) {
      for (Object element : list) {
        out.append(" ".repeat(indent)).append("- ");
        if (element instanceof Map<?, ?> map && !map.isEmpty()) {
          boolean first = true;
          for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!first) {
              out.append(" ".repeat(indent + 2));
            }
            first = false;
            entry(out, entry, indent + 2);
          }
        } else if (isBlock(element)) {
          out.append('\n');
          block(out, element, indent + 2);
        } else {
          inline(out, element);
          out.append('\n');
        }
      }
    }
  }

  private static void entry(StringBuilder out, Map.Entry<?, ?> entry, int indent) {
    StringBuilder key = new StringBuilder();
    inline(key, String.valueOf(entry.getKey()));
    if (key.length() > MAX_SIMPLE_KEY) {
      out.append("? ").append(key).append('\n').append(" ".repeat(indent)).append(':');
    } else {
      out.append(key).append(':');
    }
    Object value = entry.getValue();
    if (isBlock(value)) {
      out.append('\n');
      // Lists stand where their key stands, as kubectl writes them.
      block(out, value, value instanceof List ? indent : indent + 2);
    } else {
      out.append(' ');
      inline(out, value);
      out.append('\n');
    }
  }

  private static void inline(StringBuilder out, @Nullable Object value) {
    if (value instanceof String text) {
      if (PLAIN.matcher(text).matches() && !NOT_TEXT.contains(text.toLowerCase(Locale.ROOT))) {
        out.append(text);
      } else {
        quoted(out, text);
      }
    } else if (value instanceof Map) {
      out.append("{}");
    } else if (value instanceof List) {
      out.append("[]");
    } else {
      out.append(value); // numbers, booleans and null are written as in JSON
    }
  }

  private static void quoted(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          boolean odd =
              c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x2029 || c == 0xfeff;
          if (odd || Character.isSurrogate(c) && !paired(text, i) || c >= 0xfffe) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean paired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
