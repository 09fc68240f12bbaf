package dev.weft.policy;

import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Condition;
import dev.weft.policy.AuthorizationPolicy.Key;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import java.util.ArrayList;
import java.util.List;

/** Finds what an AuthorizationPolicy says and probably does not mean. */
final class AuthorizationPolicyReview {
  private AuthorizationPolicyReview() {}

  static List<String> review(Resource resource, Surroundings surroundings) {
    AuthorizationPolicy policy = (AuthorizationPolicy) resource.spec();
    List<String> warnings = new ArrayList<>();
    reach(policy, warnings);
    if (!policy.rules().isEmpty()) {
      if (policy.action() == Action.DENY) {
        exactPaths(policy, warnings);
      }
      plaintext(policy, surroundings, warnings);
    }
    return policy.dryRun()
        ? warnings.stream().map(warning -> "were it enforced, and no dry run: " + warning).toList()
        : warnings;
  }

  /** What it concerns, where that is more, or less, than somebody may expect. */
  private static void reach(AuthorizationPolicy policy, List<String> warnings) {
    boolean mesh = Resource.isRoot(policy.metadata().namespace());
    String everything =
        mesh ? "the whole mesh" : "the whole namespace " + policy.metadata().namespace();
    String concerned =
        policy.selector().isEmpty()
            ? everything
            : "what it selects" + (mesh ? ", in every namespace" : "");
    if (policy.rules().isEmpty()) {
      warnings.add(
          policy.action() == Action.ALLOW
              ? "allows nothing, having no rules: every request to " + concerned + " is denied"
              : "has no effect: " + policy.action() + " without rules never matches");
    } else if (policy.action() == Action.ALLOW && policy.selector().isEmpty()) {
      warnings.add(
          "concerns "
              + everything
              + ", having no selector: whatever no ALLOW policy allows is denied there");
    }
  }

  private static void exactPaths(AuthorizationPolicy policy, List<String> warnings) {
    for (int i = 0; i < policy.rules().size(); i++) {
      for (Operation operation : policy.rules().get(i).to()) {
        List<String> paths = operation.paths().of();
        for (String path : paths) {
          if (path.startsWith("/")
              && path.length() > 1
              && !path.endsWith("*")
              && !path.endsWith("/")
              && !paths.contains(path + "/*")
              && !paths.contains(path + "*")) {
            warnings.add(
                "rule["
                    + i
                    + "] denies exactly "
                    + path
                    + ": many servers answer "
                    + path
                    + "/ in the same way, and what is below it stays open; add "
                    + path
                    + "/* if that is not meant");
            return;
          }
        }
      }
    }
  }

  /** A caller in plaintext has no identity: it slips past rules that name some. */
  private static void plaintext(
      AuthorizationPolicy policy, Surroundings surroundings, List<String> warnings) {
    List<PeerAuthentication> modes = new ArrayList<>();
    for (Resource resource : surroundings.resources()) {
      if (resource.spec() instanceof PeerAuthentication mode) {
        modes.add(mode);
      }
    }
    TlsMode mode =
        PeerAuthentication.effective(
                modes, policy.metadata().namespace(), policy.selector().matchLabels(), 0)
            .mode();
    if (mode == TlsMode.STRICT || policy.action() == Action.AUDIT) {
      return;
    }
    for (int i = 0; i < policy.rules().size(); i++) {
      boolean named = false;
      boolean excluded = false;
      for (Values values : identities(policy.rules().get(i))) {
        named |= !values.of().isEmpty();
        excluded |= values.of().isEmpty() && !values.not().isEmpty();
      }
      String rule = "rule[" + i + "] ";
      if (policy.action() == Action.DENY && named) {
        warnings.add(
            rule
                + "denies callers by identity, and callers in plaintext have none: they are not"
                + " denied until a PeerAuthentication makes the port STRICT");
      } else if (policy.action() == Action.ALLOW && excluded) {
        warnings.add(
            rule
                + "allows whoever has not certain identities, and callers in plaintext have none:"
                + " they are let in until a PeerAuthentication makes the port STRICT");
      } else if (policy.action() == Action.ALLOW && named) {
        warnings.add(
            rule
                + "allows callers by identity, and the port is "
                + mode
                + ": callers in plaintext have none, and are denied");
      }
    }
  }

  private static List<Values> identities(Rule rule) {
    List<Values> all = new ArrayList<>();
    for (Source source : rule.from()) {
      all.add(source.principals());
      all.add(source.namespaces());
    }
    for (Condition condition : rule.when()) {
      if (condition.key() == Key.SOURCE_PRINCIPAL || condition.key() == Key.SOURCE_NAMESPACE) {
        all.add(condition.values());
      }
    }
    return all;
  }
}
