package dev.weft.host;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.Outbound;
import dev.weft.bootstrap.Request;
import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.policy.ServiceName;
import dev.weft.runtime.Directory;
import dev.weft.runtime.Member;
import dev.weft.runtime.tls.ClientTls;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.SpiffeId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The outbound way of a request: find the service, decide, and say how to reach the endpoint. */
final class AgentOutbound implements Outbound {
  /**
   * One address object for one endpoint and way of speaking to it, so that pools may compare by
   * identity.
   *
   * @param identity version of our certificate, 0 for plaintext. When it is renewed, calls move to
   *     new connections: one made with the old certificate is worth nothing once that has ended.
   */
  private record AddressKey(ServiceName service, String address, int port, long identity) {}

  /** Endpoints come and go; old addresses are forgotten when there are this many. */
  private static final int MAX_ADDRESSES = 20_000;

  private final Member member;
  private final Problems problems;
  private final Reachability reachability;
  private final ConcurrentHashMap<AddressKey, EndpointAddress> addresses =
      new ConcurrentHashMap<>();

  AgentOutbound(Member member, Problems problems) {
    this.member = member;
    this.problems = problems;
    this.reachability = new Reachability(member);
  }

  @Override
  public @Nullable Call call(Request request) {
    if (!"http".equalsIgnoreCase(request.scheme())) {
      return null;
    }
    int port = request.port();
    Directory.Found found = member.directory().find(request.host(), port);
    if (found == null) {
      return null;
    }
    Attempt first = attempt(found, port);
    return first == null ? null : new OneAttempt(first);
  }

  @Override
  public Runnable schedule(Runnable task, long delayNanos) {
    Future<?> future = member.timer().schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  /** A call without retries. */
  private record OneAttempt(Attempt attempt) implements Call {
    @Override
    public @Nullable Attempt mirror() {
      return null;
    }
  }

  private @Nullable Attempt attempt(Directory.Found found, int port) {
    Decision decision =
        Decision.outbound(
            found.service(),
            port,
            found.pinned(),
            member.tls().ready(),
            System.nanoTime(),
            bound -> ThreadLocalRandom.current().nextInt(bound));
    if (decision instanceof Decision.Call call) {
      return new AgentAttempt(call.endpoint(), address(call), problems.verbose(), reachability);
    }
    if (found.pinned() != null) {
      // An address that was an instance's a moment ago, and is not: none of the mesh's business.
      return null;
    }
    return new RefusedAttempt(problems.refusal((Decision.Refuse) decision));
  }

  private EndpointAddress address(Decision.Call call) {
    Endpoint.Facts facts = call.endpoint().facts();
    Identity identity = call.mtls() ? member.tls().identity() : null;
    long version = identity == null ? 0 : identity.version();
    AddressKey key = new AddressKey(facts.service(), facts.address(), facts.port(), version);
    EndpointAddress known = addresses.get(key);
    if (known != null) {
      return known;
    }
    if (addresses.size() >= MAX_ADDRESSES) {
      addresses.clear();
    }
    return addresses.computeIfAbsent(
        key,
        k ->
            identity == null
                ? EndpointAddress.plaintext(facts)
                : EndpointAddress.mtls(facts, tls(facts.service(), identity), version));
  }

  /** Who a service's endpoints may be follows from the service, never from an endpoint. */
  private ClientTls tls(ServiceName service, Identity mine) {
    SpiffeId expected =
        new SpiffeId(mine.spiffeId().trustDomain(), service.namespace(), service.name());
    return member.tls().client(expected.sniHost(), Set.of(expected));
  }
}
