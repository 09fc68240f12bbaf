package dev.weft.engine;

import dev.weft.engine.balance.Candidate;
import dev.weft.engine.health.Ejector;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One port of one instance, and what this process has seen of it. The facts are immutable; an
 * instance whose facts change becomes a new endpoint that takes over what was seen. Two are equal
 * if they are the same port of the same instance. Thread-safe.
 *
 * <p>What {@link Pool#pick} gave is for one attempt: {@link #begin}, then exactly one of {@link
 * #end} and {@link #endUnobserved}; or, if nothing is sent after all, {@link #unused}.
 */
public final class Endpoint implements Candidate {
  /** What an endpoint is to this process (contracts §5). */
  public enum Health {
    READY,
    /**
     * A connection was refused or its peer was somebody else; a probe in the background decides.
     */
    UNREACHABLE,
    /** It failed several times in a row, and is left alone for a while. */
    EJECTED,
    /** It was ejected; one attempt finds out how it is now. */
    PROBE
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

  /** What may be done with it, from all that is known. */
  public enum State {
    /** To be used. */
    READY,
    /** To be tried once. */
    PROBE,
    /** To be used only if there is nothing else; then the next one, and so on. */
    SUSPECT,
    UNREACHABLE,
    EJECTED,
    /** Not to be used. */
    DRAINING;

    static State of(Health health, Standing standing) {
      if (standing == Standing.DRAINING) {
        return DRAINING;
      }
      switch (health) {
        case UNREACHABLE:
          return UNREACHABLE;
        case EJECTED:
          return EJECTED;
        case PROBE:
          return PROBE;
        default:
          return standing == Standing.SUSPECT ? SUSPECT : READY;
      }
    }
  }

  /** What an attempt says about the endpoint. */
  public enum Outcome {
    /** An answer that is none of the failures. */
    SUCCESS,
    /** 5xx, reset, timeout: several in a row eject. */
    FAILURE,
    /** 429: healthy, but others are to be preferred for a while. */
    THROTTLED,
    /** Made by the mesh, or else no fault and no merit of the endpoint's. */
    IGNORED
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

  /** A 429 without Retry-After weighs as an answer that took so long. */
  private static final long PENALTY_NANOS = 1_000_000_000L;

  /** However long it asks to be spared. */
  private static final long MAX_PENALTY_NANOS = 60_000_000_000L;

  private final Facts facts;
  private final Seen seen;
  private final EndpointSet set;

  /** The permit of the one attempt that finds out; null for every other. */
  private final Ejector.@Nullable Probe probe;

  Endpoint(Facts facts, Seen seen, EndpointSet set) {
    this(facts, seen, set, null);
  }

  private Endpoint(Facts facts, Seen seen, EndpointSet set, Ejector.@Nullable Probe probe) {
    this.facts = facts;
    this.seen = seen;
    this.set = set;
    this.probe = probe;
  }

  public Facts facts() {
    return facts;
  }

  /** An attempt at it begins. */
  public void begin() {
    seen.load.begin();
  }

  /** As {@link #end(long, long, Outcome, long)}, without Retry-After. */
  public void end(long nowNanos, long rttNanos, Outcome outcome) {
    end(nowNanos, rttNanos, outcome, 0);
  }

  /**
   * An attempt is over.
   *
   * @param rttNanos from {@link #begin} on
   * @param retryAfterNanos what a {@link Outcome#THROTTLED} answer asks for; 0 if nothing
   */
  public void end(long nowNanos, long rttNanos, Outcome outcome, long retryAfterNanos) {
    switch (outcome) {
      case SUCCESS:
        seen.load.end(nowNanos, rttNanos);
        wentWell();
        break;
      case THROTTLED:
        long penalty = retryAfterNanos > 0 ? retryAfterNanos : PENALTY_NANOS;
        seen.load.end(nowNanos, Math.max(rttNanos, Math.min(penalty, MAX_PENALTY_NANOS)));
        wentWell();
        break;
      case FAILURE:
        // Quickness is no merit here, and none is counted: only slowness changes the average.
        seen.load.end(nowNanos, rttNanos);
        wentBadly();
        break;
      case IGNORED:
        endUnobserved();
        break;
    }
  }

  /** An attempt is over and says nothing of the endpoint: cancelled, or never connected. */
  public void endUnobserved() {
    seen.load.endUnobserved();
    unused();
  }

  /** It was picked, but no attempt has begun, nor will. */
  public void unused() {
    if (probe != null) {
      probe.released();
    }
  }

  private void wentWell() {
    if (probe != null) {
      probe.succeeded();
      return;
    }
    Ejector ejector = seen.ejector;
    if (ejector != null) {
      ejector.succeeded();
    }
  }

  private void wentBadly() {
    if (probe != null) {
      probe.failed();
    } else {
      set.failed(this);
    }
  }

  /** Takes the permit of a probation: the endpoint to use for it, or null if it is taken. */
  @Nullable Endpoint tryProbe(long nowNanos) {
    Ejector ejector = seen.ejector;
    Ejector.Probe permit = ejector == null ? null : ejector.tryProbe(nowNanos, set);
    return permit == null ? null : new Endpoint(facts, seen, set, permit);
  }

  @Override
  public double cost(long nowNanos) {
    return seen.load.cost(nowNanos);
  }

  @Override
  public int outstanding() {
    return seen.load.outstanding();
  }

  @Override
  public long bornNanos() {
    return seen.bornNanos;
  }

  public Health health() {
    return seen.health();
  }

  public State state() {
    return State.of(seen.health(), facts.standing());
  }

  /** Returns whether this call made the change, and so has to see to the probing. */
  public boolean becomeUnreachable() {
    return seen.unreachable(true);
  }

  public void becomeReachable() {
    seen.unreachable(false);
  }

  /** Whether the instance has left: nobody needs to look for it any more. */
  public boolean gone() {
    return seen.gone;
  }

  Seen seen() {
    return seen;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint && ((Endpoint) other).seen == seen;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(seen);
  }

  @Override
  public String toString() {
    return facts.service() + " " + facts.address() + ":" + facts.port();
  }
}
