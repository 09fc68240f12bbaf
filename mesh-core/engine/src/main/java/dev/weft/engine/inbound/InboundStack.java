package dev.weft.engine.inbound;

import dev.weft.engine.Decision;
import dev.weft.policy.PeerAuthentication;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request that comes in, the same for the agent's servers and for the proxy: strip
 * what only the mesh may say (the adapters do that) → identify the caller → end a loop → authorize
 * → limit → the application. Safe for use by any thread.
 */
public final class InboundStack {
  /** What policy says at this moment. */
  public interface Policy {
    /** How a port takes mesh TLS. */
    PeerAuthentication.Decision tlsMode(int port);

    /**
     * Whether a TLS of the application's own is as good as ours: PeerAuthentication has nothing to
     * say of it, but a floor may.
     */
    default boolean ownTlsSuffices() {
      return true;
    }

    /** Who may do what at a port. */
    Authorizer authorizer(int port);

    /** How much a port takes. */
    RateLimits rateLimits(int port);
  }

  private final Policy policy;
  private final CallerCheck callers;
  private final LongSupplier nanoTime;

  /**
   * @param readyPath one more path that probes may ask for; null for none
   * @param loopbackIsExempt whether callers on this machine may come in plaintext under STRICT
   * @param nanoTime as {@link System#nanoTime}
   */
  public InboundStack(
      Policy policy, @Nullable String readyPath, boolean loopbackIsExempt, LongSupplier nanoTime) {
    this.policy = policy;
    this.callers = new CallerCheck(policy, readyPath, loopbackIsExempt);
    this.nanoTime = nanoTime;
  }

  /**
   * Decides about one request. Any error in here must be taken for a refusal by the caller; those
   * of authorization are already.
   *
   * @param peer who calls by mesh TLS; null if that is not what the connection is, or the
   *     certificate has ended
   * @param port of this workload that it came in at
   */
  public Admission admit(InboundHead head, Transport transport, @Nullable Peer peer, int port) {
    InboundRequest request = new InboundRequest(head, peer);
    boolean probe = callers.isProbe(request);

    // First who it is: what comes next is decided about somebody.
    Decision.Refuse unknown = callers.check(request, transport, port, probe);
    if (unknown != null) {
      return Admission.refused(request, unknown);
    }

    // Before whatever costs: each round of a loop is as dear as a request, and never the last.
    Decision.Refuse loop = Decision.loop(request.hops());
    if (loop != null) {
      return Admission.refused(request, loop);
    }

    // Before the limits: who may not come in must not use up what others may.
    Authorization authorization = policy.authorizer(port).authorize(request, probe);
    if (!authorization.allowed()) {
      return Admission.denied(request, authorization);
    }

    // Probes are not counted: a busy instance is not to be taken for a dead one.
    Limited limited = probe ? null : policy.rateLimits(port).acquire(request, nanoTime.getAsLong());
    if (limited != null) {
      return Admission.limited(request, authorization, limited);
    }
    return Admission.admitted(request, authorization);
  }
}
