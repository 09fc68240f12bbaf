package dev.weft.runtime.tls;

import java.math.BigInteger;
import java.security.cert.X509Certificate;

/**
 * What a certificate has in common with the one that it renews, back to the first; revoking one
 * revokes them all. The authority writes it into serial numbers: {@code 01}, five octets for the
 * second in which the first certificate begins, six that tell the lineage, eight that tell the
 * certificate. Of another serial number the last six octets count, and the certificate's own
 * beginning.
 *
 * @param id 48 bits
 * @param beginMillis of the first of its certificates, in wall-clock milliseconds
 */
record Lineage(long id, long beginMillis) {
  private static final int BITS = 153;
  private static final int ISSUE_BITS = 64;
  private static final int ID_BITS = 48;
  private static final long ID_MASK = (1L << ID_BITS) - 1;
  private static final long BEGIN_MASK = (1L << 40) - 1;

  static Lineage of(X509Certificate certificate) {
    BigInteger serial = certificate.getSerialNumber();
    return new Lineage(
        id(serial),
        isTold(serial)
            ? (serial.shiftRight(ID_BITS + ISSUE_BITS).longValue() & BEGIN_MASK) * 1000
            : certificate.getNotBefore().getTime());
  }

  /** Of the certificate with this serial number. */
  static long id(BigInteger serial) {
    return (isTold(serial) ? serial.shiftRight(ISSUE_BITS) : serial).longValue() & ID_MASK;
  }

  private static boolean isTold(BigInteger serial) {
    return serial.bitLength() == BITS;
  }
}
