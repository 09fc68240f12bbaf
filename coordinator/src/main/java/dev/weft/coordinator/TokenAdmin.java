package dev.weft.coordinator;

import java.time.Duration;
import java.util.List;

/**
 * Join tokens as the admin API handles them. Throws {@link Unavailable} while ZooKeeper is away.
 */
public interface TokenAdmin {
  /**
   * A token without its secret.
   *
   * @param namespace empty: any (the developer's token)
   * @param service empty: any
   * @param usesLeft -1: unlimited
   */
  record TokenInfo(String id, String namespace, String service, long expiryMillis, int usesLeft) {}

  /** Makes a token and returns its text, which is shown once and stored only hashed. */
  String create(String namespace, String service, Duration ttl, int uses);

  List<TokenInfo> list();

  /** Whether there was such a token. */
  boolean revoke(String id);
}
