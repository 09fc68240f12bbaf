package dev.weft.engine;

import dev.weft.engine.balance.HashRing;
import dev.weft.engine.health.EjectionRule;
import dev.weft.engine.health.Ejector;
import dev.weft.engine.health.FailureRateBreaker;
import dev.weft.engine.health.InFlight;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Those endpoints of a Service that carry some labels, on one port, and what is counted of them
 * together. A change of a state or of the members makes the {@link Listing} stale; whoever asks for
 * it next brings it up to date, in one serialised place, and many changes cost one new listing.
 * Thread-safe.
 */
final class EndpointSet implements Ejector.Circle {
  /** Circuit breakers are kept for as many different settings; policies come and go. */
  private static final int MAX_BREAKERS = 16;

  /** The same of active checks. One that is dropped here ends by itself. */
  private static final int MAX_CHECKS = 16;

  final InFlight requests = new InFlight();
  final InFlight connections = new InFlight();
  final InFlight retries = new InFlight();

  private final Service service;
  private final Map<String, String> labels;
  private final int port;
  private final Traffic.Ejection ejection;
  private final ConcurrentHashMap<Traffic.FailureRate, FailureRateBreaker> breakers =
      new ConcurrentHashMap<>();
  private final ConcurrentHashMap<ActiveCheck, ActiveHealth> checks = new ConcurrentHashMap<>();
  private volatile @Nullable EjectionRule rule;
  private volatile Listing listing = new Listing(-1, Service.Picture.EMPTY, new Endpoint[0], null);
  private boolean hashing;

  EndpointSet(Service service, Map<String, String> labels, int port, Traffic.Ejection ejection) {
    this.service = service;
    this.labels = labels;
    this.port = port;
    this.ejection = ejection;
  }

  Service service() {
    return service;
  }

  int port() {
    return port;
  }

  Listing listing() {
    Listing now = listing;
    return now.version == service.version() ? now : refresh();
  }

  /** From now on every listing has a ring. */
  synchronized void hash() {
    if (!hashing) {
      hashing = true;
      Listing now = listing;
      listing = new Listing(now.version, now.of, now.all, HashRing.of(Listing.keys(now.all)));
    }
  }

  private synchronized Listing refresh() {
    Listing old = listing;
    // Read before the states: one that changes meanwhile makes this listing stale at once.
    long version = service.version();
    if (old.version == version) {
      return old;
    }
    Service.Picture picture = service.picture();
    Endpoint[] all = old.all;
    HashRing ring = old.ring;
    if (picture != old.of) {
      all = service.endpoints(picture, labels, port, this, old.all);
      ring = hashing ? ring(old.ring, all) : null;
    }
    Listing made = new Listing(version, picture, all, ring);
    listing = made;
    return made;
  }

  private static HashRing ring(@Nullable HashRing old, Endpoint[] all) {
    var keys = Listing.keys(all);
    return old != null && old.isOf(keys) ? old : HashRing.of(keys);
  }

  /** An attempt at an endpoint failed. */
  void failed(Endpoint endpoint) {
    if (ejection.failures() == 0 || ejection.maxPercent() == 0) {
      return;
    }
    service.ejector(endpoint.seen()).failed(rule(), this);
  }

  private EjectionRule rule() {
    EjectionRule known = rule;
    if (known == null) {
      known =
          new EjectionRule(
              ejection.failures(), ejection.baseNanos(), service.surroundings().nanoTime());
      rule = known;
    }
    return known;
  }

  /**
   * So many of them may be out, at least one, and never the last one that is of any use. Those on
   * probation are out as well: nobody knows yet.
   */
  @Override
  public boolean spares(Ejector one) {
    Endpoint[] usable = listing().usable;
    int out = 0;
    boolean others = false;
    for (Endpoint endpoint : usable) {
      Ejector ejector = endpoint.seen().ejector;
      if (ejector != one) {
        if (ejector != null && ejector.state() != Ejector.State.IN) {
          out++;
        } else if (endpoint.health() == Endpoint.Health.READY && !failsChecks(endpoint)) {
          others = true;
        }
      }
    }
    long most = Math.max(1, (long) usable.length * ejection.maxPercent() / 100);
    return others && out < most;
  }

  @Override
  public void changed() {
    service.changed();
  }

  private boolean failsChecks(Endpoint endpoint) {
    for (ActiveHealth health : checks.values()) {
      if (health.failing(endpoint)) {
        return true;
      }
    }
    return false;
  }

  /** What is found out about them by asking; shared by all policies that ask the same. */
  ActiveHealth health(ActiveCheck check) {
    if (checks.size() >= MAX_CHECKS) {
      checks.clear();
    }
    return checks.computeIfAbsent(
        check, asked -> new ActiveHealth(this, asked, service.surroundings()));
  }

  FailureRateBreaker breaker(Traffic.FailureRate settings) {
    if (breakers.size() >= MAX_BREAKERS) {
      breakers.clear();
    }
    Function<Traffic.FailureRate, FailureRateBreaker> make =
        s ->
            new FailureRateBreaker(
                s.threshold(),
                s.minimumRequests(),
                s.windowSeconds(),
                s.openNanos(),
                service.surroundings().nanoTime());
    return breakers.computeIfAbsent(settings, make);
  }
}
