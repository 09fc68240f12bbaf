package dev.weft.ca;

import java.time.Duration;

/**
 * How long certificates live.
 *
 * @param trustDomain of every identity
 * @param rootLife of the root
 * @param intermediateLife of intermediates; the next is made when a third is left
 * @param leafLife of SVIDs, a minute to 30 days
 */
public record CaSettings(
    String trustDomain, Duration rootLife, Duration intermediateLife, Duration leafLife) {

  public CaSettings {
    if (!SpiffeId.isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "trust domain: " + trustDomain + " (expected: a DNS name in lower case)");
    }
    if (leafLife.compareTo(Duration.ofMinutes(1)) < 0
        || leafLife.compareTo(Duration.ofDays(30)) > 0) {
      throw new IllegalArgumentException(
          "life of a leaf: " + leafLife + " (expected: PT1M to 30 days)");
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
}
