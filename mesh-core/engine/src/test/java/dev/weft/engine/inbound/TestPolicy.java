package dev.weft.engine.inbound;

import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.RateLimit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Policy for tests, from YAML. */
final class TestPolicy {
  private TestPolicy() {}

  static AuthorizationPolicy authorization(String namespace, String name, String spec) {
    return authorization(namespace, name, spec, Map.of());
  }

  static AuthorizationPolicy authorization(
      String namespace, String name, String spec, Map<String, String> annotations) {
    return (AuthorizationPolicy)
        read("security.istio.io/v1", "AuthorizationPolicy", namespace, name, spec, annotations);
  }

  static RateLimit rateLimit(String rules) {
    String spec =
        "targetRefs: [{group: '', kind: Service, name: orders}]\nrateLimit:\n  local:\n    rules:\n";
    BackendTrafficPolicy policy =
        (BackendTrafficPolicy)
            read(
                "gateway.envoyproxy.io/v1alpha1",
                "BackendTrafficPolicy",
                "default",
                "p",
                spec + rules.stripTrailing().indent(4),
                Map.of());
    return policy.rateLimit();
  }

  private static Object read(
      String version,
      String kind,
      String namespace,
      String name,
      String spec,
      Map<String, String> annotations) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", version);
    tree.put("kind", kind);
    tree.put("metadata", Map.of("namespace", namespace, "name", name, "annotations", annotations));
    tree.put("spec", withLongs(new Load(LoadSettings.builder().build()).loadFromString(spec)));
    try {
      return Kinds.parse(tree, "default").spec();
    } catch (InvalidResourceException e) {
      throw new AssertionError(e);
    }
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
}
