package dev.weft.ca;

import dev.weft.policy.SpiffeId;
import java.time.Duration;

/**
 * How long certificates live.
 *
 * @param trustDomain of every identity
 * @param rootLife of the root
 * @param intermediateLife of intermediates; the next is made when a third is left
 * @param leafLife of SVIDs, ten seconds to 30 days
 */
public record CaSettings(
    String trustDomain, Duration rootLife, Duration intermediateLife, Duration leafLife) {

  private static final Duration SHORTEST_LEAF = Duration.ofSeconds(10);

  /** What a life is limited to. */
  static final Duration LONGEST_LEAF = Duration.ofDays(30);

  public CaSettings {
    if (!SpiffeId.isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "trust domain: " + trustDomain + " (expected: " + SpiffeId.TRUST_DOMAIN + ")");
    }
    if (leafLife.compareTo(SHORTEST_LEAF) < 0 || leafLife.compareTo(LONGEST_LEAF) > 0) {
      throw new IllegalArgumentException(
          "life of a leaf: " + leafLife + " (expected: PT10S to 30 days)");
    }
    if (intermediateLife.compareTo(leafLife.multipliedBy(3)) < 0
        || rootLife.compareTo(intermediateLife) < 0) {
      throw new IllegalArgumentException(
          "lives: root "
              + rootLife
              + ", intermediate "
              + intermediateLife
              + ", leaf "
              + leafLife
              + " (expected: root ≥ intermediate ≥ 3 × leaf)");
    }
  }

  /** Root 10 years, intermediates a year, leaves a day. */
  public static CaSettings of(String trustDomain) {
    return new CaSettings(
        trustDomain, Duration.ofDays(3650), Duration.ofDays(365), Duration.ofHours(24));
  }

  /** Leaves that live so long. */
  public CaSettings withLeafLife(Duration life) {
    return new CaSettings(trustDomain, rootLife, intermediateLife, life);
  }
}
