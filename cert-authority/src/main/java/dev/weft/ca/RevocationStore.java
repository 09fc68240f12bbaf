package dev.weft.ca;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where revocations live; every coordinator of a mesh sees the same ones. */
public interface RevocationStore {
  /** The version of a list that does not exist yet. */
  int ABSENT = -1;

  /** The list and the version that a change of it has to name. */
  record Stored(List<Revocation> all, int version) {
    public Stored {
      all = List.copyOf(all);
    }
  }

  /** The list, unless it still has this version. */
  @Nullable Stored loadUnless(int version);

  /**
   * Replaces the list that has this version ({@link #ABSENT}: creates it).
   *
   * @return false if it has another one by now: load again and decide again
   */
  boolean save(List<Revocation> all, int version);
}
