package dev.weft.policy;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A resource that has been read and found valid. Immutable.
 *
 * @param specTree {@code spec} as a tree, fields sorted
 * @param spec {@code spec} as the kind's own record, such as {@link PeerAuthentication}
 */
public record Resource(Kind kind, Metadata metadata, Map<String, Object> specTree, Object spec) {
  /** The namespace of resources that concern the whole mesh; Istio's root namespace. */
  public static final String ROOT_NAMESPACE = "weft-system";

  /** What Istio calls its root namespace: Istio's kinds concern the whole mesh from there too. */
  public static final String ISTIO_ROOT_NAMESPACE = "istio-system";

  /** The namespace of resources and services that name none. */
  public static final String DEFAULT_NAMESPACE = "default";

  public String namespace() {
    return metadata.namespace();
  }

  /** Whether one of Istio's kinds concerns the whole mesh in this namespace. */
  public static boolean isRoot(String namespace) {
    return namespace.equals(ROOT_NAMESPACE) || namespace.equals(ISTIO_ROOT_NAMESPACE);
  }

  public String name() {
    return metadata.name();
  }

  /** {@code Kind/namespace/name}: what it is known by. */
  public String id() {
    return id(kind, namespace(), name());
  }

  public static String id(Kind kind, String namespace, String name) {
    return kind.name() + "/" + namespace + "/" + name;
  }

  /**
   * The whole resource as a tree, in one canonical form: {@code apiVersion} is the one that the
   * kind is stored under, fields are sorted, nulls left out. Unmodifiable.
   */
  public Map<String, Object> tree() {
    return tree(metadata.creationTimestamp());
  }

  /** The same tree, with another creation time. */
  public Map<String, Object> tree(@Nullable Instant creationTimestamp) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", kind.apiVersions().get(0));
    tree.put("kind", kind.name());
    tree.put("metadata", metadata.tree(creationTimestamp));
    tree.put("spec", specTree);
    return Collections.unmodifiableMap(tree);
  }
}
