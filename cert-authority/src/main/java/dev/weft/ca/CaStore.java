package dev.weft.ca;

import org.jspecify.annotations.Nullable;

/** Where the authority's state lives; every coordinator of a mesh sees the same one. */
public interface CaStore {
  /** The version of a state that does not exist yet. */
  int ABSENT = -1;

  /** A state and the version that a change of it has to name. */
  record Stored(CaState state, int version) {}

  /** The state as it stands now; null if there is none. */
  @Nullable Stored load();

  /**
   * Replaces the state that has this version ({@link #ABSENT}: creates it).
   *
   * @return false if it has another one by now: load again and decide again
   */
  boolean save(CaState state, int version);
}
