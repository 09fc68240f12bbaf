package dev.weft.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code status} of an HTTPRoute, as the Gateway API has it: worked out when it is read, so that it
 * is never older than what it is about. It says nothing of when a condition came about.
 */
public final class HttpRouteStatus {
  /** Who has seen to the route. */
  public static final String CONTROLLER = "weft.dev/mesh";

  private HttpRouteStatus() {}

  public static Map<String, Object> tree(HttpRoute route, Surroundings surroundings) {
    List<String> unresolved = HttpRouteReview.unresolved(route, surroundings);
    List<Object> parents = new ArrayList<>();
    for (HttpRoute.Parent parent : route.parents()) {
      Map<String, Object> ref = new LinkedHashMap<>();
      ref.put("group", "");
      ref.put("kind", ServiceSpec.KIND.name());
      ref.put("namespace", parent.service().namespace());
      ref.put("name", parent.service().name());
      if (parent.port() != null) {
        ref.put("port", (long) parent.port());
      }
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("parentRef", ref);
      tree.put("controllerName", CONTROLLER);
      tree.put(
          "conditions",
          List.of(
              // A route may be there before its Service is.
              condition("Accepted", true, "Accepted", "the route is in force"),
              unresolved.isEmpty()
                  ? condition(
                      "ResolvedRefs", true, "ResolvedRefs", "all that it refers to is there")
                  : condition(
                      "ResolvedRefs", false, "BackendNotFound", String.join("; ", unresolved))));
      parents.add(tree);
    }
    return Map.of("parents", parents);
  }

  private static Map<String, Object> condition(
      String type, boolean status, String reason, String message) {
    Map<String, Object> condition = new LinkedHashMap<>();
    condition.put("type", type);
    condition.put("status", status ? "True" : "False");
    condition.put("reason", reason);
    condition.put("message", message);
    return condition;
  }
}
