package dev.weft.ca;

import java.util.List;

/**
 * All that the authority keeps: certificates in the clear, keys sealed. It is a list of roots and a
 * phase, not one root, because a rotation passes through two.
 *
 * @param phase where a rotation of the root stands
 * @param sinceMillis when that phase began, wall-clock milliseconds; 0: never rotated
 * @param longestLeafMillis the longest life that any coordinator gives to a leaf; 0: not known yet
 * @param roots every root in the trust bundle, oldest first: one, or two while they rotate
 * @param intermediates oldest first, at least one; expired ones are dropped
 * @param signer id of the intermediate that signs leaves
 * @param former roots that a newer one has replaced, or is about to, the newest first
 */
public record CaState(
    Phase phase,
    long sinceMillis,
    long longestLeafMillis,
    List<Authority> roots,
    List<Authority> intermediates,
    String signer,
    List<Former> former) {

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

  /**
   * A root that join tokens may still pin. Who pins it comes by {@code cross} to the root after it.
   *
   * @param id as {@link Authority#id}
   * @param certificate DER, self-signed
   * @param cross DER: name and key of the root that came after it, signed by this one
   */
  public record Former(String id, byte[] certificate, byte[] cross) {}

  public CaState {
    roots = List.copyOf(roots);
    intermediates = List.copyOf(intermediates);
    former = List.copyOf(former);
  }

  CaState withSigner(List<Authority> intermediates, String signer) {
    return new CaState(phase, sinceMillis, longestLeafMillis, roots, intermediates, signer, former);
  }

  CaState withLongestLeaf(long millis) {
    return new CaState(phase, sinceMillis, millis, roots, intermediates, signer, former);
  }

  CaState withFormer(List<Former> former) {
    return new CaState(phase, sinceMillis, longestLeafMillis, roots, intermediates, signer, former);
  }

  CaState withPhase(Phase phase, long sinceMillis) {
    return new CaState(phase, sinceMillis, longestLeafMillis, roots, intermediates, signer, former);
  }
}
