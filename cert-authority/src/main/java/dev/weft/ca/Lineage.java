package dev.weft.ca;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What a certificate has in common with the one that it renews, back to the first, which somebody
 * proved a token for. Renewing carries it over, so that revoking any of them revokes them all: also
 * one that was issued to the thief a moment before, or by a coordinator that had not heard of it.
 *
 * <p>It stands in the serial number, 20 octets: {@code 01}, the second in which the first one
 * begins (5), what tells it from others of that second (6), and what tells its certificates from
 * one another (8). Earlier versions made serial numbers of 128 random bits. The last six octets of
 * such a one are its lineage's, and its own beginning the lineage's.
 *
 * @param begin on paper, of the first of its certificates
 * @param id 48 random bits
 */
public record Lineage(Instant begin, long id) {
  private static final int ISSUE_BITS = 64;
  private static final int ID_BITS = 48;
  private static final int BEGIN_BITS = 40;
  private static final BigInteger FORMAT =
      BigInteger.ONE.shiftLeft(BEGIN_BITS + ID_BITS + ISSUE_BITS);
  private static final long ID_MASK = (1L << ID_BITS) - 1;
  private static final long BEGIN_MASK = (1L << BEGIN_BITS) - 1;

  public Lineage {
    begin = begin.truncatedTo(ChronoUnit.SECONDS);
    if (id < 0 || id > ID_MASK) {
      throw new IllegalArgumentException("id: " + id + " (expected: 48 bits)");
    }
  }

  /** A new one. */
  static Lineage from(Instant begin, SecureRandom random) {
    return new Lineage(begin, random.nextLong() & ID_MASK);
  }

  /** Of a certificate. */
  public static Lineage of(BigInteger serial, Instant notBefore) {
    return isTold(serial)
        ? new Lineage(
            Instant.ofEpochSecond(serial.shiftRight(ID_BITS + ISSUE_BITS).longValue() & BEGIN_MASK),
            id(serial))
        : new Lineage(notBefore, id(serial));
  }

  /** Of the certificate with this serial number. */
  static long id(BigInteger serial) {
    return (isTold(serial) ? serial.shiftRight(ISSUE_BITS) : serial).longValue() & ID_MASK;
  }

  private static boolean isTold(BigInteger serial) {
    return serial.bitLength() == FORMAT.bitLength();
  }

  /** The serial number of its next certificate. */
  BigInteger serial(SecureRandom random) {
    return FORMAT
        .or(BigInteger.valueOf(begin.getEpochSecond() & BEGIN_MASK).shiftLeft(ID_BITS + ISSUE_BITS))
        .or(BigInteger.valueOf(id).shiftLeft(ISSUE_BITS))
        .or(new BigInteger(ISSUE_BITS, random));
  }
}
