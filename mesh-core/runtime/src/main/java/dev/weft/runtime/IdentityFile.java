package dev.weft.runtime;

import dev.weft.policy.SpiffeId;
import dev.weft.runtime.control.IdentityStore;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.SavedIdentity;
import dev.weft.runtime.tls.TrustBundle;
import java.security.cert.CertificateException;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The identity on disk ({@code weft.identity.store=file}), so that a restart while no coordinator
 * lives still is somebody. For its owner's eyes only.
 */
final class IdentityFile implements IdentityStore {
  private final StateFile file;
  private final Node node;
  private final InstantSource clock;
  private final Log log;

  IdentityFile(StateFile file, Node node, InstantSource clock, Log log) {
    this.file = file;
    this.node = node;
    this.clock = clock;
    this.log = log;
  }

  @Override
  public @Nullable Kept load() {
    Map<String, Object> tree = file.load();
    if (tree == null) {
      return null;
    }
    try {
      Kept kept = new Kept(SavedIdentity.identity(tree, 0), SavedIdentity.bundle(tree, 0));
      SpiffeId id = kept.identity().spiffeId();
      if (!id.namespace().equals(node.namespace()) || !id.service().equals(node.service())) {
        log.warnOnce("identity", "the saved identity is ignored: it is that of " + id);
        return null;
      }
      // One that has ended is of no use, and no surprise after a long pause.
      return clock.instant().isBefore(kept.identity().notAfter()) ? kept : null;
    } catch (CertificateException e) {
      log.warnOnce("identity", "the saved identity is ignored: " + e.getMessage());
      return null;
    }
  }

  @Override
  public void save(Identity identity, TrustBundle bundle) {
    try {
      file.save(SavedIdentity.tree(identity, bundle));
    } catch (CertificateException e) {
      log.warnOnce("identity", "the identity could not be saved: " + e.getMessage());
    }
  }
}
