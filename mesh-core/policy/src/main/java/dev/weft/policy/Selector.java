package dev.weft.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which workloads of a namespace a resource concerns: those that carry all these labels. Empty: all
 * of them.
 */
public record Selector(Map<String, String> matchLabels) {
  /** Every workload. */
  public static final Selector ALL = new Selector(Map.of());

  static final int MAX_LABELS = 64;

  public Selector {
    matchLabels = Collections.unmodifiableMap(new TreeMap<>(matchLabels));
  }

  /** Reads Istio's {@code selector}, which knows {@code matchLabels} only. */
  static Selector parse(@Nullable FieldReader selector) {
    if (selector == null) {
      return ALL;
    }
    try (selector) {
      Map<String, String> labels = selector.stringMap("matchLabels", MAX_LABELS);
      check(selector, "matchLabels", labels);
      return new Selector(labels);
    }
  }

  /** The selector of a spec that cannot be read as a whole; all workloads if not even that. */
  static Selector orAll(Map<?, ?> tree) {
    List<Problem> problems = new ArrayList<>();
    FieldReader spec = new FieldReader(tree, "spec", problems);
    Selector selector = parse(spec.object("selector"));
    return problems.isEmpty() ? selector : ALL;
  }

  /** Checks the syntax of labels; wildcards are none. */
  static void check(FieldReader parent, String field, Map<String, String> labels) {
    FieldReader entries = new FieldReader(labels, parent.path(field), parent.problems());
    labels.forEach(
        (key, value) -> {
          if (!Labels.isKey(key)) {
            entries.wrong(key, key, Labels.KEY);
          } else if (!Labels.isValue(value)) {
            entries.wrong(key, value, Labels.VALUE);
          }
        });
  }

  public boolean isEmpty() {
    return matchLabels.isEmpty();
  }

  /**
   * Whether a workload with these labels is selected.
   *
   * @param labels of the workload, with its service as {@code app}
   */
  public boolean matches(Map<String, String> labels) {
    for (Map.Entry<String, String> label : matchLabels.entrySet()) {
      if (!label.getValue().equals(Labels.get(labels, label.getKey()))) {
        return false;
      }
    }
    return true;
  }
}
