package dev.weft.ca;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where tokens live; every coordinator of a mesh sees the same ones. */
public interface TokenStore {
  /** A token and the version that a change of it has to name. */
  record Stored(TokenRecord token, int version) {}

  /**
   * The ids that there are.
   *
   * @param version changes when one is added or removed
   */
  record Ids(Set<String> all, int version) {
    /** The version of no list at all. */
    public static final int NONE = -1;

    public Ids {
      all = Set.copyOf(all);
    }
  }

  /** The ids, unless their list still has this version. */
  @Nullable Ids idsUnless(int version);

  @Nullable Stored get(String id);

  /** Stores a new token; its id must be new. */
  void create(TokenRecord token);

  /** Replaces the token that has this version; false if it has another one by now, or is gone. */
  boolean replace(TokenRecord token, int version);

  /** Whether there was such a token. */
  boolean delete(String id);

  List<TokenRecord> list();
}
