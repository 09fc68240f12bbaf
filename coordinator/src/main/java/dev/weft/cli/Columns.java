package dev.weft.cli;

import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.Kind;
import dev.weft.policy.MeshConfig;
import dev.weft.policy.MeshService;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** What a table shows of a resource between its name and its age. */
record Columns(List<String> names, Function<Map<String, Object>, List<String>> cells) {
  private static final Map<Kind, Columns> OF_KINDS =
      Map.of(
          PeerAuthentication.KIND,
          new Columns(
              List.of("MODE", "SELECTOR"),
              item -> List.of(mode(item), labels(item, "selector", "matchLabels"))),
          ServiceSpec.KIND,
          new Columns(
              List.of("PORT(S)", "SELECTOR"),
              item -> List.of(ports(item), labels(item, "selector"))),
          HttpRoute.KIND,
          new Columns(
              List.of("PARENTS", "RULES", "RESOLVED"),
              item ->
                  List.of(
                      refs(item, "parentRefs"),
                      String.valueOf(specList(item, "rules").size()),
                      resolved(item))),
          BackendTrafficPolicy.KIND,
          new Columns(List.of("TARGETS"), item -> List.of(targets(item))),
          MeshConfig.KIND,
          new Columns(List.of("SETTINGS"), item -> List.of(settings(item))),
          MeshService.KIND,
          new Columns(
              List.of("SERVICE", "EGRESS", "HOSTS", "ADDRESSES"),
              item ->
                  List.of(
                      adopting(item),
                      Trees.text(item, "spec", "egress"),
                      Trees.joined(item, "spec", "hosts"),
                      Trees.joined(item, "spec", "addresses"))));

  private static final Columns NONE = new Columns(List.of(), item -> List.of());

  static Columns of(Kind kind) {
    return OF_KINDS.getOrDefault(kind, NONE);
  }

  private static String settings(Map<String, Object> item) {
    List<String> settings = new ArrayList<>();
    if (Trees.at(item, "spec", "settings") instanceof Map<?, ?> values) {
      values.forEach((name, value) -> settings.add(name + "=" + value));
    }
    return settings.isEmpty() ? "-" : String.join(",", settings);
  }

  private static String adopting(Map<String, Object> item) {
    boolean named = Trees.at(item, "spec", "service") != null;
    return named || Trees.at(item, "spec", "egress") != null
        ? Trees.text(item, "spec", "service")
        : Trees.text(item, "metadata", "name");
  }

  private static String mode(Map<String, Object> item) {
    StringBuilder mode = new StringBuilder();
    Object own = Trees.at(item, "spec", "mtls", "mode");
    mode.append(own == null ? "UNSET" : own);
    if (Trees.at(item, "spec", "portLevelMtls") instanceof Map<?, ?> ports) {
      ports.forEach(
          (port, mtls) ->
              mode.append(' ').append(port).append(':').append(Trees.text(mtls, "mode")));
    }
    return mode.toString();
  }

  private static String labels(Map<String, Object> item, String... path) {
    List<String> labels = new ArrayList<>();
    if (Trees.at(Trees.at(item, "spec"), path) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> labels.add(key + "=" + value));
    }
    return labels.isEmpty() ? "<all>" : String.join(",", labels);
  }

  private static String ports(Map<String, Object> item) {
    List<String> ports = new ArrayList<>();
    for (Map<String, Object> port : specList(item, "ports")) {
      Object number = port.get("port");
      Object target = port.get("targetPort");
      ports.add(
          target == null || target.equals(number) ? String.valueOf(number) : number + "→" + target);
    }
    return ports.isEmpty() ? "<any>" : String.join(",", ports);
  }

  private static String targets(Map<String, Object> item) {
    Object single = Trees.at(item, "spec", "targetRef");
    return single == null ? refs(item, "targetRefs") : ref(single);
  }

  private static String refs(Map<String, Object> item, String field) {
    List<String> refs = new ArrayList<>();
    specList(item, field).forEach(ref -> refs.add(ref(ref)));
    return String.join(",", refs);
  }

  /** As {@code kubectl} names things: {@code service/orders}. */
  private static String ref(Object ref) {
    Object namespace = Trees.at(ref, "namespace");
    Object port = Trees.at(ref, "port");
    Object section = Trees.at(ref, "sectionName");
    return Trees.text(ref, "kind").toLowerCase(Locale.ROOT)
        + "/"
        + (namespace == null ? "" : namespace + "/")
        + Trees.text(ref, "name")
        + (port == null ? "" : ":" + port)
        + (section == null ? "" : "/" + section);
  }

  /** The condition ResolvedRefs; it is the same for all parents. */
  private static String resolved(Map<String, Object> item) {
    if (Trees.at(item, "status", "parents") instanceof List<?> parents && !parents.isEmpty()) {
      if (Trees.at(parents.get(0), "conditions") instanceof List<?> conditions) {
        for (Object condition : conditions) {
          if ("ResolvedRefs".equals(Trees.at(condition, "type"))) {
            return Trees.text(condition, "status");
          }
        }
      }
    }
    return "-";
  }

  private static List<Map<String, Object>> specList(Map<String, Object> item, String field) {
    @SuppressWarnings("unchecked")
    Map<String, Object> spec =
        Trees.at(item, "spec") instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    return Trees.list(spec, field);
  }
}
