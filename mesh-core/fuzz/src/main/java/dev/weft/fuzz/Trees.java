package dev.weft.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Inputs that are trees of maps, lists, strings, longs, doubles, booleans and nulls, as YAML and
 * JSON are read: values of the wrong kind, fields that are missing, moved, unknown, too many, too
 * deep. Kept as JSON.
 */
public final class Trees implements Form<Map<String, @Nullable Object>> {
  /** Reads JSON, or what includes it. */
  public interface Reader {
    @Nullable Object read(String json) throws IOException;
  }

  /** No input grows further when it has this many maps and lists. */
  private static final int MAX_SIZE = 1_000;

  /** Deeper than any reader lets anything be; what needs more has a test of its own. */
  private static final int MAX_DEPTH = 200;

  private static final Object[] ODD = {
    "",
    " ",
    "0",
    "-1",
    "true",
    "null",
    "*",
    "a*",
    "*a",
    "*.a",
    "/",
    "//",
    "..",
    "a/b",
    "a.b",
    "é",
    "\u0000",
    "\u001b[2J",
    "\r\n",
    "\ud800",
    "2147483648",
    "1e999",
    "10s",
    "-5m",
    "1h1h",
    "999999h",
    "(",
    "(a+)+$",
    "[",
    "10.0.0.0/8",
    "::/0",
    "1.2.3.4/33",
    "2026-01-01T00:00:00Z",
    0L,
    1L,
    -1L,
    65535L,
    65536L,
    2147483647L,
    2147483648L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0.5,
    -0.0,
    1e308,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    true,
    false
  };

  private final Reader reader;
  private final String[] words;

  /**
   * @param words that mean something to what is tried: names of fields, values
   */
  public Trees(Reader reader, String... words) {
    this.reader = reader;
    this.words = words.clone();
  }

  @Override
  public Map<String, @Nullable Object> mutate(
      Map<String, @Nullable Object> input,
      List<Map<String, @Nullable Object>> others,
      SplittableRandom random) {
    Map<String, @Nullable Object> next = copy(input);
    for (int steps = 1 + random.nextInt(1 << random.nextInt(4)); steps > 0; steps--) {
      List<Object> inner = new ArrayList<>();
      inner(next, inner);
      if (inner.size() > MAX_SIZE) {
        break;
      }
      step(inner.get(random.nextInt(inner.size())), others, random);
    }
    return depth(next) > MAX_DEPTH ? input : next;
  }

  private void step(
      Object node, List<Map<String, @Nullable Object>> others, SplittableRandom random) {
    if (node instanceof Map<?, ?> some) {
      Map<String, @Nullable Object> map = cast(some);
      List<String> keys = new ArrayList<>(map.keySet());
      String key = keys.isEmpty() ? word(random) : keys.get(random.nextInt(keys.size()));
      switch (random.nextInt(6)) {
        case 0 -> map.remove(key);
        case 1 -> map.put(word(random), value(others, random));
        case 2 -> map.put(word(random), map.remove(key));
        case 3 -> map.put(key, wrapped(map.get(key), random));
        default -> map.put(key, value(others, random));
      }
    } else if (node instanceof List<?> some) {
      List<@Nullable Object> list = cast(some);
      int at = random.nextInt(list.size() + 1);
      switch (random.nextInt(5)) {
        case 0 -> list.add(at, value(others, random));
        case 1 -> {
          if (at < list.size()) {
            list.remove(at);
          }
        }
        case 2 -> {
          if (at < list.size()) {
            List<Object> inner = new ArrayList<>();
            inner(list.get(at), inner);
            int times = Math.min(1 << random.nextInt(11), MAX_SIZE / (1 + inner.size()));
            for (int n = 0; n < times; n++) {
              list.add(copyOf(list.get(at)));
            }
          }
        }
        default -> {
          if (at < list.size()) {
            list.set(at, value(others, random));
          }
        }
      }
    }
  }

  private @Nullable Object value(
      List<Map<String, @Nullable Object>> others, SplittableRandom random) {
    switch (random.nextInt(8)) {
      case 0 -> {
        return null;
      }
      case 1 -> {
        return new LinkedHashMap<String, @Nullable Object>();
      }
      case 2 -> {
        return new ArrayList<@Nullable Object>();
      }
      case 3 -> {
        return word(random);
      }
      case 4 -> {
        List<Object> inner = new ArrayList<>();
        inner(others.get(random.nextInt(others.size())), inner);
        return copyOf(inner.get(random.nextInt(inner.size())));
      }
      case 5 -> {
        return word(random).repeat(1 << random.nextInt(14));
      }
      default -> {
        return ODD[random.nextInt(ODD.length)];
      }
    }
  }

  private static @Nullable Object wrapped(@Nullable Object value, SplittableRandom random) {
    Object outer = value;
    for (int depth = 1 << random.nextInt(7); depth > 0; depth--) {
      List<@Nullable Object> list = new ArrayList<>();
      list.add(outer);
      outer = list;
    }
    return outer;
  }

  private String word(SplittableRandom random) {
    return words.length == 0 ? "x" : words[random.nextInt(words.length)];
  }

  /** Every map and list of the tree. */
  private static void inner(@Nullable Object node, List<Object> into) {
    if (node instanceof Map<?, ?> map) {
      into.add(map);
      map.values().forEach(value -> inner(value, into));
    } else if (node instanceof List<?> list) {
      into.add(list);
      list.forEach(value -> inner(value, into));
    }
  }

  private static int depth(@Nullable Object node) {
    int deepest = 0;
    if (node instanceof Map<?, ?> map) {
      for (Object value : map.values()) {
        deepest = Math.max(deepest, 1 + depth(value));
      }
    } else if (node instanceof List<?> list) {
      for (Object value : list) {
        deepest = Math.max(deepest, 1 + depth(value));
      }
    }
    return deepest;
  }

  private static Map<String, @Nullable Object> copy(Map<String, @Nullable Object> map) {
    return cast((Map<?, ?>) Objects.requireNonNull(copyOf(map)));
  }

  private static @Nullable Object copyOf(@Nullable Object node) {
    if (node instanceof Map<?, ?> map) {
      Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put(key, copyOf(value)));
      return copy;
    }
    if (node instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(value -> copy.add(copyOf(value)));
      return copy;
    }
    return node;
  }

  @SuppressWarnings("unchecked") // trees have names for keys
  private static Map<String, @Nullable Object> cast(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) map;
  }

  @SuppressWarnings("unchecked") // whatever it holds
  private static List<@Nullable Object> cast(List<?> list) {
    return (List<@Nullable Object>) list;
  }

  @Override
  public byte[] write(Map<String, @Nullable Object> input) {
    StringBuilder json = new StringBuilder();
    json(input, json);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void json(@Nullable Object node, StringBuilder out) {
    if (node instanceof Map<?, ?> map) {
      String before = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(before);
        json(entry.getKey(), out);
        out.append(": ");
        json(entry.getValue(), out);
        before = ",\n";
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (node instanceof List<?> list) {
      String before = "[";
      for (Object value : list) {
        out.append(before);
        json(value, out);
        before = ", ";
      }
      out.append(list.isEmpty() ? "[]" : "]");
    } else if (node instanceof String text) {
      out.append('"');
      text.chars()
          .forEach(
              c -> {
                if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
                  out.append(String.format("\\u%04x", c));
                } else {
                  out.append((char) c);
                }
              });
      out.append('"');
    } else {
      out.append(node);
    }
  }

  @Override
  public Map<String, @Nullable Object> read(byte[] file) throws IOException {
    if (reader.read(new String(file, StandardCharsets.UTF_8)) instanceof Map<?, ?> map) {
      return cast(map);
    }
    throw new IOException("no map");
  }
}
