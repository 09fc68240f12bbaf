package dev.weft.engine;

import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import dev.weft.policy.Metadata;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A service whose instances are numbered from 0, on a fake clock. */
final class TestService {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000 * MILLI;

  final TestSurroundings time = new TestSurroundings();
  final Service service;
  final Pool pool;

  TestService(int instances) {
    this(instances, Traffic.DEFAULT);
  }

  TestService(int instances, Traffic traffic) {
    this(
        instances, traffic, (endpoint, check, told) -> told.accept(Surroundings.Finding.NOT_ASKED));
  }

  /**
   * @param prober asks endpoints how they are
   */
  TestService(int instances, Traffic traffic, Surroundings.Prober prober) {
    this.service = new Service(new ServiceName("default", "orders"), time.asking(prober));
    instances(instances);
    this.pool = service.pool(Map.of(), -1, traffic);
  }

  /** Makes it exactly so many. */
  void instances(int count) {
    List<Service.Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(member(i, Endpoint.Standing.READY));
    }
    service.update(members);
  }

  static Service.Member member(int number, Endpoint.Standing standing) {
    return new Service.Member(
        "instance-" + number,
        List.of(new Service.MemberPort("10.0.0." + number, 8080, true, TlsMode.PERMISSIVE)),
        Map.of("number", String.valueOf(number)),
        standing);
  }

  /** The endpoint of an instance, not picked: what a call begun earlier holds. */
  Endpoint at(int number) {
    Endpoint found = pool.pinned("10.0.0." + number, 8080);
    if (found == null) {
      throw new AssertionError("no instance " + number);
    }
    return found;
  }

  @Nullable Endpoint pick(Pick pick) {
    return pool.pick(pick, time.now());
  }

  Endpoint pick() {
    Endpoint picked = pick(Pick.ANY);
    if (picked == null) {
      throw new AssertionError("nobody was picked");
    }
    return picked;
  }

  /** Numbers of the instances that are picked in many attempts that end well at once. */
  Set<Integer> picked() {
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      Endpoint picked = pick(Pick.ANY);
      if (picked != null) {
        picked.unused();
        numbers.add(number(picked));
      }
    }
    return numbers;
  }

  void end(Endpoint endpoint, Endpoint.Outcome outcome) {
    endpoint.begin();
    endpoint.end(time.now(), MILLI, outcome);
  }

  void fail(int number, int times) {
    for (int i = 0; i < times; i++) {
      end(at(number), Endpoint.Outcome.FAILURE);
    }
  }

  static int number(Endpoint endpoint) {
    return Integer.parseInt(endpoint.facts().labels().get("number"));
  }

  // ---- requests

  static Pick trying(Endpoint... tried) {
    return new Request(false, 0, tried.length > 0, Set.of(tried));
  }

  static Pick hashed(long hash, Endpoint... tried) {
    return new Request(true, hash, tried.length > 0, Set.of(tried));
  }

  record Request(boolean hashed, long hash, boolean retry, Set<Endpoint> before) implements Pick {
    @Override
    public boolean tried(Endpoint endpoint) {
      return before.contains(endpoint);
    }
  }

  // ---- policies

  static Traffic balancing(Balancing type) {
    return with(null, null, null, null, new BackendTrafficPolicy.LoadBalancer(type, null, null));
  }

  static Traffic limits(BackendTrafficPolicy.Limits limits) {
    return with(null, null, limits, null, null);
  }

  static Traffic ejection(@Nullable Integer failures, @Nullable Integer maxPercent) {
    return with(
        new BackendTrafficPolicy.Ejection(failures, null, maxPercent), null, null, null, null);
  }

  static Traffic panic(int percent) {
    return with(null, percent, null, null, null);
  }

  static Traffic failureRate(int threshold, int minimum, int windowSeconds, int openSeconds) {
    return with(
        null,
        null,
        null,
        new BackendTrafficPolicy.FailureRate(
            threshold, minimum, Duration.ofSeconds(windowSeconds), Duration.ofSeconds(openSeconds)),
        null);
  }

  /**
   * Asks each endpoint every 2 s.
   *
   * @param panic percent
   */
  static Traffic activeCheck(int unhealthy, int healthy, int panic, Balancing type) {
    BackendTrafficPolicy.Hash hash =
        type == Balancing.CONSISTENT_HASH ? new BackendTrafficPolicy.Hash(false, "user") : null;
    return Traffic.of(
        List.of(
            new BackendTrafficPolicy(
                new Metadata("default", "test", Map.of(), Map.of(), null),
                List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
                new BackendTrafficPolicy.LoadBalancer(type, hash, null),
                null,
                new BackendTrafficPolicy.ActiveCheck(
                    "/healthz",
                    Set.of(200),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(1),
                    unhealthy,
                    healthy),
                panic,
                null,
                null,
                null,
                null,
                null,
                null)));
  }

  private static Traffic with(
      BackendTrafficPolicy.@Nullable Ejection ejection,
      @Nullable Integer panic,
      BackendTrafficPolicy.@Nullable Limits limits,
      BackendTrafficPolicy.@Nullable FailureRate failureRate,
      BackendTrafficPolicy.@Nullable LoadBalancer balancer) {
    return Traffic.of(List.of(policy("test", balancer, ejection, panic, limits, failureRate)));
  }

  static BackendTrafficPolicy policy(
      String name,
      BackendTrafficPolicy.@Nullable LoadBalancer balancer,
      BackendTrafficPolicy.@Nullable Ejection ejection,
      @Nullable Integer panic,
      BackendTrafficPolicy.@Nullable Limits limits,
      BackendTrafficPolicy.@Nullable FailureRate failureRate) {
    return new BackendTrafficPolicy(
        new Metadata("default", name, Map.of(), Map.of(), null),
        List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
        balancer,
        ejection,
        null,
        panic,
        limits,
        failureRate,
        null,
        null,
        null,
        null);
  }
}
