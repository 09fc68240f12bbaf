package dev.weft.coordinator.mesh;

import dev.weft.ca.Lineage;
import dev.weft.coordinator.ca.Refusal;
import dev.weft.wire.Message;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that an agent shows its peers, and the roots that it trusts theirs by. On the
 * channel's event loop, unless said otherwise.
 */
final class AgentCertificate {
  private final AgentChannel agent;
  private final Hub hub;
  private final List<String> addresses;
  private final Lineage lineage;
  private boolean renewing;
  private @Nullable Roots told;
  private @Nullable X500Principal askedFor;

  // Read by the admin API and when a root rotates.
  private volatile long expiryMillis;
  private volatile String serial;
  private volatile X500Principal root;
  private volatile Set<String> trusted = Set.of();

  /**
   * @param peer what the agent connected with
   */
  AgentCertificate(AgentChannel agent, SvidTrust.Peer peer) {
    this.agent = agent;
    this.hub = agent.hub();
    this.addresses = peer.addresses();
    this.lineage = peer.lineage();
    this.expiryMillis = peer.expiryMillis();
    this.serial = peer.serial();
    this.root = peer.root();
  }

  void renew(Message.Renew renew) {
    if (renewing || !agent.budget().renewal(hub.nanos())) {
      agent.refuse("slow_down", "renew: one at a time, and not that often");
      return;
    }
    renewing = true;
    hub.renewing(
        () -> {
          try {
            return hub.enrolment()
                .renew(
                    agent.id(), addresses, lineage, renew.csr(), agent.remote(), agent.instance());
          } catch (Refusal e) {
            return new Message.Refused(e.code(), String.valueOf(e.getMessage()));
          }
        },
        agent.netty().eventLoop(),
        answer -> {
          renewing = false;
          if (isRevoked()) {
            agent.close();
            return;
          }
          if (answer instanceof Message.Joined joined) {
            X509Certificate[] chain = Hub.chain(joined);
            X509Certificate leaf = chain[0];
            expiryMillis = leaf.getNotAfter().getTime();
            serial = leaf.getSerialNumber().toString(16);
            root = chain[1].getIssuerX500Principal();
          }
          agent.writeAndFlush(answer);
        });
  }

  /**
   * Whether it was revoked, with whatever it has been renewed to. From then on its stream is not
   * heard, and told nothing: who has it would know to ask for another. Any thread.
   */
  boolean isRevoked() {
    return hub.revocations().contains(agent.id(), lineage);
  }

  /** Tells what to trust from now on. Any thread. */
  void bundleChanged() {
    agent.onLoop(this::tell);
  }

  /** The roots are others, or those who are of another one are to renew. Any thread. */
  void rootsChanged() {
    agent.onLoop(
        () -> {
          if (!trusts(hub.roots())) {
            tell();
          }
          askToRenew();
        });
  }

  /** The agent says which roots are in force there; it is told if they are not the right ones. */
  void trusts(Message.Trusts trusts) {
    Roots roots = hub.roots();
    boolean before = trusts(roots);
    trusted = Set.copyOf(trusts.roots());
    // Told once and not done: telling it again would go round and round. But a certificate that
    // was on its way may have brought the roots of before.
    if (!trusts(roots) && (told != roots || before)) {
      tell();
    }
  }

  /** Without flushing. */
  void tell() {
    // Read now, on the loop, so that nothing older can be written after something newer.
    told = hub.roots();
    Message.Bundle bundle = hub.enrolment().bundle();
    if (isRevoked()) {
      agent.close();
    } else {
      agent.write(bundle);
    }
  }

  /** Once a root and a stream, at a moment of its own, so that not all come at once. */
  void askToRenew() {
    Roots roots = hub.roots();
    if (!roots.renewing() || isOf(roots) || roots.signing().equals(askedFor)) {
      return;
    }
    askedFor = roots.signing();
    long within = roots.timeToRenew(hub.clock().instant()).toNanos();
    agent.onLoop(
        () -> {
          if (!root.equals(askedFor)) {
            agent.write(new Message.RenewNow());
          }
        },
        (long) (hub.random().nextDouble() * within));
  }

  /** Whether exactly these are in force at the agent. Any thread. */
  boolean trusts(Roots roots) {
    return trusted.equals(roots.fingerprints());
  }

  /** Whether the agent's certificate is of the root that signs. Any thread. */
  boolean isOf(Roots roots) {
    return root.equals(roots.signing());
  }

  /** When it expires, in epoch ms. Any thread. */
  long expiryMillis() {
    return expiryMillis;
  }

  /** In hexadecimal. Any thread. */
  String serial() {
    return serial;
  }
}
