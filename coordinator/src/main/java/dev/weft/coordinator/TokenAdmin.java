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
   * @param addresses ranges that its service may register at, beside where it comes from
   */
  record TokenInfo(
      String id,
      String namespace,
      String service,
      long expiryMillis,
      int usesLeft,
      List<String> addresses) {}

  /** Makes a token and returns its text, which is shown once and stored only hashed. */
  String create(String namespace, String service, Duration ttl, int uses, List<String> addresses);

  /** As above, for a service that registers where it is seen to come from. */
  default String create(String namespace, String service, Duration ttl, int uses) {
    return create(namespace, service, ttl, uses, List.of());
  }

  List<TokenInfo> list();

  /** Whether there was such a token. */
  boolean revoke(String id);
}
