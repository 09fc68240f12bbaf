package dev.weft.ca;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The authority as one coordinator knows it.
 *
 * @param version of the state in the store
 * @param phase where a rotation of the root stands
 * @param since when the phase began; null: never rotated
 * @param until when the phase ends whoever is ready; null if it waits for everybody, or for nothing
 * @param window over which agents renew when the new root signs
 * @param bundle the roots that everyone has to trust, oldest first
 * @param root that signs
 * @param signer the intermediate that signs
 * @param former roots that are kept for tokens that pin them, the newest first
 */
public record CaStatus(
    int version,
    CaState.Phase phase,
    @Nullable Instant since,
    @Nullable Instant until,
    Duration window,
    List<X509Certificate> bundle,
    X509Certificate root,
    X509Certificate signer,
    List<X509Certificate> former) {

  public CaStatus {
    bundle = List.copyOf(bundle);
    former = List.copyOf(former);
  }
}
