package dev.weft.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Trees for tests. */
final class Trial {
  private Trial() {}

  /** A map of alternating names and values, which may be null. */
  static Map<String, Object> map(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  static Map<String, Object> peerAuthentication(String namespace, String name, Object spec) {
    return map(
        "apiVersion",
        "security.istio.io/v1",
        "kind",
        "PeerAuthentication",
        "metadata",
        map("name", name, "namespace", namespace),
        "spec",
        spec);
  }

  /** What a document of YAML holds, with whole numbers as Long. */
  static Map<String, Object> yaml(String text) {
    Object tree = new Load(LoadSettings.builder().build()).loadFromString(text);
    @SuppressWarnings("unchecked")
    Map<String, Object> map = (Map<String, Object>) withLongs(tree);
    return map;
  }

  private static Object withLongs(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put(String.valueOf(key), withLongs(value)));
      return copy;
    }
    if (tree instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(value -> copy.add(withLongs(value)));
      return copy;
    }
    return tree instanceof Integer number ? Long.valueOf(number) : tree;
  }

  /** Reads a valid document. */
  static Resource resource(String yaml) {
    return read(yaml(yaml));
  }

  static Resource read(Map<String, Object> tree) {
    try {
      return Kinds.parse(tree, "default");
    } catch (InvalidResourceException e) {
      throw new AssertionError(e);
    }
  }

  static PeerAuthentication parsed(Map<String, Object> tree) {
    try {
      return (PeerAuthentication) Kinds.parse(tree, "default").spec();
    } catch (InvalidResourceException e) {
      throw new AssertionError(e);
    }
  }

  /** What is wrong with it, one line each; empty if it is valid. */
  static List<String> problems(Map<String, Object> tree) {
    try {
      Kinds.parse(tree, "default");
      return List.of();
    } catch (InvalidResourceException e) {
      List<String> lines = new ArrayList<>();
      e.problems().forEach(problem -> lines.add(problem.toString()));
      return lines;
    }
  }
}
