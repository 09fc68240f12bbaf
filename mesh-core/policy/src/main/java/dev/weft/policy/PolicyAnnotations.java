package dev.weft.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Annotations and labels by which other meshes are told what to do. They are honoured or refused:
 * one that was ignored would be policy that its author believes in. Those of other tools are
 * theirs, and pass.
 */
final class PolicyAnnotations {
  /** Istio's: an AuthorizationPolicy is decided about and logged, and not enforced. */
  static final String DRY_RUN = "istio.io/dry-run";

  /** Whose annotations are policy, but for those that are known to say nothing. */
  private static final List<String> DOMAINS =
      List.of(
          "istio.io",
          "linkerd.io",
          "gateway.networking.k8s.io",
          "gateway.envoyproxy.io",
          // Kubernetes' own for Services: topology-mode, tolerate-unready-endpoints and the like.
          "service.kubernetes.io",
          "service.alpha.kubernetes.io");

  /** What says nothing of the traffic, whatever its value. */
  private static final Set<String> SAY_NOTHING =
      Set.of(
          "istio.io/rev",
          "linkerd.io/created-by",
          "linkerd.io/control-plane-component",
          "linkerd.io/control-plane-ns",
          "linkerd.io/proxy-version",
          "viz.linkerd.io/tap-enabled");

  /** What says what is so anyway. */
  private static final Map<String, String> AS_IT_IS =
      Map.of(
          "sidecar.istio.io/inject",
          "true",
          "linkerd.io/inject",
          "enabled",
          "networking.istio.io/exportTo",
          "*",
          "service.kubernetes.io/topology-mode",
          "Disabled");

  /** What to write instead, by the beginning of the name. */
  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry(
              "retry.linkerd.io/",
              "write rules[].retry of an HTTPRoute, or retry of a BackendTrafficPolicy"),
          Map.entry(
              "timeout.linkerd.io/",
              "write rules[].timeouts of an HTTPRoute, or timeout of a BackendTrafficPolicy"),
          Map.entry(
              "balancer.linkerd.io/",
              "write healthCheck.passive, or loadBalancer, of a BackendTrafficPolicy"),
          Map.entry("config.linkerd.io/opaque-ports", "write ports[].appProtocol: tcp"),
          Map.entry(
              "config.linkerd.io/default-inbound-policy",
              "write an AuthorizationPolicy, and a PeerAuthentication"));

  /** Labels that steer traffic; all others are free, those of these domains too. */
  private static final List<String> STEERING_LABELS =
      List.of(
          "istio.io/use-waypoint",
          "istio.io/use-waypoint-namespace",
          "istio.io/ingress-use-waypoint",
          "mirror.linkerd.io/exported");

  private PolicyAnnotations() {}

  /** Refuses an annotation that is policy and not honoured here. */
  static void check(FieldReader annotations, String key, String value, Kind kind) {
    if (key.equals(DRY_RUN) && kind.name().equals(AuthorizationPolicy.NAME)) {
      if (!value.equals("true") && !value.equals("false")) {
        annotations.wrong(key, value, "true or false");
      }
      return;
    }
    String domain = key.indexOf('/') < 0 ? "" : key.substring(0, key.indexOf('/'));
    boolean policy = DOMAINS.stream().anyMatch(d -> domain.equals(d) || domain.endsWith("." + d));
    if (policy && !SAY_NOTHING.contains(key) && !value.equals(AS_IT_IS.get(key))) {
      annotations.wrong(key, value, "absent: " + why(key));
    }
  }

  /** Refuses a label that is policy and not honoured here. */
  static void checkLabel(FieldReader labels, String key, String value) {
    if (STEERING_LABELS.contains(key)) {
      labels.wrong(key, value, "absent: traffic is not led elsewhere by labels here");
    }
  }

  private static String why(String key) {
    if (key.equals(DRY_RUN)) {
      return "only an AuthorizationPolicy can be tried without being enforced";
    }
    String instead =
        INSTEAD.entrySet().stream()
            .filter(entry -> key.startsWith(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(null);
    return "policy by this annotation is not honoured" + (instead == null ? "" : "; " + instead);
  }
}
