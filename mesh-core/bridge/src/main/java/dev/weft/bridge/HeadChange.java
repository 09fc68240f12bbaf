package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/**
 * How the head of a message differs from what the application, or the endpoint, wrote. Fields are
 * removed first, then set, then added. Immutable.
 */
public final class HeadChange {
  private static final String[] NONE = {};

  private final String[] remove;
  private final String[] set;
  private final String[] add;
  private final @Nullable String authority;
  private final @Nullable String target;

  /**
   * @param remove names, in lower case
   * @param set name, value, name, value: takes the place of all fields of that name
   * @param add name, value, name, value: comes after the fields of that name
   * @param authority value of {@code Host} or {@code :authority}; null: as it is
   * @param target path and query as they go on the wire; null: as they are
   */
  public HeadChange(
      String[] remove,
      String[] set,
      String[] add,
      @Nullable String authority,
      @Nullable String target) {
    this.remove = remove.length == 0 ? NONE : remove.clone();
    this.set = set.length == 0 ? NONE : set.clone();
    this.add = add.length == 0 ? NONE : add.clone();
    this.authority = authority;
    this.target = target;
  }

  /** Names of fields to be removed, in lower case. Not to be written to. */
  public String[] remove() {
    return remove;
  }

  /** Fields to be set, as name, value, name, value. Not to be written to. */
  public String[] set() {
    return set;
  }

  /** Fields to be added, as name, value, name, value. Not to be written to. */
  public String[] add() {
    return add;
  }

  /** The authority to be sent; null: the application's. */
  public @Nullable String authority() {
    return authority;
  }

  /** The request target to be sent, path and query; null: the application's. */
  public @Nullable String target() {
    return target;
  }
}
