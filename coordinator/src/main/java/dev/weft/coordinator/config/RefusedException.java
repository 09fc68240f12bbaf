package dev.weft.coordinator.config;

import dev.weft.policy.Problem;

/** A change that cannot be made as things stand. Nothing was changed. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a change is refused. */
  public enum Reason {
    /** There is no such resource or revision. */
    NOT_FOUND,
    /** The resource is not (any more) what the caller believes. */
    PRECONDITION,
    /** A bound would be passed. */
    LIMIT
  }

  private final Reason reason;
  private final String resource;
  private final transient Problem problem;

  /**
   * @param resource {@code Kind/namespace/name}; empty if no single one is concerned
   */
  RefusedException(Reason reason, String resource, Problem problem) {
    super((resource.isEmpty() ? "" : resource + ": ") + problem);
    this.reason = reason;
    this.resource = resource;
    this.problem = problem;
  }

  public Reason reason() {
    return reason;
  }

  public String resource() {
    return resource;
  }

  public Problem problem() {
    return problem;
  }
}
