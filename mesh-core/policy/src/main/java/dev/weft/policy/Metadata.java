package dev.weft.policy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every resource carries; the rest of Kubernetes' metadata is ignored.
 *
 * @param namespace a DNS label
 * @param name a DNS subdomain, or label where the kind says so
 * @param labels at most {@value #MAX_ENTRIES}, sorted
 * @param annotations at most {@value #MAX_ENTRIES}, sorted
 * @param creationTimestamp null until the resource is stored
 */
public record Metadata(
    String namespace,
    String name,
    Map<String, String> labels,
    Map<String, String> annotations,
    @Nullable Instant creationTimestamp) {
  /** Most labels, and most annotations, of one resource. */
  public static final int MAX_ENTRIES = 256;

  /** Longest value of one annotation, in characters. */
  public static final int MAX_ANNOTATION = 64 * 1024;

  /** Of resources that contradict each other the first in this order holds (Gateway API). */
  public static final Comparator<Metadata> OLDEST_FIRST =
      Comparator.comparing(
              (Metadata metadata) ->
                  Objects.requireNonNullElse(metadata.creationTimestamp, Instant.MAX))
          .thenComparing(Metadata::namespace)
          .thenComparing(Metadata::name);

  public Metadata {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /**
   * As much as can be told of a resource that cannot be read. One of which not even the namespace
   * can concerns the whole mesh.
   *
   * @param created when it is to count as created; null for the newest
   */
  static Metadata ofUnreadable(Map<String, ?> tree, @Nullable Instant created) {
    Map<?, ?> metadata = tree.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
    String name = metadata.get("name") instanceof String text ? text : "";
    String namespace = Resource.DEFAULT_NAMESPACE;
    if (metadata.get("namespace") instanceof String text) {
      namespace = text;
    } else if (metadata.get("namespace") != null || metadata.isEmpty()) {
      namespace = Resource.ROOT_NAMESPACE;
    }
    return new Metadata(namespace, name, Map.of(), Map.of(), created);
  }

  /** Reads and checks {@code metadata}; null if the name or the namespace cannot be used. */
  static @Nullable Metadata parse(FieldReader document, Kind kind, String defaultNamespace) {
    String nameRule = kind.nameIsLabel() ? Dns1123.LABEL : Dns1123.SUBDOMAIN;
    FieldReader fields = document.object("metadata");
    if (fields == null) {
      if (!document.has("metadata")) {
        document.problem(Problem.missing("metadata.name", nameRule));
      }
      return null;
    }
    // Not closed: fields of metadata that Kubernetes adds are ignored, whatever they are.
    String name = fields.requiredString("name", nameRule);
    if (name != null && !(kind.nameIsLabel() ? Dns1123.isLabel(name) : Dns1123.isSubdomain(name))) {
      fields.wrong("name", name, nameRule);
      name = null;
    }
    String namespace =
        fields.has("namespace") ? fields.string("namespace", Dns1123.LABEL) : defaultNamespace;
    if (namespace != null && !Dns1123.isLabel(namespace)) {
      fields.wrong("namespace", namespace, Dns1123.LABEL);
      namespace = null;
    }
    Map<String, String> labels = labels(fields);
    Map<String, String> annotations = annotations(fields, kind);
    Instant created = timestamp(fields);
    return name == null || namespace == null
        ? null
        : new Metadata(namespace, name, labels, annotations, created);
  }

  private static Map<String, String> labels(FieldReader metadata) {
    Map<String, String> labels = metadata.stringMap("labels", MAX_ENTRIES);
    Selector.check(metadata, "labels", labels);
    FieldReader entries = new FieldReader(labels, metadata.path("labels"), metadata.problems());
    labels.forEach((key, value) -> PolicyAnnotations.checkLabel(entries, key, value));
    return labels;
  }

  private static Map<String, String> annotations(FieldReader metadata, Kind kind) {
    Map<String, String> annotations = metadata.stringMap("annotations", MAX_ENTRIES);
    FieldReader entries =
        new FieldReader(annotations, metadata.path("annotations"), metadata.problems());
    annotations.forEach(
        (key, value) -> {
          if (!Labels.isKey(key)) {
            entries.wrong(key, key, Labels.KEY);
          }
          if (value.length() > MAX_ANNOTATION) {
            entries.wrong(key, value, "at most " + MAX_ANNOTATION + " characters");
          }
          PolicyAnnotations.check(entries, key, value, kind);
        });
    return annotations;
  }

  private static @Nullable Instant timestamp(FieldReader metadata) {
    String expected = "a time such as 2026-01-31T12:00:00Z";
    String text = metadata.string("creationTimestamp", expected);
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      metadata.wrong("creationTimestamp", text, expected);
      return null;
    }
  }

  Map<String, Object> tree(@Nullable Instant creationTimestamp) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", name);
    tree.put("namespace", namespace);
    if (creationTimestamp != null) {
      tree.put("creationTimestamp", creationTimestamp.toString());
    }
    if (!labels.isEmpty()) {
      tree.put("labels", labels);
    }
    if (!annotations.isEmpty()) {
      tree.put("annotations", annotations);
    }
    return Collections.unmodifiableMap(tree);
  }
}
