package dev.weft.ca;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens there are, in memory, and the hashes of their secrets, which never change: so that
 * guesses cost the store nothing. Whether a token is still good only the store can tell. Safe for
 * use by any thread.
 */
final class KnownTokens {
  /** Who guesses does not make the store be asked more often than this. */
  static final long INTERVAL_MILLIS = 100;

  private static final byte[] UNREAD = {};

  private final TokenStore store;
  private final Clock clock;

  /** By id; {@link #UNREAD} until it is first asked for. */
  private final Map<String, byte[]> hashes = new ConcurrentHashMap<>();

  private int version = TokenStore.Ids.NONE;
  private long askedMillis = Long.MIN_VALUE;

  KnownTokens(TokenStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * The hash of a token's secret.
   *
   * @return null if there is no such token, or it was made elsewhere less than a moment ago
   */
  byte @Nullable [] hash(String id) {
    byte[] hash = hashes.get(id);
    if (hash == null) {
      refresh();
      hash = hashes.get(id);
    }
    if (hash != UNREAD) {
      return hash;
    }
    TokenStore.Stored stored = store.get(id);
    if (stored == null) {
      hashes.remove(id);
      return null;
    }
    add(stored.token());
    return stored.token().secretHash();
  }

  /** One that was made here. */
  void add(TokenRecord token) {
    hashes.put(token.id(), token.secretHash());
  }

  private synchronized void refresh() {
    long now = clock.millis();
    long since = now - askedMillis;
    if (askedMillis != Long.MIN_VALUE && since >= 0 && since < INTERVAL_MILLIS) {
      return;
    }
    askedMillis = now;
    TokenStore.Ids ids = store.idsUnless(version);
    if (ids == null) {
      return;
    }
    version = ids.version();
    Set<String> all = ids.all();
    Map<String, byte[]> fresh = new HashMap<>();
    all.forEach(id -> fresh.put(id, UNREAD));
    fresh.keySet().removeAll(hashes.keySet());
    hashes.keySet().retainAll(all);
    fresh.forEach(hashes::putIfAbsent);
  }
}
