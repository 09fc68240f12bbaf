package dev.weft.engine.inbound;

import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The AuthorizationPolicies that concern one port of one workload, compiled. Istio's order: a DENY
 * rule that matches denies; without an ALLOW policy everything else is allowed; with some, what one
 * of their rules matches; the rest is denied. Pure and immutable; allocates little unless it
 * denies.
 */
public final class Authorizer {
  private static final RuleMatcher[] NONE = {};
  private static final int SHOWN = 200;
  private static final String NO_ADDRESS =
      "the rules ask for the caller's address, which is not known: its connection is closed";
  private static final Authorization UNCONCERNED = Authorization.allowed(Authorization.NO_POLICY);

  private final RuleMatcher[] deny;
  private final RuleMatcher[] audit;
  private final RuleMatcher[] allow;
  private final Authorization[] allowed;

  /** Names of the ALLOW policies; null if there are none, and all is allowed that is not denied. */
  private final @Nullable String allowing;

  /** What is said where a rule denies that stands for a policy nobody could read. */
  private final Map<String, String> notUnderstood;

  private final String everyRule;
  private final boolean concerned;
  private final Authorization unconcerned;
  private final boolean paths;
  private final boolean hosts;
  private final boolean addresses;

  /** As if what is only tried were enforced too, without AUDIT; null if nothing is tried. */
  private final @Nullable Authorizer tried;

  private Authorizer(
      List<AuthorizationPolicy> policies,
      int port,
      Authorization unconcerned,
      @Nullable Authorizer tried) {
    this.tried = tried;
    this.unconcerned = unconcerned;
    this.deny = rules(policies, Action.DENY, port);
    this.audit = rules(policies, Action.AUDIT, port);
    this.allow = rules(policies, Action.ALLOW, port);
    this.allowed = new Authorization[allow.length];
    for (int i = 0; i < allow.length; i++) {
      allowed[i] = Authorization.allowed(allow[i].name);
    }
    this.allowing = names(policies.stream().filter(p -> p.action() == Action.ALLOW).toList());
    this.everyRule = String.valueOf(names(policies));
    Map<String, String> unread = new HashMap<>();
    for (AuthorizationPolicy policy : policies) {
      if (policy.notUnderstood() != null) {
        unread.put(ruleName(policy, 0), policy.notUnderstood());
      }
    }
    this.notUnderstood = Map.copyOf(unread);
    this.concerned = !policies.isEmpty();
    this.paths = policies.stream().anyMatch(RuleMatcher::readsPaths);
    this.hosts = policies.stream().anyMatch(RuleMatcher::readsHosts);
    this.addresses =
        policies.stream()
            .anyMatch(p -> p.action() != Action.AUDIT && RuleMatcher.readsAddresses(p));
  }

  /**
   * @param all whatever policies there are; those that do not concern the workload do not count
   * @param labels of the workload, with its service as {@code app}
   * @param port of the workload
   */
  public static Authorizer compile(
      Collection<AuthorizationPolicy> all, String namespace, Map<String, String> labels, int port) {
    List<AuthorizationPolicy> own =
        all.stream()
            .filter(policy -> policy.selects(namespace, labels))
            .sorted(Comparator.comparing(AuthorizationPolicy::rule))
            .toList();
    Authorizer tried = null;
    if (own.stream().anyMatch(AuthorizationPolicy::dryRun)) {
      List<AuthorizationPolicy> deciding =
          own.stream().filter(policy -> policy.action() != Action.AUDIT).toList();
      tried = new Authorizer(deciding, port, UNCONCERNED, null);
    }
    // Not even looked at for what is enforced: whether paths are read, say, is told by the others.
    List<AuthorizationPolicy> enforced =
        own.stream().filter(policy -> !policy.dryRun() || policy.action() == Action.AUDIT).toList();
    return new Authorizer(enforced, port, UNCONCERNED, tried);
  }

  /** One that denies everything but probes, for as long as it is not known what there is to say. */
  public static Authorizer denying(String rule, String why) {
    return new Authorizer(List.of(), 0, Authorization.denied(rule, why), null);
  }

  private static RuleMatcher[] rules(List<AuthorizationPolicy> policies, Action action, int port) {
    List<RuleMatcher> rules = new ArrayList<>();
    for (AuthorizationPolicy policy : policies) {
      if (policy.action() == action) {
        List<Rule> written = policy.rules();
        for (int i = 0; i < written.size(); i++) {
          RuleMatcher rule = RuleMatcher.of(written.get(i), ruleName(policy, i), port);
          if (rule != null) {
            rules.add(rule);
          }
        }
      }
    }
    return rules.toArray(NONE);
  }

  private static String ruleName(AuthorizationPolicy policy, int index) {
    return policy.rule() + " rule[" + index + "]";
  }

  /** The first few; null if there are none. */
  private static @Nullable String names(List<AuthorizationPolicy> policies) {
    if (policies.isEmpty()) {
      return null;
    }
    StringBuilder names = new StringBuilder(policies.get(0).rule());
    for (int i = 1; i < Math.min(3, policies.size()); i++) {
      names
          .append(", ")
          .append(policies.get(i).metadata().namespace())
          .append('/')
          .append(policies.get(i).metadata().name());
    }
    return policies.size() <= 3
        ? names.toString()
        : names.append(" and ").append(policies.size() - 3).append(" more").toString();
  }

  /** Whether any policy concerns the workload. */
  public boolean concerned() {
    return concerned;
  }

  /**
   * Decides about one request. Never throws: an error in here denies.
   *
   * @param probe whether it asks for the service's health, in which case no ALLOW policy has to
   *     name it; DENY still holds
   */
  public Authorization authorize(InboundRequest request, boolean probe) {
    Authorization enforced = enforced(request, probe);
    return tried == null ? enforced : enforced.tried(tried.enforced(request, probe));
  }

  private Authorization enforced(InboundRequest request, boolean probe) {
    if (!concerned) {
      return probe ? UNCONCERNED : unconcerned;
    }
    try {
      // Whichever rule it is: nobody is there to read an answer.
      if (addresses && request.source() == null) {
        return Authorization.denied(everyRule, NO_ADDRESS);
      }
      String problem = problem(request);
      return problem != null
          ? Authorization.malformed(everyRule, problem)
          : decide(request, probe).audited(first(audit, request));
    } catch (RuntimeException | StackOverflowError e) {
      return Authorization.failed(everyRule, e);
    }
  }

  /** Why a request cannot be decided about: what it says means different things to others. */
  private @Nullable String problem(InboundRequest request) {
    String problem = hosts || request.isAbsolute() ? request.hostProblem() : null;
    return problem == null && paths && request.path() == null ? request.pathProblem() : problem;
  }

  /** The order of Istio. */
  private Authorization decide(InboundRequest request, boolean probe) {
    for (RuleMatcher rule : deny) {
      if (rule.matches(request, false)) {
        return Authorization.denied(rule.name, why(request, "is denied", rule.name));
      }
    }
    if (allowing == null || probe) {
      return UNCONCERNED;
    }
    for (int i = 0; i < allow.length; i++) {
      if (allow[i].matches(request, true)) {
        return allowed[i];
      }
    }
    return Authorization.denied(allowing, why(request, "is allowed by no rule", allowing));
  }

  private static @Nullable String first(RuleMatcher[] rules, InboundRequest request) {
    for (RuleMatcher rule : rules) {
      if (rule.matches(request, false)) {
        return rule.name;
      }
    }
    return null;
  }

  private String why(InboundRequest request, String what, String rule) {
    String unread = notUnderstood.get(rule);
    if (unread != null) {
      return "everything is denied by a policy that this agent cannot read: " + unread;
    }
    String target = request.target();
    String shown = target.length() <= SHOWN ? target : target.substring(0, SHOWN) + "…";
    Peer peer = request.peer();
    String caller = peer == null ? "a caller without mesh TLS" : peer.toString();
    return request.method() + " " + shown + " by " + caller + " " + what;
  }
}
