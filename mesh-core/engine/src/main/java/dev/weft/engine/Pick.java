package dev.weft.engine;

import dev.weft.engine.balance.Avoid;

/** What a request says about which endpoint it is to get. Asked while one is being picked. */
public interface Pick extends Avoid<Endpoint> {
  /** Nothing in particular: no hash, nothing tried. */
  Pick ANY =
      new Pick() {
        @Override
        public boolean hashed() {
          return false;
        }

        @Override
        public long hash() {
          return 0;
        }

        @Override
        public boolean tried(Endpoint endpoint) {
          return false;
        }
      };

  /** Whether the request has what consistent hashing goes by; without it, chance decides. */
  boolean hashed();

  /** Of the header or cookie. Any spread will do: it is mixed again. */
  long hash();

  /**
   * Whether this request has been at that endpoint already: it is then avoided if there is another.
   * Endpoints are compared by {@code equals}, not by identity.
   */
  @Override
  boolean tried(Endpoint endpoint);

  /** Whether this is another attempt: it is not to be the one that tries an ejected endpoint. */
  default boolean retry() {
    return false;
  }
}
