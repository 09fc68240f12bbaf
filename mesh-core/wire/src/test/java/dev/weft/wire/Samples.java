package dev.weft.wire;

import dev.weft.wire.Bound.Binary;
import dev.weft.wire.Bound.Flag;
import dev.weft.wire.Bound.Form;
import dev.weft.wire.Bound.Many;
import dev.weft.wire.Bound.Named;
import dev.weft.wire.Bound.Resource;
import dev.weft.wire.Bound.Shape;
import dev.weft.wire.Bound.Text;
import dev.weft.wire.Bound.Whole;
import dev.weft.wire.Bound.Word;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Messages made from the table of {@link Bounds}: good ones, ones at a bound, and ones beyond it,
 * for every field there is. A field that is added to the table is tried without another line.
 */
public final class Samples {
  /**
   * A message in which one thing was changed.
   *
   * @param field that was, as a refusal names it
   * @param what it holds now
   * @param ofItsType whether a sender that knows the types could have said so
   */
  public record Changed(
      String type, String field, String what, boolean ofItsType, Map<String, Object> message) {
    public byte[] encoded() {
      return Json.bytes(message);
    }

    @Override
    public String toString() {
      return field + ": " + what;
    }
  }

  private record Value(String what, boolean ofItsType, Object value) {
    Value(String what, Object value) {
      this(what, true, value);
    }
  }

  private record At(String field, Value value) {}

  private Samples() {}

  /** A message with every field that it can have, well within bounds. */
  public static Map<String, Object> good(String type) {
    return message(type, good(Bounds.messages().get(type)));
  }

  /** Each field at its bound, one after the other. */
  public static List<Changed> atBounds(String type) {
    return changed(type, Samples::greatest);
  }

  /** Each field beyond its bound, one after the other, in every way. */
  public static List<Changed> beyond(String type) {
    return changed(type, Samples::wrong);
  }

  private static List<Changed> changed(String type, Function<Bound, List<Value>> values) {
    List<Changed> all = new ArrayList<>();
    Shape shape = Bounds.messages().get(type);
    for (Map.Entry<String, Bound> field : shape.fields().entrySet()) {
      for (At at : walk(field.getValue(), type + "." + field.getKey(), values)) {
        Map<String, Object> fields = object(good(shape));
        fields.put(field.getKey(), at.value().value());
        all.add(
            new Changed(
                type,
                at.field(),
                at.value().what(),
                at.value().ofItsType(),
                message(type, fields)));
      }
    }
    return all;
  }

  private static Map<String, Object> message(String type, Object fields) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("t", type);
    message.putAll(object(fields));
    return message;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value) {
    return new LinkedHashMap<>((Map<String, Object>) value);
  }

  /** The values of a bound itself, and those of all that is in it. */
  private static List<At> walk(Bound bound, String where, Function<Bound, List<Value>> values) {
    List<At> all = new ArrayList<>();
    values.apply(bound).forEach(value -> all.add(new At(where, value)));
    if (bound instanceof Shape shape) {
      shape
          .fields()
          .forEach(
              (name, inner) -> {
                for (At at : walk(inner, where + "." + name, values)) {
                  Map<String, Object> fields = object(good(shape));
                  fields.put(name, at.value().value());
                  all.add(within(at, fields));
                }
              });
    } else if (bound instanceof Many many) {
      walk(many.each(), where, values)
          .forEach(at -> all.add(within(at, List.of(at.value().value()))));
    } else if (bound instanceof Named named) {
      for (At at : walk(named.key(), where, values)) {
        if (at.value().value() instanceof String key) { // JSON has no other keys
          all.add(within(at, Map.of(key, good(named.each()))));
        }
      }
      String key = text(named.key().form(), 1);
      walk(named.each(), where + "." + key, values)
          .forEach(at -> all.add(within(at, Map.of(key, at.value().value()))));
    }
    return all;
  }

  private static At within(At inner, Object value) {
    return new At(inner.field(), new Value(inner.value().what(), inner.value().ofItsType(), value));
  }

  private static Object good(Bound bound) {
    if (bound instanceof Text text) {
      return text(text.form(), 1);
    } else if (bound instanceof Whole whole) {
      return Math.max(whole.min(), Math.min(whole.max(), 7));
    } else if (bound instanceof Flag) {
      return true;
    } else if (bound instanceof Word word) {
      return word.words().iterator().next();
    } else if (bound instanceof Binary) {
      return bytes(9);
    } else if (bound instanceof Many many) {
      return List.of(good(many.each()));
    } else if (bound instanceof Named named) {
      return Map.of(text(named.key().form(), 1), good(named.each()));
    } else if (bound instanceof Shape shape) {
      Map<String, Object> fields = new LinkedHashMap<>();
      shape.fields().forEach((name, inner) -> fields.put(name, good(inner)));
      return fields;
    }
    return Map.of("kind", "Service");
  }

  private static List<Value> greatest(Bound bound) {
    if (bound instanceof Text text) {
      return List.of(new Value(text.max() + " characters", longest(text)));
    } else if (bound instanceof Whole whole) {
      return List.of(new Value("least", whole.min()), new Value("greatest", whole.max()));
    } else if (bound instanceof Word word) {
      return word.words().stream().map(one -> new Value(one, one)).toList();
    } else if (bound instanceof Binary binary) {
      return List.of(new Value(binary.max() + " bytes", bytes(binary.max())));
    } else if (bound instanceof Many many) {
      return List.of(
          new Value("none", List.of()), new Value(many.max() + " of them", many(many, many.max())));
    } else if (bound instanceof Named named) {
      return List.of(
          new Value("none", Map.of()),
          new Value(named.max() + " of them", named(named, named.max())));
    }
    return List.of();
  }

  private static List<Value> wrong(Bound bound) {
    List<Value> all = new ArrayList<>();
    if (bound instanceof Text text) {
      all.add(new Value(text.max() + 1 + " characters", longest(text) + "x"));
      all.add(new Value("very long", "x".repeat(text.max() + 500)));
      all.add(new Value("an escape", "a\u001b[2J\u001b]0;b\u0007"));
      all.add(new Value("a new line", "a\nERROR b"));
      all.add(new Value("a C1 control", "a\u009b31mb"));
      all.add(new Value("a right-to-left override", "a\u202eb"));
      all.add(new Value("a zero", "a\u0000b"));
      if (text.form() != Form.TEXT) {
        all.add(new Value("no ASCII", "añb"));
      }
      if (text.form() != Form.TEXT && text.form() != Form.ASCII) {
        all.add(new Value("another form", "Not one!"));
        all.add(new Value("a path", "../etc passwd"));
        all.add(new Value("empty but for a space", " "));
      }
      all.add(new Value("a number", false, 3L));
      all.add(new Value("a list", false, List.of("a")));
    } else if (bound instanceof Whole whole) {
      if (whole.max() < Long.MAX_VALUE) {
        all.add(new Value("one too many", whole.max() + 1));
        all.add(new Value("the greatest there is", Long.MAX_VALUE));
      }
      all.add(new Value("one too few", whole.min() - 1));
      all.add(new Value("the least there is", Long.MIN_VALUE));
      all.add(new Value("a fraction", false, 0.5));
      all.add(new Value("a string", false, "7"));
    } else if (bound instanceof Flag) {
      all.add(new Value("a string", false, "true"));
      all.add(new Value("a number", false, 1L));
    } else if (bound instanceof Word) {
      all.add(new Value("another word", false, "NONE\u001b[2J"));
      all.add(new Value("a number", false, 1L));
    } else if (bound instanceof Binary binary) {
      all.add(new Value("three bytes more", false, bytes(binary.max() + 3)));
      all.add(new Value("very long", false, bytes(400_000)));
      all.add(new Value("a number", false, 1L));
    } else if (bound instanceof Many many) {
      all.add(new Value(many.max() + 1 + " of them", many(many, many.max() + 1)));
      all.add(new Value("an object", false, Map.of("a", 1L)));
      all.add(new Value("a string", false, "a"));
      List<Object> nothing = new ArrayList<>();
      nothing.add(null);
      all.add(new Value("nulls", false, nothing));
    } else if (bound instanceof Named named) {
      all.add(new Value(named.max() + 1 + " of them", named(named, named.max() + 1)));
      all.add(new Value("a list", false, List.of("a")));
      all.add(new Value("a string", false, "a"));
    } else if (bound instanceof Shape || bound instanceof Resource) {
      all.add(new Value("a list", false, List.of("a")));
      all.add(new Value("a number", false, 1L));
    }
    return all;
  }

  private static String longest(Text text) {
    switch (text.form()) {
      case LABEL:
        return "x".repeat(63);
      case SERVICE:
      case PEER:
        return "x".repeat(63) + "/" + "y".repeat(63);
      case UUID:
        return text(Form.UUID, 2);
      case HEX:
        return "a".repeat(text.max());
      case STATUS:
        return "599";
      default:
        return "x".repeat(text.max());
    }
  }

  private static String text(Form form, int i) {
    switch (form) {
      case SERVICE:
      case PEER:
        return "default/s" + i;
      case UUID:
        return new java.util.UUID(1, i).toString();
      case HEX:
        return Integer.toHexString(i);
      case STATUS:
        return String.valueOf(i);
      default:
        return "a" + i;
    }
  }

  private static List<Object> many(Many many, int count) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(many.each() instanceof Text text ? text(text.form(), i) : good(many.each()));
    }
    return all;
  }

  private static Map<String, Object> named(Named named, int count) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      all.put(text(named.key().form(), i), good(named.each()));
    }
    return all;
  }

  private static String bytes(int count) {
    return Base64.getEncoder().encodeToString(new byte[count]);
  }
}
