package dev.weft.coordinator;

import java.util.List;
import java.util.Map;

/** Policy as it stands. Safe for use by any thread. */
public interface ConfigView {
  /** A consistent picture: all resources of one revision, as trees. Immutable. */
  record Snapshot(long revision, List<Map<String, Object>> resources) {}

  Snapshot snapshot();

  /**
   * Calls back after each change, on a thread of the store, one call at a time; callbacks must not
   * block. Returns what ends it.
   */
  AutoCloseable onChange(Runnable callback);
}
