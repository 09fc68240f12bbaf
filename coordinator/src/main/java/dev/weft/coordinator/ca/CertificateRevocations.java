package dev.weft.coordinator.ca;

import dev.weft.ca.Revocation;
import dev.weft.ca.Revocations;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.RevocationAdmin;
import java.util.List;
import java.util.Map;

/** Revocations for the admin API; what it does is in the audit, and told to all agents at once. */
public final class CertificateRevocations implements RevocationAdmin {
  private final Revocations revocations;
  private final AuditView audit;

  /**
   * @param changed tells those who are connected here
   */
  public CertificateRevocations(Revocations revocations, AuditView audit, Runnable changed) {
    this.revocations = revocations;
    this.audit = audit;
    revocations.onChange(changed);
  }

  @Override
  public List<Revocation> list() {
    return revocations.all();
  }

  @Override
  public Revocation revoke(String serial) {
    return done(revocations.revoke(serial));
  }

  @Override
  public Revocation revoke(String namespace, String service) {
    return done(revocations.revoke(namespace, service));
  }

  /** Takes over what other coordinators have revoked. */
  public void refresh() {
    revocations.refresh();
  }

  private Revocation done(Revocation made) {
    audit.record(
        "certificate.revoked",
        "admin",
        made.subject(),
        made.serial().isEmpty() ? Map.of("before", made.at().toString()) : Map.of());
    return made;
  }
}
