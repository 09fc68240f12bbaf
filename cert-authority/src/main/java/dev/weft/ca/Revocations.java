package dev.weft.ca;

import dev.weft.policy.SpiffeId;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that are believed no more, each with its whole {@linkplain Lineage lineage}.
 * What is asked is answered from memory, as of the last {@link #refresh}. Safe for use by any
 * thread.
 */
public final class Revocations {
  /** More at once are refused: each process of the mesh holds them all. */
  public static final int MAX = 1_000;

  /** A serial number has 20 octets or fewer. */
  private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");

  /**
   * Who has not been able to read for so long may not renew any more: what he would renew could be
   * revoked, and its entry be gone before its end.
   */
  private static final Duration UNREAD = Duration.ofHours(12);

  /**
   * No certificate that a revocation was meant for lives longer: the last of its lineage can be
   * issued {@link #UNREAD} after it; the rest is for clocks.
   */
  private static final Duration KEPT = CaSettings.LONGEST_LEAF.plus(UNREAD.multipliedBy(2));

  private static final int MAX_ATTEMPTS = 10;

  private final RevocationStore store;
  private final Clock clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Known known =
      Known.of(new RevocationStore.Stored(List.of(), RevocationStore.ABSENT));
  private volatile Instant readAt = Instant.EPOCH;

  /**
   * What was read, and the same as it is asked for.
   *
   * @param lineages of the certificates
   * @param services by {@code namespace/service}: what begins before it
   */
  private record Known(
      RevocationStore.Stored stored, Set<Long> lineages, Map<String, Instant> services) {
    static Known of(RevocationStore.Stored stored) {
      Set<Long> lineages = new HashSet<>();
      Map<String, Instant> services = new HashMap<>();
      for (Revocation one : stored.all()) {
        if (one.serial().isEmpty()) {
          services.merge(
              one.namespace() + "/" + one.service(), one.before(), (a, b) -> a.isAfter(b) ? a : b);
        } else {
          lineages.add(lineage(one));
        }
      }
      return new Known(stored, lineages, services);
    }

    @Nullable Instant before(SpiffeId id) {
      return services.isEmpty() ? null : services.get(id.namespace() + "/" + id.service());
    }
  }

  private static long lineage(Revocation certificate) {
    return Lineage.id(new BigInteger(certificate.serial(), 16));
  }

  /** Reads what there is. */
  public Revocations(RevocationStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
    refresh();
  }

  /** To be run when there is anything new, by the thread that has found or made it. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Oldest first. */
  public List<Revocation> all() {
    return known.stored().all();
  }

  /**
   * Reads what others have revoked; cheap if that is nothing. To be called every second or so.
   *
   * @return whether there is anything new
   */
  public boolean refresh() {
    boolean changed = load();
    if (changed) {
      listeners.forEach(Runnable::run);
    }
    return changed;
  }

  private synchronized boolean load() {
    Known before = known;
    Instant now = clock.instant();
    RevocationStore.Stored next = store.loadUnless(before.stored().version());
    readAt = now;
    if (next == null) {
      return false;
    }
    known = Known.of(next);
    return !next.all().equals(before.stored().all());
  }

  /** Whether what is known is too old for a certificate to be renewed by it. */
  public boolean isOutdated() {
    return clock.instant().isAfter(readAt.plus(UNREAD));
  }

  /**
   * Revokes one certificate, and with it those that it renews and those that renew it.
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
    long lineage = lineage(made);
    return add(made, one -> !one.serial().isEmpty() && lineage(one) == lineage);
  }

  /**
   * Revokes all certificates of a service that there are until now, and what renews them. Others
   * are not touched: whoever still has a join token is somebody again at once.
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

  private Revocation add(Revocation made, Predicate<Revocation> replaced) {
    save(made, replaced);
    listeners.forEach(Runnable::run);
    return made;
  }

  private synchronized void save(Revocation made, Predicate<Revocation> replaced) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      load();
      RevocationStore.Stored stored = known.stored();
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
        load();
        return;
      }
    }
    throw new CaException("the list of revocations changes faster than it can be read");
  }

  /**
   * The earliest moment at which a first certificate of a service may begin, so that it is not one
   * of those that were revoked; on paper it begins earlier, for those whose clocks are behind.
   */
  public Instant earliest(SpiffeId id) {
    Instant before = known.before(id);
    return before == null ? Instant.EPOCH : before.plus(CertificateAuthority.SKEW);
  }

  /** Whether a service's certificate of this lineage was revoked, or any other of it. */
  public boolean contains(SpiffeId id, Lineage lineage) {
    Known now = known;
    if (now.stored().all().isEmpty()) {
      return false;
    }
    Instant before = now.before(id);
    return now.lineages().contains(lineage.id())
        || before != null && lineage.begin().isBefore(before);
  }
}
