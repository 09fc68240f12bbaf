package dev.weft.policy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code AuthorizationPolicy} of Istio: who may do what with the workloads that it selects. In the
 * root namespace it concerns all namespaces. Immutable.
 *
 * @param action what a rule that matches does
 * @param rules any of which is enough; empty: none ever matches, so that ALLOW allows nothing
 * @param notUnderstood why the resource could not be read; then it denies whatever comes to what it
 *     selects (see {@link #denying}). Null in every other
 */
public record AuthorizationPolicy(
    Metadata metadata,
    Selector selector,
    Action action,
    List<Rule> rules,
    @Nullable String notUnderstood) {
  public AuthorizationPolicy {
    rules = List.copyOf(rules);
  }

  static final String NAME = "AuthorizationPolicy";

  public static final Kind KIND =
      new Kind(
          NAME,
          "authorizationpolicies",
          List.of("ap", "authz"),
          List.of("security.istio.io/v1", "security.istio.io/v1beta1"),
          false,
          AuthorizationPolicyReader::read,
          AuthorizationPolicyReview::review);

  /** What is done about a request that a rule matches. */
  public enum Action {
    /** Let in; and whatever no such policy matches is denied. */
    ALLOW,
    /** Denied, whatever is allowed besides. */
    DENY,
    /** Logged; nothing else. */
    AUDIT
  }

  /**
   * One rule: one of {@code from}, one of {@code to} and all of {@code when}.
   *
   * @param from empty: anybody
   * @param to empty: anything
   */
  public record Rule(List<Source> from, List<Operation> to, List<Condition> when) {
    /** {@code - {}}: matches every request. */
    public static final Rule ANY = new Rule(List.of(), List.of(), List.of());

    public Rule {
      from = List.copyOf(from);
      to = List.copyOf(to);
      when = List.copyOf(when);
    }
  }

  /**
   * Values that a property of a request must have, and must not have: exact, {@code prefix*},
   * {@code *suffix}, or {@code *} for any that is there.
   *
   * @param of one of these; empty: whatever it is, and if it is missing
   * @param not none of these
   */
  public record Values(List<String> of, List<String> not) {
    /** Says nothing. */
    public static final Values ANY = new Values(List.of(), List.of());

    public Values {
      of = List.copyOf(of);
      not = List.copyOf(not);
    }

    public boolean isAny() {
      return of.isEmpty() && not.isEmpty();
    }
  }

  /**
   * Who asks; all of these have to hold.
   *
   * @param principals {@code <trust domain>/ns/<namespace>/sa/<service>}; a caller without mesh TLS
   *     has none
   * @param namespaces of callers with mesh TLS
   * @param ipBlocks addresses that connections come from, as {@link Cidr}
   */
  public record Source(Values principals, Values namespaces, Values ipBlocks) {}

  /**
   * What is asked for; all of these have to hold.
   *
   * @param hosts in lower case
   * @param ports of the workload, in decimal, without wildcards
   * @param methods in capitals
   * @param paths normalized when they are compared
   */
  public record Operation(Values hosts, Values ports, Values methods, Values paths) {}

  /**
   * One more property.
   *
   * @param header for {@link Key#REQUEST_HEADER}, in lower case; empty for the others
   */
  public record Condition(Key key, String header, Values values) {}

  /** Properties that {@code when} knows, as Istio names them. */
  public enum Key {
    REQUEST_HEADER("request.headers"),
    SOURCE_PRINCIPAL("source.principal"),
    SOURCE_NAMESPACE("source.namespace"),
    SOURCE_IP("source.ip"),
    DESTINATION_PORT("destination.port");

    private final String text;

    Key(String text) {
      this.text = text;
    }

    /** As it is written, without the header's name. */
    public String text() {
      return text;
    }
  }

  /**
   * Stands for a resource that cannot be read: denies everything to the workloads that it selects,
   * as far as that can be told. Where its selector cannot be read it is all of its namespace, and
   * without a namespace, all of the mesh.
   *
   * @param tree of a resource of this kind, whatever is in it
   * @param reason for the person on call
   */
  public static Resource denying(Map<String, ?> tree, String reason) {
    Map<?, ?> spec = tree.get("spec") instanceof Map<?, ?> map ? map : Map.of();
    Metadata known = Metadata.ofUnreadable(tree, null);
    AuthorizationPolicy policy =
        new AuthorizationPolicy(
            known, Selector.orAll(spec), Action.DENY, List.of(Rule.ANY), reason);
    return new Resource(KIND, known, Trees.canonical(spec), policy);
  }

  /**
   * Whether a workload is concerned.
   *
   * @param labels of the workload, with its service as {@code app}
   */
  public boolean selects(String namespace, Map<String, String> labels) {
    String own = metadata.namespace();
    return (own.equals(namespace) || Resource.isRoot(own)) && selector.matches(labels);
  }

  /**
   * Whether it is only tried: decided about and logged, and not enforced. One that cannot be read
   * is never.
   */
  public boolean dryRun() {
    return "true".equals(metadata.annotations().get(PolicyAnnotations.DRY_RUN));
  }

  /** What decisions of this policy are named after. */
  public String rule() {
    return KIND.name() + " " + metadata.namespace() + "/" + metadata.name();
  }
}
