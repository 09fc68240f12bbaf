package dev.weft.policy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How workloads take mesh TLS; Istio's kind, with Istio's meaning.
 *
 * @param mode null: UNSET, inherited from the wider policy
 * @param portModes port of the workload → its mode; null values: UNSET
 */
public record PeerAuthentication(
    Metadata metadata,
    Selector selector,
    @Nullable TlsMode mode,
    Map<Integer, @Nullable TlsMode> portModes) {

  public PeerAuthentication {
    portModes = Collections.unmodifiableMap(new TreeMap<>(portModes));
  }

  public static final Kind KIND =
      new Kind(
          "PeerAuthentication",
          "peerauthentications",
          List.of("pa"),
          List.of("security.istio.io/v1", "security.istio.io/v1beta1"),
          false,
          PeerAuthentication::parse,
          PeerAuthentication::review);

  /** The rule's name when no policy says anything. */
  public static final String DEFAULT_RULE = "default";

  private static final int MAX_PORTS = 256;

  private static final Comparator<PeerAuthentication> OLDEST_FIRST =
      Comparator.comparing(
              (PeerAuthentication p) -> p.metadata.creationTimestamp(),
              Comparator.nullsLast(Comparator.naturalOrder()))
          .thenComparing(p -> p.metadata.name());

  /**
   * The mode of a port, and the policy that decided it.
   *
   * @param rule such as {@code PeerAuthentication default/strict-orders}, or {@value #DEFAULT_RULE}
   */
  public record Decision(TlsMode mode, String rule) {}

  /** The modes as they are written. */
  private enum Written {
    UNSET,
    DISABLE,
    PERMISSIVE,
    STRICT;

    @Nullable TlsMode mode() {
      return this == UNSET ? null : TlsMode.valueOf(name());
    }
  }

  /**
   * Decides the mode of one port of a workload: the policy that selects the workload, else that of
   * its namespace, else that of the whole mesh (in the root namespace, where selectors do not
   * count); of several on one level the oldest alone. UNSET inherits from the next wider level;
   * without any it is PERMISSIVE.
   *
   * <p>A policy without a creation time counts as the newest; equally old ones go by name.
   *
   * @param namespace of the workload
   * @param labels of the workload, with its service as {@code app}
   * @param port of the workload
   */
  public static Decision effective(
      Collection<PeerAuthentication> all, String namespace, Map<String, String> labels, int port) {
    PeerAuthentication mesh = null;
    PeerAuthentication wide = null;
    PeerAuthentication own = null;
    for (PeerAuthentication policy : all) {
      boolean inRoot = Resource.isRoot(policy.metadata.namespace());
      if (policy.selector.isEmpty()) {
        if (inRoot) {
          mesh = older(mesh, policy);
        } else if (policy.metadata.namespace().equals(namespace)) {
          wide = older(wide, policy);
        }
      } else if (!inRoot
          && policy.metadata.namespace().equals(namespace)
          && policy.selector.matches(labels)) {
        own = older(own, policy);
      }
    }
    if (own != null) {
      TlsMode ofPort = own.portModes.get(port);
      if (ofPort != null) {
        return new Decision(ofPort, own.rule() + " portLevelMtls[" + port + "]");
      }
    }
    return Stream.of(own, wide, mesh)
        .filter(Objects::nonNull)
        .filter(policy -> policy.mode != null)
        .findFirst()
        .map(policy -> new Decision(Objects.requireNonNull(policy.mode), policy.rule()))
        .orElse(new Decision(TlsMode.PERMISSIVE, DEFAULT_RULE));
  }

  /**
   * Stands for a resource that cannot be read: STRICT for what it selects, as far as that can be
   * told, and before all others of its level, whichever of them is older.
   *
   * @param tree of a resource of this kind, whatever is in it
   */
  public static Resource strict(Map<String, ?> tree) {
    Map<?, ?> spec = tree.get("spec") instanceof Map<?, ?> map ? map : Map.of();
    Metadata known = Metadata.ofUnreadable(tree, Instant.MIN);
    PeerAuthentication policy =
        new PeerAuthentication(known, Selector.orAll(spec), TlsMode.STRICT, Map.of());
    return new Resource(KIND, known, Trees.canonical(spec), policy);
  }

  /** What decisions of this policy are named after. */
  public String rule() {
    return KIND.name() + " " + metadata.namespace() + "/" + metadata.name();
  }

  private static PeerAuthentication older(
      @Nullable PeerAuthentication first, PeerAuthentication second) {
    return first == null || OLDEST_FIRST.compare(second, first) < 0 ? second : first;
  }

  private static PeerAuthentication parse(Metadata metadata, FieldReader spec) {
    Selector selector = Selector.parse(spec.object("selector"));
    TlsMode mode = mode(spec.object("mtls"));
    Map<Integer, @Nullable TlsMode> ports = new LinkedHashMap<>();
    try (FieldReader byPort = spec.object("portLevelMtls")) {
      if (byPort != null) {
        readPorts(byPort, ports);
        if (byPort.fields().isEmpty()) {
          spec.wrong("portLevelMtls", byPort.tree(), "at least one port");
        } else if (selector.isEmpty()) {
          spec.wrong(
              "portLevelMtls", byPort.tree(), "only beside spec.selector.matchLabels, as in Istio");
        }
      }
    }
    return new PeerAuthentication(metadata, selector, mode, ports);
  }

  private static void readPorts(FieldReader byPort, Map<Integer, @Nullable TlsMode> ports) {
    List<String> fields = byPort.fields();
    byPort.ignore(fields.toArray(String[]::new));
    if (fields.size() > MAX_PORTS) {
      byPort.problem(
          Problem.wrong(
              byPort.path(), fields.size() + " ports", "at most " + MAX_PORTS + " ports"));
      return;
    }
    for (String field : fields) {
      TlsMode mode = mode(byPort.object(field));
      if (field.matches("[1-9][0-9]{0,4}") && Integer.parseInt(field) <= 65535) {
        ports.put(Integer.valueOf(field), mode);
      } else {
        byPort.wrong(field, field, "a port number from 1 to 65535");
      }
    }
  }

  private static @Nullable TlsMode mode(@Nullable FieldReader mtls) {
    if (mtls == null) {
      return null;
    }
    try (mtls) {
      Written written = mtls.constant("mode", Written.class);
      return written == null ? null : written.mode();
    }
  }

  private static List<String> review(Resource resource, Surroundings surroundings) {
    PeerAuthentication policy = (PeerAuthentication) resource.spec();
    if (!policy.selector.isEmpty()) {
      return Resource.isRoot(resource.namespace())
          ? List.of(
              "has no effect: a policy in "
                  + resource.namespace()
                  + " concerns the whole mesh only without spec.selector, as in Istio")
          : selected(policy, surroundings);
    }
    return surroundings.specs(PeerAuthentication.class).stream()
        .filter(other -> other.selector.isEmpty())
        .filter(other -> isSameLevel(other.metadata.namespace(), resource.namespace()))
        .filter(other -> !other.rule().equals(policy.rule()))
        .min(OLDEST_FIRST)
        .filter(other -> OLDEST_FIRST.compare(other, policy) < 0)
        .map(
            other ->
                List.of(
                    "has no effect beside the older "
                        + other.rule()
                        + ", which also concerns the whole of its "
                        + (Resource.isRoot(resource.namespace()) ? "mesh" : "namespace")))
        .orElseGet(() -> selected(policy, surroundings));
  }

  /** What is to be said of those that it concerns. */
  private static List<String> selected(PeerAuthentication policy, Surroundings surroundings) {
    String namespace = policy.metadata.namespace();
    String nothing = surroundings.selectsNothing(namespace, policy.selector);
    if (nothing != null) {
      return List.of(nothing);
    }
    List<String> warnings = new ArrayList<>();
    for (int port : policy.portModes.keySet()) {
      String no = surroundings.noSuchPort(namespace, policy.selector, port);
      if (no != null) {
        warnings.add("portLevelMtls[" + port + "]: " + no);
      }
    }
    return warnings;
  }

  private static boolean isSameLevel(String namespace, String other) {
    return namespace.equals(other) || Resource.isRoot(namespace) && Resource.isRoot(other);
  }
}
