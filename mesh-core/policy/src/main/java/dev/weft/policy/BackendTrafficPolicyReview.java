package dev.weft.policy;

import dev.weft.policy.BackendTrafficPolicy.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at a BackendTrafficPolicy that is accepted: targets that are not there, or taken. */
final class BackendTrafficPolicyReview {
  private static final Comparator<BackendTrafficPolicy> OLDEST_FIRST =
      Comparator.comparing(BackendTrafficPolicy::metadata, Metadata.OLDEST_FIRST);

  private BackendTrafficPolicyReview() {}

  static List<String> review(Resource resource, Surroundings surroundings) {
    BackendTrafficPolicy policy = (BackendTrafficPolicy) resource.spec();
    List<String> warnings = new ArrayList<>();
    for (Target target : policy.targets()) {
      String missing =
          target.route()
              ? missingRoute(resource.namespace(), target, surroundings)
              : missingService(resource.namespace(), target, surroundings);
      String name = (target.route() ? "HTTPRoute " : "Service ") + resource.namespace() + "/";
      if (missing != null) {
        warnings.add("targetRefs: " + name + target.name() + " " + missing);
      }
      String section = target.section() == null ? "" : " (" + target.section() + ")";
      older(policy, target, surroundings)
          .forEach(
              other ->
                  warnings.add(
                      "targetRefs: the older "
                          + other.rule()
                          + " is for "
                          + name
                          + target.name()
                          + section
                          + " as well; what both set is as that one says"));
    }
    return warnings;
  }

  private static @Nullable String missingService(
      String namespace, Target target, Surroundings surroundings) {
    ServiceName name = new ServiceName(namespace, target.name());
    ServiceSpec service = surroundings.service(name);
    String port = target.section();
    if (service != null
        && port != null
        && service.ports().stream().noneMatch(one -> port.equals(one.name()))) {
      return "has no port named " + port;
    }
    return surroundings.missing(name, -1);
  }

  private static @Nullable String missingRoute(
      String namespace, Target target, Surroundings surroundings) {
    Resource resource = surroundings.find(HttpRoute.KIND, namespace, target.name());
    if (resource == null) {
      return "does not exist";
    }
    String rule = target.section();
    return rule != null
            && ((HttpRoute) resource.spec())
                .rules().stream().noneMatch(one -> rule.equals(one.name()))
        ? "has no rule named " + rule
        : null;
  }

  private static List<BackendTrafficPolicy> older(
      BackendTrafficPolicy policy, Target target, Surroundings surroundings) {
    return surroundings.specs(BackendTrafficPolicy.class).stream()
        .filter(one -> one.metadata().namespace().equals(policy.metadata().namespace()))
        .filter(one -> !one.metadata().name().equals(policy.metadata().name()))
        .filter(one -> one.targets().contains(target))
        .filter(one -> OLDEST_FIRST.compare(one, policy) < 0)
        .toList();
  }
}
