package dev.weft.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds that there are; and the one way in which a resource is read. */
public final class Kinds {
  private static final List<Kind> ALL =
      List.of(
          PeerAuthentication.KIND,
          AuthorizationPolicy.KIND,
          ServiceSpec.KIND,
          HttpRoute.KIND,
          BackendTrafficPolicy.KIND,
          MeshService.KIND,
          MeshConfig.KIND);

  private Kinds() {}

  public static List<Kind> all() {
    return ALL;
  }

  /** The kind that is called so (name, plural or short name, in any letter case), or null. */
  public static @Nullable Kind named(String word) {
    for (Kind kind : ALL) {
      if (kind.isCalled(word)) {
        return kind;
      }
    }
    return null;
  }

  /** What {@link #named} expects, for error messages. */
  public static String expected() {
    return "one of " + String.join(", ", ALL.stream().map(Kind::name).toList());
  }

  /**
   * Reads a resource. Refuses what it does not know; {@code status}, and all metadata but name,
   * namespace, labels, annotations and creationTimestamp, are ignored.
   *
   * @param tree of maps, lists, strings, longs, doubles, booleans and nulls
   * @param defaultNamespace for a resource that names none
   * @throws InvalidResourceException naming everything that is wrong
   */
  public static Resource parse(Map<String, ?> tree, String defaultNamespace)
      throws InvalidResourceException {
    List<Problem> problems = new ArrayList<>();
    Resource resource = read(tree, defaultNamespace, problems);
    if (resource == null || !problems.isEmpty()) {
      throw new InvalidResourceException(nameFor(tree, defaultNamespace), problems);
    }
    return resource;
  }

  /**
   * What is accepted but probably not meant, one sentence each.
   *
   * @param surroundings with the resource itself
   */
  public static List<String> warnings(Resource resource, Surroundings surroundings) {
    return resource.kind().reviewer().review(resource, surroundings);
  }

  private static @Nullable Resource read(
      Map<String, ?> tree, String defaultNamespace, List<Problem> problems) {
    try (FieldReader document = new FieldReader(tree, "", problems)) {
      document.ignore("apiVersion", "kind", "metadata", "spec", "status");
      Kind kind = kind(document);
      if (kind == null) {
        return null; // without it nothing can be said of the rest
      }
      Metadata metadata = Metadata.parse(document, kind, defaultNamespace);
      FieldReader found = document.object("spec");
      if (found == null && document.has("spec")) {
        return null; // reported: not an object
      }
      // The spec is read even under a bad name, so that one answer tells everything.
      Metadata known = metadata != null ? metadata : new Metadata("", "", Map.of(), Map.of(), null);
      try (FieldReader spec = found != null ? found : new FieldReader(Map.of(), "spec", problems)) {
        Object typed = kind.parser().parse(known, spec);
        return new Resource(kind, known, Trees.canonical(spec.tree()), typed);
      }
    }
  }

  private static @Nullable Kind kind(FieldReader document) {
    String name = document.requiredString("kind", expected());
    Kind kind = null;
    if (name != null) {
      // Exactly: in a document a kind is written in one way only.
      kind = ALL.stream().filter(k -> k.name().equals(name)).findFirst().orElse(null);
      if (kind == null) {
        String nearest = Nearest.of(name, ALL.stream().map(Kind::name).toList());
        document.wrong(
            "kind", name, expected() + (nearest == null ? "" : "; did you mean " + nearest + "?"));
      }
    }
    String versions =
        kind == null ? "a group and version" : String.join(" or ", kind.apiVersions());
    String version = document.requiredString("apiVersion", versions);
    if (kind != null && version != null && !kind.apiVersions().contains(version)) {
      document.wrong("apiVersion", version, versions + " for " + kind);
    }
    return kind;
  }

  /** What an invalid resource calls itself, for the message; empty if it does not say. */
  private static String nameFor(Map<String, ?> tree, String defaultNamespace) {
    if (!(tree.get("kind") instanceof String kind)
        || !(tree.get("metadata") instanceof Map<?, ?> metadata)
        || !(metadata.get("name") instanceof String name)) {
      return "";
    }
    String namespace = metadata.get("namespace") instanceof String s ? s : defaultNamespace;
    String id = kind + "/" + namespace + "/" + name;
    return id.length() <= 400 ? id : id.substring(0, 400) + "…";
  }
}
