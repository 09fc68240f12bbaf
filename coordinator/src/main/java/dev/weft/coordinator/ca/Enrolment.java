package dev.weft.coordinator.ca;

import dev.weft.ca.CaException;
import dev.weft.ca.CaStatus;
import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.CsrRefused;
import dev.weft.ca.Issued;
import dev.weft.ca.Lineage;
import dev.weft.ca.Revocations;
import dev.weft.ca.TokenRecord;
import dev.weft.ca.TokenRefused;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.Unavailable;
import dev.weft.policy.Dns1123;
import dev.weft.policy.SpiffeId;
import dev.weft.wire.Message;
import dev.weft.wire.Revoked;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * First certificates for tokens, next certificates for certificates. Every one that is issued and
 * every one that is refused is in the audit. Blocks on ZooKeeper; safe for use by any thread.
 */
public final class Enrolment {
  private final CertificateAuthority ca;
  private final Tokens tokens;
  private final Revocations revocations;
  private final AuditView audit;

  public Enrolment(
      CertificateAuthority ca, Tokens tokens, Revocations revocations, AuditView audit) {
    this.ca = ca;
    this.tokens = tokens;
    this.revocations = revocations;
    this.audit = audit;
  }

  /**
   * A first certificate.
   *
   * @param remote address of the agent, for the audit
   * @param loopback whether that is a loopback address
   */
  public Message.Joined join(Message.Join join, String remote, boolean loopback) throws Refusal {
    // What is no name does not come into the audit.
    String asked =
        Dns1123.isLabel(join.namespace()) && Dns1123.isLabel(join.service())
            ? join.namespace() + "/" + join.service()
            : "no service";
    String actor = "token?";
    try {
      // In this order, so that nobody learns about requests before the token is good, and no use
      // of a token is spent on a request that is not.
      Tokens.Grant grant = tokens.check(join.token(), join.namespace(), join.service(), loopback);
      TokenRecord token = grant.token();
      actor = "token " + token.id();
      SpiffeId granted = new SpiffeId(ca.trustDomain(), join.namespace(), join.service());
      PublicKey key = ca.check(granted, join.csr());
      // What was revoked by service a moment ago, elsewhere, is not to hit this one.
      revocations.refresh();
      grant.take();
      Issued issued = ca.issue(granted, token.addresses(), key, revocations.earliest(granted));
      issued(issued, actor, remote, join.instance());
      return joined(issued);
    } catch (TokenRefused e) {
      throw refused(e.code().wire(), e, asked, actor, remote);
    } catch (CsrRefused e) {
      throw refused("bad_csr", e, asked, actor, remote);
    } catch (Unavailable | CaException e) {
      throw refused("unavailable", e, asked, actor, remote);
    }
  }

  /**
   * The next certificate of a service that has a live one.
   *
   * @param addresses that the live one grants, and the next one therefore too
   * @param lineage of that one, which was not revoked as far as is known here
   */
  public Message.Joined renew(
      SpiffeId id,
      List<String> addresses,
      Lineage lineage,
      byte[] csr,
      String remote,
      String instance)
      throws Refusal {
    String actor = "certificate of " + id;
    try {
      // Before and after, for it may be revoked meanwhile. Later than that, the lineage sees to
      // it that what was issued here is not believed.
      if (!isRevoked(id, lineage)) {
        Issued issued = ca.renew(id, addresses, csr, lineage);
        if (!isRevoked(id, lineage)) {
          issued(issued, actor, remote, instance);
          return joined(issued);
        }
      }
      throw refused("revoked", "the certificate that asks was revoked", id.uri(), actor, remote);
    } catch (CsrRefused e) {
      throw refused("bad_csr", e, id.uri(), actor, remote);
    } catch (CaException e) {
      throw refused("unavailable", e, id.uri(), actor, remote);
    }
  }

  private boolean isRevoked(SpiffeId id, Lineage lineage) {
    try {
      revocations.refresh();
    } catch (Unavailable e) {
      // Renewing goes on without ZooKeeper, but not until an entry can have been forgotten.
      if (revocations.isOutdated()) {
        throw new CaException("what was revoked has not been read for too long", e);
      }
    }
    return revocations.contains(id, lineage);
  }

  /** The authority, whose certificates these are. */
  public CaStatus authority() {
    return ca.status();
  }

  /** What to trust now. */
  public Message.Bundle bundle() {
    return new Message.Bundle(encoded(ca.bundle()), revoked());
  }

  private List<Revoked> revoked() {
    return revocations.all().stream()
        .map(
            one ->
                one.serial().isEmpty()
                    ? Revoked.service(one.namespace(), one.service(), one.before().toEpochMilli())
                    : Revoked.certificate(one.serial()))
        .toList();
  }

  private void issued(Issued issued, String actor, String remote, String instance) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("serial", issued.serial());
    details.put("notAfter", issued.leaf().getNotAfter().toInstant().toString());
    details.put("remote", remote);
    details.put("instance", instance);
    audit.record(AuditView.ISSUED, actor, issued.id().uri(), details);
  }

  private Refusal refused(String code, Exception why, String subject, String actor, String remote) {
    return refused(code, String.valueOf(why.getMessage()), subject, actor, remote);
  }

  private Refusal refused(String code, String reason, String subject, String actor, String remote) {
    audit.record(
        "certificate.refused",
        actor,
        subject,
        Map.of("code", code, "reason", reason, "remote", remote));
    return new Refusal(code, reason);
  }

  private Message.Joined joined(Issued issued) {
    return new Message.Joined(
        encoded(issued.chain()), encoded(ca.bundle()), revoked(), ca.trustDomain());
  }

  private static List<byte[]> encoded(List<X509Certificate> certificates) {
    try {
      List<byte[]> all = new ArrayList<>();
      for (X509Certificate certificate : certificates) {
        all.add(certificate.getEncoded());
      }
      return all;
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate of our own has its encoding", e);
    }
  }
}
