package dev.weft.policy;

import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Condition;
import dev.weft.policy.AuthorizationPolicy.Key;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds what an AuthorizationPolicy says and probably does not mean. */
final class AuthorizationPolicyReview {
  /** One that is meant as a whole, without a star. */
  private static final Pattern PRINCIPAL = Pattern.compile("[^/*]+/ns/([^/*]+)/sa/([^/*]+)");

  private AuthorizationPolicyReview() {}

  static List<String> review(Resource resource, Surroundings surroundings) {
    AuthorizationPolicy policy = (AuthorizationPolicy) resource.spec();
    List<String> warnings = new ArrayList<>();
    String nothing = surroundings.selectsNothing(policy.metadata().namespace(), policy.selector());
    if (nothing != null) {
      warnings.add(nothing);
    }
    reach(policy, warnings);
    nobody(policy, surroundings, warnings);
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
    } else if (policy.rules().contains(Rule.ANY)) {
      // Under a selector it is how one writes that all may come, or nobody.
      if (policy.selector().isEmpty() && policy.action() != Action.AUDIT) {
        warnings.add(
            (policy.action() == Action.ALLOW ? "allows" : "denies")
                + " every request to "
                + everything
                + ": rule["
                + policy.rules().indexOf(Rule.ANY)
                + "], being empty, matches all");
      }
    } else if (policy.action() == Action.ALLOW && policy.selector().isEmpty()) {
      warnings.add(
          "concerns "
              + everything
              + ", having no selector: whatever no ALLOW policy allows is denied there");
    }
  }

  /** Callers and ports that there are not: a rule that names them matches nothing. */
  private static void nobody(
      AuthorizationPolicy policy, Surroundings surroundings, List<String> warnings) {
    for (int i = 0; i < policy.rules().size(); i++) {
      Rule rule = policy.rules().get(i);
      Set<String> found = new LinkedHashSet<>();
      for (Source source : rule.from()) {
        all(source.principals(), value -> principal(value, surroundings, found));
        all(source.namespaces(), value -> namespace(value, surroundings, found));
      }
      for (Operation operation : rule.to()) {
        all(operation.ports(), value -> port(value, policy, surroundings, found));
      }
      for (Condition condition : rule.when()) {
        switch (condition.key()) {
          case SOURCE_PRINCIPAL ->
              all(condition.values(), value -> principal(value, surroundings, found));
          case SOURCE_NAMESPACE ->
              all(condition.values(), value -> namespace(value, surroundings, found));
          case DESTINATION_PORT ->
              all(condition.values(), value -> port(value, policy, surroundings, found));
          case REQUEST_HEADER, SOURCE_IP -> {}
        }
      }
      for (String one : found) {
        warnings.add("rule[" + i + "]: " + one);
      }
    }
  }

  private static void all(Values values, Consumer<String> each) {
    values.of().forEach(each);
    values.not().forEach(each);
  }

  private static void principal(String value, Surroundings surroundings, Set<String> found) {
    Matcher parts = PRINCIPAL.matcher(value);
    if (parts.matches()) {
      add(found, surroundings.noSuchCaller(parts.group(1), parts.group(2)));
    }
  }

  private static void namespace(String value, Surroundings surroundings, Set<String> found) {
    if (value.indexOf('*') < 0) {
      add(found, surroundings.noSuchNamespace(value));
    }
  }

  private static void port(
      String value, AuthorizationPolicy policy, Surroundings surroundings, Set<String> found) {
    add(
        found,
        surroundings.noSuchPort(
            policy.metadata().namespace(), policy.selector(), Integer.parseInt(value)));
  }

  private static void add(Set<String> found, @Nullable String one) {
    if (one != null) {
      found.add(one);
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
    List<PeerAuthentication> modes = surroundings.specs(PeerAuthentication.class);
    TlsMode mode =
        PeerAuthentication.effective(
                modes, policy.metadata().namespace(), policy.selector().matchLabels(), 0)
            .mode();
    if (mode == TlsMode.STRICT
        || policy.action() == Action.AUDIT
        || policy.rules().contains(Rule.ANY)) {
      return; // a rule that matches all has whoever has no identity too
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
