package dev.weft.engine;

import dev.weft.policy.TlsMode;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One port of one instance, and what this process has seen of it. The facts are immutable; an
 * instance whose facts change becomes a new endpoint that takes the load average over. Thread-safe.
 */
public final class Endpoint {
  /** What an endpoint is to this process. */
  public enum Health {
    READY,
    /** A connection was refused or its peer was somebody else; a probe in the background decides. */
    UNREACHABLE
  }

  /** What the coordinator says of it. */
  public enum Standing {
    /** To be used. */
    READY,
    /** To be used only if there is nothing else. */
    SUSPECT,
    /** Takes nothing new. */
    DRAINING
  }

  /** Facts about an endpoint. */
  public record Facts(
      ServiceName service,
      String instance,
      String address,
      int port,
      TlsMode tls,
      Standing standing,
      Map<String, String> labels) {}

  private static final long INITIAL_RTT_NANOS = 30_000_000L;
  private static final long DECAY_NANOS = 10_000_000_000L;

  private final Facts facts;
  private final PeakEwma load;
  private final AtomicReference<Health> health;

  Endpoint(Facts facts, long nowNanos) {
    this(facts, new PeakEwma(nowNanos, INITIAL_RTT_NANOS, DECAY_NANOS), new AtomicReference<>(Health.READY));
  }

  private Endpoint(Facts facts, PeakEwma load, AtomicReference<Health> health) {
    this.facts = facts;
    this.load = load;
    this.health = health;
  }

  /** The same endpoint under new facts; what was seen of it is kept. */
  Endpoint with(Facts changed) {
    return changed.equals(facts) ? this : new Endpoint(changed, load, health);
  }

  public Facts facts() {
    return facts;
  }

  public Health health() {
    return health.get();
  }

  PeakEwma load() {
    return load;
  }

  /** Returns whether this call made the change, and so has to see to the probing. */
  public boolean becomeUnreachable() {
    return health.compareAndSet(Health.READY, Health.UNREACHABLE);
  }

  public void becomeReachable() {
    health.set(Health.READY);
  }

  @Override
  public String toString() {
    return facts.service() + " " + facts.address() + ":" + facts.port();
  }
}
