package dev.weft.coordinator.mesh;

import dev.weft.ca.CaState;
import dev.weft.ca.CaStatus;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * Whom agents are to believe, and under whose root their certificates are to be. Immutable.
 *
 * @param fingerprints of the roots, as agents acknowledge it
 * @param signing name of the root that signs; each root has a name of its own
 * @param renewing whether agents under another root are to renew now
 * @param window over which they do
 * @param renewedBy the end of that
 */
record Roots(
    Set<String> fingerprints,
    X500Principal signing,
    boolean renewing,
    Duration window,
    Instant renewedBy) {

  /** Who comes too late for the window is asked within this, or within the window if shorter. */
  private static final Duration LATE = Duration.ofSeconds(30);

  static Roots of(CaStatus status) {
    Set<String> fingerprints = new HashSet<>();
    try {
      for (X509Certificate root : status.bundle()) {
        fingerprints.add(
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(root.getEncoded())));
      }
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate of our own has its encoding", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    Instant since = status.since() == null ? Instant.EPOCH : status.since();
    boolean renewing =
        status.phase() == CaState.Phase.SIGNING || status.phase() == CaState.Phase.RETIRING;
    return new Roots(
        Set.copyOf(fingerprints),
        status.root().getSubjectX500Principal(),
        renewing,
        status.window(),
        status.phase() == CaState.Phase.SIGNING ? since.plus(status.window()) : since);
  }

  /** The time from now within which an agent has to be asked to renew; never negative. */
  Duration timeToRenew(Instant now) {
    Duration left = Duration.between(now, renewedBy);
    Duration least = window.compareTo(LATE) < 0 ? window : LATE;
    return left.compareTo(least) < 0 ? least : left;
  }
}
