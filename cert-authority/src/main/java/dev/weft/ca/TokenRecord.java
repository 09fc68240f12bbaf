package dev.weft.ca;

import java.util.List;

/**
 * A join token as it is stored.
 *
 * @param namespace that it grants; empty: any (the developer's token)
 * @param service that it grants; empty: any
 * @param secretHash SHA-256 of the secret; the secret has 256 random bits, so nothing slower is
 *     needed
 * @param expiryMillis wall-clock milliseconds
 * @param usesLeft -1: unlimited; 0: used up
 * @param loopbackOnly whether only a peer on this machine may use it
 * @param pin the root's that it names, as {@link CertificateAuthority#pin}; empty: made by a
 *     version that did not keep it
 * @param addresses ranges that its service may register at, beside where it comes from
 */
public record TokenRecord(
    String id,
    String namespace,
    String service,
    byte[] secretHash,
    long expiryMillis,
    int usesLeft,
    boolean loopbackOnly,
    String pin,
    List<String> addresses) {

  public TokenRecord {
    addresses = List.copyOf(addresses);
  }

  TokenRecord withUsesLeft(int uses) {
    return new TokenRecord(
        id, namespace, service, secretHash, expiryMillis, uses, loopbackOnly, pin, addresses);
  }
}
