package dev.weft.ca;

import dev.weft.policy.SpiffeId;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate that was just issued.
 *
 * @param id whose it is
 * @param chain the leaf, the intermediate that signed it and, while the root rotates, the way from
 *     the new root to the old one; no root
 * @param root that the chain ends in
 */
public record Issued(SpiffeId id, List<X509Certificate> chain, X509Certificate root) {
  public Issued {
    chain = List.copyOf(chain);
  }

  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** What the leaf's successors will have in common with it. */
  public Lineage lineage() {
    return Lineage.of(leaf().getSerialNumber(), leaf().getNotBefore().toInstant());
  }

  /** The leaf's serial number in hexadecimal, as audits and tools show it. */
  public String serial() {
    return leaf().getSerialNumber().toString(16);
  }
}
