package dev.weft.wire;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the fields of one JSON object of a message; errors name the field. */
final class Fields {
  private final Map<String, ?> map;
  private final String where;

  Fields(Map<String, ?> map, String where) {
    this.map = map;
    this.where = where;
  }

  String string(String name) throws WireException {
    String value = optionalString(name);
    if (value == null) {
      throw new WireException(where + "." + name + ": missing (expected: a string)");
    }
    return value;
  }

  @Nullable String optionalString(String name) throws WireException {
    Object value = map.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw wrong(name, value, "a string");
  }

  long number(String name, long absent) throws WireException {
    Object value = map.get(name);
    if (value == null) {
      return absent;
    }
    if (value instanceof Long number) {
      return number;
    }
    throw wrong(name, value, "an integer");
  }

  boolean bool(String name) throws WireException {
    Object value = map.get(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean bool) {
      return bool;
    }
    throw wrong(name, value, "true or false");
  }

  byte[] bytes(String name) throws WireException {
    return decode(name, string(name));
  }

  List<byte[]> bytesList(String name) throws WireException {
    List<byte[]> all = new ArrayList<>();
    for (String element : strings(name)) {
      all.add(decode(name, element));
    }
    return all;
  }

  List<String> strings(String name) throws WireException {
    List<String> all = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof String string)) {
        throw wrong(name, element, "strings");
      }
      all.add(string);
    }
    return all;
  }

  List<Long> numbers(String name) throws WireException {
    List<Long> all = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof Long number)) {
        throw wrong(name, element, "integers");
      }
      all.add(number);
    }
    return all;
  }

  List<Fields> objects(String name) throws WireException {
    List<Fields> all = new ArrayList<>();
    for (Map<String, Object> tree : trees(name)) {
      all.add(new Fields(tree, where + "." + name));
    }
    return all;
  }

  @SuppressWarnings("unchecked")
  List<Map<String, Object>> trees(String name) throws WireException {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof Map)) {
        throw wrong(name, element, "objects");
      }
      all.add((Map<String, Object>) element);
    }
    return all;
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> tree(String name) throws WireException {
    Object value = map.get(name);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw wrong(name, value, "an object");
  }

  Map<String, String> stringMap(String name) throws WireException {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : tree(name).entrySet()) {
      if (!(entry.getValue() instanceof String string)) {
        throw wrong(name + "." + entry.getKey(), entry.getValue(), "a string");
      }
      all.put(entry.getKey(), string);
    }
    return all;
  }

  <T extends Enum<T>> T constant(String name, Class<T> type) throws WireException {
    String value = string(name);
    for (T constant : type.getEnumConstants()) {
      if (constant.name().equals(value)) {
        return constant;
      }
    }
    throw wrong(name, value, "one of " + List.of(type.getEnumConstants()));
  }

  boolean has(String name) {
    return map.get(name) != null;
  }

  private List<?> list(String name) throws WireException {
    Object value = map.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(name, value, "a list");
  }

  private byte[] decode(String name, String base64) throws WireException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new WireException(where + "." + name + ": not base64", e);
    }
  }

  private WireException wrong(String name, @Nullable Object value, String expected) {
    String shown = String.valueOf(value);
    if (shown.length() > 80) {
      shown = shown.substring(0, 80) + "…";
    }
    return new WireException(where + "." + name + ": " + shown + " (expected: " + expected + ")");
  }
}
