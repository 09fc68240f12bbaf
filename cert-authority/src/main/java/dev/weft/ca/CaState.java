package dev.weft.ca;

import java.util.List;

/**
 * All that the authority keeps: certificates in the clear, keys sealed. It is a list of roots and a
 * phase, not one root, because a rotation passes through two.
 *
 * @param phase where a rotation of the root stands
 * @param roots every root in the trust bundle, oldest first, at least one
 * @param intermediates oldest first, at least one; expired ones are dropped
 * @param signer id of the intermediate that signs leaves
 */
public record CaState(
    Phase phase, List<Authority> roots, List<Authority> intermediates, String signer) {

  /** The phases of a rotation of the root, in their order. */
  public enum Phase {
    STABLE,
    /** Both roots are in every bundle. */
    DISTRIBUTING,
    /** The new root's intermediate signs. */
    SIGNING,
    /** The old root leaves as soon as no live leaf needs it. */
    RETIRING
  }

  /**
   * One key that signs certificates.
   *
   * @param id SHA-256 of its SPKI, the first 16 hexadecimal digits
   * @param issuer id of the authority that signed it; its own id for a root
   * @param certificate DER
   * @param sealedKey PKCS#8, sealed by {@link KeySealer}; empty once a root needs no key any more
   */
  public record Authority(String id, String issuer, byte[] certificate, byte[] sealedKey) {}

  public CaState {
    roots = List.copyOf(roots);
    intermediates = List.copyOf(intermediates);
  }
}
