package dev.weft.policy;

import java.util.List;
import java.util.stream.Collectors;

/** A resource that is not accepted, with everything that is wrong with it. */
public final class InvalidResourceException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String resource;

  // Not for serialization, like the whole class: an exception is Serializable by inheritance only.
  private final transient List<Problem> problems;

  /**
   * @param resource what it calls itself, {@code Kind/namespace/name}, as far as that could be
   *     read; else empty
   * @param problems at least one
   */
  public InvalidResourceException(String resource, List<Problem> problems) {
    super(
        (resource.isEmpty() ? "" : resource + ": ")
            + problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
    this.resource = resource;
    this.problems = List.copyOf(problems);
  }

  public String resource() {
    return resource;
  }

  public List<Problem> problems() {
    return problems;
  }
}
