package dev.weft.wire;

import dev.weft.policy.Dns1123;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a field may hold: its type, and how much of it. Whoever receives refuses what is beyond
 * ({@link #check}); whoever sends makes it fit before ({@link #fitted}), so that an honest peer is
 * never refused.
 */
public sealed interface Bound {
  /**
   * Refuses a value that is beyond.
   *
   * @param where the field, for the message
   * @throws WireException naming the field, what it holds and what was expected
   */
  void check(Object value, String where) throws WireException;

  /**
   * The value, cut to what may be sent.
   *
   * @return null if nothing of it can be sent
   */
  @Nullable Object fitted(Object value);

  /** Which characters a text may have. */
  enum Form {
    /** Anything that can be shown. */
    TEXT("text without control characters", Plain::isPlain),
    ASCII("printable ASCII", Form::isAscii),
    LABEL_KEY("letters, digits, '.', '_', '/' and '-'", Form::isLabelKey),
    STATUS("a status: up to three digits", Form::isStatus),
    HEX("lower-case hexadecimal", Form::isHex),
    UUID("a UUID in lower case", Form::isUuid),
    LABEL("a DNS-1123 label", Dns1123::isLabel),
    SERVICE("namespace/service", Form::isService),
    PEER("namespace/service, unknown, outside or other", Form::isPeer);

    private final String expected;
    private final Predicate<String> allowed;

    Form(String expected, Predicate<String> allowed) {
      this.expected = expected;
      this.allowed = allowed;
    }

    boolean allows(String text) {
      return allowed.test(text);
    }

    private static boolean isAscii(String text) {
      return text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private static boolean isLabelKey(String text) {
      return !text.isEmpty()
          && text.chars().allMatch(c -> isAlphanumeric(c) || "._/-".indexOf(c) >= 0);
    }

    private static boolean isAlphanumeric(int c) {
      return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c);
    }

    private static boolean isDigit(int c) {
      return c >= '0' && c <= '9';
    }

    private static boolean isStatus(String text) {
      return !text.isEmpty() && text.length() <= 3 && text.chars().allMatch(Form::isDigit);
    }

    private static boolean isHex(String text) {
      return text.chars().allMatch(c -> isDigit(c) || c >= 'a' && c <= 'f');
    }

    private static boolean isUuid(String text) {
      if (text.length() != 36) {
        return false;
      }
      for (int i = 0; i < 36; i++) {
        char c = text.charAt(i);
        boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !(isDigit(c) || c >= 'a' && c <= 'f')) {
          return false;
        }
      }
      return true;
    }

    private static boolean isService(String text) {
      int slash = text.indexOf('/');
      return slash > 0
          && Dns1123.isLabel(text.substring(0, slash))
          && Dns1123.isLabel(text.substring(slash + 1));
    }

    private static boolean isPeer(String text) {
      return text.equals("unknown")
          || text.equals("outside")
          || text.equals("other")
          || isService(text);
    }
  }

  /**
   * A text.
   *
   * @param max characters
   */
  record Text(int max, Form form) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof String text)) {
        throw refused(where, value, "a string");
      }
      if (text.length() > max) {
        throw refused(where, text.length() + " characters", "at most " + max);
      }
      if (!form.allows(text)) {
        throw refused(where, value, form.expected);
      }
    }

    @Override
    public @Nullable Object fitted(Object value) {
      if (!(value instanceof String text)) {
        return null;
      }
      if (text.length() <= max && form.allows(text)) {
        return text;
      }
      switch (form) {
        case TEXT:
          return Plain.shortened(text, max);
        case ASCII:
          String ascii = text.replaceAll("[^ -~]", "?");
          return ascii.length() <= max ? ascii : ascii.substring(0, max);
        default:
          return null; // half a name is another name
      }
    }
  }

  /** An integer. */
  record Whole(long min, long max) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof Long number)) {
        throw refused(where, value, "an integer");
      }
      if (number < min || number > max) {
        throw refused(where, value, min + " to " + max);
      }
    }

    @Override
    public Object fitted(Object value) {
      long number = value instanceof Number any ? any.longValue() : min;
      return Math.max(min, Math.min(max, number));
    }
  }

  /** True or false. */
  record Flag() implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof Boolean)) {
        throw refused(where, value, "true or false");
      }
    }

    @Override
    public Object fitted(Object value) {
      return value;
    }
  }

  /** One of some words. */
  record Word(Set<String> words) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof String) || !words.contains(value)) {
        throw refused(where, value, "one of " + words);
      }
    }

    @Override
    public @Nullable Object fitted(Object value) {
      return value instanceof String && words.contains(value) ? value : null;
    }
  }

  /**
   * Bytes, as base64.
   *
   * @param max bytes
   */
  record Binary(int max) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof String base64)) {
        throw refused(where, value, "base64");
      }
      if (base64.length() > (max + 2) / 3 * 4) {
        throw refused(where, base64.length() / 4 * 3 + " bytes", "at most " + max);
      }
    }

    @Override
    public @Nullable Object fitted(Object value) {
      return value instanceof String base64 && base64.length() <= (max + 2) / 3 * 4 ? value : null;
    }
  }

  /** A list. */
  record Many(int max, Bound each) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof List<?> list)) {
        throw refused(where, value, "a list");
      }
      if (list.size() > max) {
        throw refused(where, list.size() + " of them", "at most " + max);
      }
      for (Object one : list) {
        if (one == null) {
          throw refused(where, "null", "no nulls");
        }
        each.check(one, where);
      }
    }

    @Override
    public Object fitted(Object value) {
      List<Object> fitted = new ArrayList<>();
      for (Object one : (Iterable<?>) value) {
        Object fits = fitted.size() == max ? null : each.fitted(one);
        if (fits != null) {
          fitted.add(fits);
        }
      }
      return fitted;
    }
  }

  /** A map whose keys the sender chooses. */
  record Named(int max, Text key, Bound each) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof Map<?, ?> map)) {
        throw refused(where, value, "an object");
      }
      if (map.size() > max) {
        throw refused(where, map.size() + " of them", "at most " + max);
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        key.check(entry.getKey(), where);
        if (entry.getValue() == null) {
          throw refused(where + "." + entry.getKey(), "null", "no nulls");
        }
        each.check(entry.getValue(), where + "." + entry.getKey());
      }
    }

    @Override
    public Object fitted(Object value) {
      Map<String, Object> fitted = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        Object name = key.fitted(String.valueOf(entry.getKey()));
        Object fits = entry.getValue() == null ? null : each.fitted(entry.getValue());
        if (name != null && fits != null && fitted.size() < max) {
          fitted.put((String) name, fits);
        }
      }
      return fitted;
    }
  }

  /** An object. A field that it does not have is of a newer peer, and ignored. */
  record Shape(Map<String, Bound> fields) implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof Map<?, ?> map)) {
        throw refused(where, value, "an object");
      }
      for (Map.Entry<String, Bound> field : fields.entrySet()) {
        Object held = map.get(field.getKey());
        if (held != null) {
          field.getValue().check(held, where + "." + field.getKey());
        }
      }
    }

    /** Null if one of its fields cannot be sent: the rest would mean something else. */
    @Override
    public @Nullable Map<String, @Nullable Object> fitted(Object value) {
      Map<String, @Nullable Object> fitted = new LinkedHashMap<>();
      for (Map.Entry<?, ?> field : ((Map<?, ?>) value).entrySet()) {
        Bound bound = fields.get(field.getKey());
        Object held = field.getValue();
        if (held != null && bound != null) {
          held = bound.fitted(held);
          if (held == null) {
            return null;
          }
        }
        fitted.put(String.valueOf(field.getKey()), held);
      }
      return fitted;
    }
  }

  /** A policy resource: what is in it is the policy readers' to judge. */
  record Resource() implements Bound {
    @Override
    public void check(Object value, String where) throws WireException {
      if (!(value instanceof Map)) {
        throw refused(where, value, "an object");
      }
    }

    @Override
    public Object fitted(Object value) {
      return value;
    }
  }

  private static WireException refused(String where, @Nullable Object value, String expected) {
    return new WireException(
        Plain.shortened(where, 120)
            + ": "
            + Plain.shortened(String.valueOf(value), 80)
            + " (expected: "
            + expected
            + ")");
  }
}
