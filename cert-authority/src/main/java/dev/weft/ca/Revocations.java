package dev.weft.ca;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The certificates that are believed no more. What is asked is answered from memory, as of the last
 * {@link #refresh}. Safe for use by any thread.
 */
public final class Revocations {
  /** More at once are refused: each process of the mesh holds them all. */
  public static final int MAX = 1_000;

  /** A serial number has 128 bits or fewer. */
  private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");

  /** No certificate that a revocation was meant for lives longer. */
  private static final Duration KEPT = CaSettings.LONGEST_LEAF.plus(Duration.ofDays(1));

  private static final int MAX_ATTEMPTS = 10;

  private final RevocationStore store;
  private final Clock clock;
  private volatile RevocationStore.Stored known =
      new RevocationStore.Stored(List.of(), RevocationStore.ABSENT);

  /** Reads what there is. */
  public Revocations(RevocationStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
    refresh();
  }

  /** Oldest first. */
  public List<Revocation> all() {
    return known.all();
  }

  /**
   * Reads what others have revoked; cheap if that is nothing. To be called every second or so.
   *
   * @return whether there is anything new
   */
  public synchronized boolean refresh() {
    RevocationStore.Stored now = store.loadUnless(known.version());
    if (now == null) {
      return false;
    }
    boolean changed = !now.all().equals(known.all());
    known = now;
    return changed;
  }

  /**
   * Revokes one certificate.
   *
   * @param serial hexadecimal, in any case, with or without colons
   * @throws IllegalArgumentException if it is none, or too many are revoked already
   */
  public Revocation revoke(String serial) {
    String plain = serial.replace(":", "").toLowerCase(Locale.ROOT);
    String stripped = plain.replaceFirst("^0+(?=.)", "");
    if (!SERIAL.matcher(stripped).matches()) {
      throw new IllegalArgumentException(
          "serial: " + serial + " (expected: the serial number of a certificate, hexadecimal)");
    }
    Revocation made = new Revocation(stripped, "", "", Instant.EPOCH, clock.instant());
    return add(made, one -> one.serial().equals(stripped));
  }

  /**
   * Revokes all certificates of a service that there are until now. Later ones are not touched:
   * whoever still has a join token is somebody again at once.
   *
   * @throws IllegalArgumentException naming the argument that is wrong; or if too many are revoked
   *     already
   */
  public Revocation revoke(String namespace, String service) {
    new SpiffeId("any", namespace, service); // checks both names
    if (namespace.equals(SpiffeId.SYSTEM_NAMESPACE)) {
      throw new IllegalArgumentException(
          "namespace: " + namespace + " (expected: another one; it is the mesh's own)");
    }
    Instant now = clock.instant();
    // The next full second: those that were issued in this one are meant as well.
    Instant next = now.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    Revocation made =
        new Revocation("", namespace, service, next.minus(CertificateAuthority.SKEW), now);
    return add(made, one -> one.service().equals(service) && one.namespace().equals(namespace));
  }

  private synchronized Revocation add(Revocation made, Predicate<Revocation> replaced) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      refresh();
      RevocationStore.Stored stored = known;
      List<Revocation> all = new ArrayList<>();
      for (Revocation one : stored.all()) {
        if (!replaced.test(one) && clock.instant().isBefore(one.at().plus(KEPT))) {
          all.add(one);
        }
      }
      if (all.size() >= MAX) {
        throw new IllegalArgumentException(
            "revocations: "
                + MAX
                + " are in force (expected: fewer; revoke by service, or rotate the root)");
      }
      all.add(made);
      if (store.save(all, stored.version())) {
        refresh();
        return made;
      }
    }
    throw new CaException("the list of revocations changes faster than it can be read");
  }

  /**
   * The earliest moment at which a certificate of a service may begin, so that it is not one of
   * those that were revoked; on paper it begins earlier, for those whose clocks are behind.
   */
  public Instant earliest(SpiffeId id) {
    Instant earliest = Instant.EPOCH;
    for (Revocation one : known.all()) {
      if (one.isOf(id)) {
        Instant begin = one.before().plus(CertificateAuthority.SKEW);
        earliest = begin.isAfter(earliest) ? begin : earliest;
      }
    }
    return earliest;
  }

  /**
   * Whether a certificate was revoked.
   *
   * @param serial in lower-case hexadecimal without leading zeros
   */
  public boolean contains(SpiffeId id, String serial, Instant notBefore) {
    return known.all().stream().anyMatch(one -> one.covers(serial, id, notBefore));
  }
}
