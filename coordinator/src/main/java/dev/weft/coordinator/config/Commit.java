package dev.weft.coordinator.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a list of changes.
 *
 * @param revision the new one; the current one if nothing changed, or on a dry run
 * @param changed whether anything changed, or would
 * @param outcomes one a change, in their order
 */
public record Commit(long revision, boolean changed, List<Outcome> outcomes) {
  /** What was done to a resource. */
  public enum Action {
    CREATED,
    CONFIGURED,
    UNCHANGED,
    DELETED
  }

  /**
   * One resource's part.
   *
   * @param etag of what is stored now; null if deleted
   * @param before null if there was none
   * @param after null if deleted
   */
  public record Outcome(
      String id,
      Action action,
      @Nullable String etag,
      @Nullable Map<String, Object> before,
      @Nullable Map<String, Object> after) {}
}
