package dev.weft.runtime;

import dev.weft.engine.Decision;
import dev.weft.engine.HostName;
import dev.weft.engine.route.EgressPolicy;
import dev.weft.policy.EgressMode;
import dev.weft.policy.Resource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which calls may leave the mesh. Any thread.
 *
 * <p>Closed by this process's own setting, it is so from the first call on: what cannot be known to
 * be allowed, because no policy has been learnt, is waited for and then refused. Policy, which only
 * closes it once it is known, is obeyed from then on.
 */
public final class Egress {
  static final int MAX_SAID = 100;

  private final @Nullable EgressMode own;
  private final PolicyTable policy;
  private final String namespace;
  private final LongSupplier nanoTime;
  private final Joining joining;
  private final Log log;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /**
   * @param own what is set for this process; null: nothing, and policy decides
   * @param namespace of this process
   * @param joining how long calls wait for the first policy
   * @param nanoTime as {@link System#nanoTime}
   */
  Egress(
      @Nullable EgressMode own,
      PolicyTable policy,
      String namespace,
      Joining joining,
      LongSupplier nanoTime,
      Log log) {
    this.own = own;
    this.policy = policy;
    this.namespace = namespace;
    this.nanoTime = nanoTime;
    this.joining = joining;
    this.log = log;
  }

  /** Whether there are calls that may not leave the mesh. */
  public boolean closed() {
    EgressMode mode = own == null ? policy.egress().mode() : own;
    return mode == EgressMode.REGISTRY_ONLY;
  }

  /**
   * To be called where {@link #closed} before anybody looks who is behind a host: waits for the
   * first policy, for only that tells.
   */
  public void await(@Nullable String host, Patience patience) {
    if (!policy.learnt() && !HostName.isLoopback(HostName.normalize(host))) {
      patience.await(new AwaitedPolicy());
    }
  }

  private final class AwaitedPolicy extends Patience.Awaited {
    AwaitedPolicy() {
      super(policy.whenLearnt());
    }

    @Override
    public long nanosLeft(long waited) {
      return joining.deadlineNanos() - nanoTime.getAsLong();
    }
  }

  /**
   * Decides about a call to what is none of the mesh's, where {@link #closed}.
   *
   * @param uriHost as the application wrote it
   * @param port that is called
   * @return null to let it out
   */
  public Decision.@Nullable Refuse refusal(String uriHost, int port) {
    String host = HostName.normalize(uriHost);
    EgressPolicy now = policy.egress();
    if (host == null || HostName.isLoopback(host) || now.allows(host, port)) {
      return null;
    }
    String rule = own == null ? now.rule() : Settings.EGRESS.name();
    Decision.Refuse refuse =
        policy.learnt()
            ? new Decision.Refuse(403, "http_request_denied", rule, unknown(host, rule))
            : new Decision.Refuse(
                503,
                "destination_unavailable",
                rule,
                host
                    + " cannot be known to be allowed: nothing has been learnt from a coordinator"
                    + " yet, and "
                    + rule
                    + " is REGISTRY_ONLY",
                1);
    say(refuse, host);
    return refuse;
  }

  /** Once a host, and not of all the hosts that a crawler finds. */
  private void say(Decision.Refuse refuse, String host) {
    if (said.size() >= MAX_SAID) {
      log.warnOnce(
          "egress",
          "refused: calls to more hosts than " + MAX_SAID + "; of others nothing is said");
    } else if (said.add(refuse.status() + " " + host)) {
      log.warn("refused: " + refuse.details());
    }
  }

  private String unknown(String host, String rule) {
    boolean address = HostName.kind(host) == HostName.Kind.ADDRESS;
    return host
        + " is no host of the mesh that is known here, and "
        + rule
        + " is REGISTRY_ONLY; to allow it, apply a MeshService in the namespace "
        + namespace
        + ", or in "
        + Resource.ROOT_NAMESPACE
        + " for the whole mesh, with spec: {egress: ALLOW, "
        + (address ? "addresses" : "hosts")
        + ": [\""
        + host
        + "\"]}";
  }
}
