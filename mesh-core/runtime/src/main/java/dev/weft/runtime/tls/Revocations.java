package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import dev.weft.wire.Revoked;
import java.math.BigInteger;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates are believed no more although they have not ended, each with its whole {@link
 * Lineage}. Immutable.
 */
final class Revocations {
  static final Revocations NONE = new Revocations(List.of(), new long[0], Map.of());

  private static final int HEX = 16;

  private final List<Revoked> all;

  /** Of the certificates, in order. */
  private final long[] lineages;

  /** By {@code namespace/service}: what begins before it. */
  private final Map<String, Long> services;

  private Revocations(List<Revoked> all, long[] lineages, Map<String, Long> services) {
    this.all = all;
    this.lineages = lineages;
    this.services = services;
  }

  /**
   * @throws CertificateException naming the one that cannot be read: to ignore it would be to go on
   *     believing
   */
  static Revocations of(List<Revoked> all) throws CertificateException {
    if (all.isEmpty()) {
      return NONE;
    }
    if (all.size() > Revoked.MAX) {
      throw new CertificateException(
          "revoked: " + all.size() + " entries (expected: at most " + Revoked.MAX + ")");
    }
    List<Long> lineages = new ArrayList<>();
    Map<String, Long> services = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      Revoked one = all.get(i);
      if (one.serial().isEmpty()) {
        services.merge(key(one.namespace(), one.service()), one.beforeMillis(), Math::max);
      } else {
        lineages.add(Lineage.id(serial(one.serial(), i)));
      }
    }
    return new Revocations(
        List.copyOf(all), lineages.stream().mapToLong(id -> id).sorted().toArray(), services);
  }

  private static BigInteger serial(String text, int index) throws CertificateException {
    try {
      return new BigInteger(text, HEX);
    } catch (NumberFormatException e) {
      throw new CertificateException(
          "revoked[" + index + "].serial: " + text + " (expected: hexadecimal digits)", e);
    }
  }

  private static String key(String namespace, String service) {
    return namespace + "/" + service;
  }

  /** As they were told, in their order. */
  List<Revoked> all() {
    return all;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /**
   * @param id of the certificate; null if it has none
   */
  boolean contains(X509Certificate leaf, @Nullable SpiffeId id) {
    return !isEmpty() && contains(Lineage.of(leaf), id);
  }

  /** The same of what was read from a certificate before. */
  boolean contains(Lineage lineage, @Nullable SpiffeId id) {
    if (Arrays.binarySearch(lineages, lineage.id()) >= 0) {
      return true;
    }
    Long before =
        id == null || services.isEmpty() ? null : services.get(key(id.namespace(), id.service()));
    return before != null && lineage.beginMillis() < before;
  }
}
