package dev.weft.host;

import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import dev.weft.drive.Call;
import dev.weft.drive.RequestContext;
import dev.weft.drive.Source;
import dev.weft.drive.Time;
import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.Traffic;
import dev.weft.engine.call.Attempt;
import dev.weft.engine.call.Cause;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.Routing;
import dev.weft.policy.ServiceName;
import dev.weft.policy.SpiffeId;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.Directory;
import dev.weft.runtime.Member;
import dev.weft.runtime.Patience;
import dev.weft.runtime.Settings;
import dev.weft.runtime.telemetry.Edge;
import dev.weft.runtime.telemetry.Telemetry;
import dev.weft.runtime.tls.EndpointTls;
import dev.weft.runtime.tls.Identity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The outbound way of a request: find the service, decide, and say how to reach the endpoint. */
final class HostOutbound implements Source {
  /**
   * One address object for one endpoint and way of speaking to it, so that pools may compare by
   * identity.
   *
   * @param identity version of our certificate, 0 for plaintext. When it is renewed, calls move to
   *     new connections: one made with the old certificate is worth nothing once that has ended.
   */
  private record AddressKey(ServiceName service, String address, int port, long identity) {
    // Written out for the reason of ServiceName's.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof AddressKey that
          && port == that.port
          && identity == that.identity
          && address.equals(that.address)
          && service.equals(that.service);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * service.hashCode() + address.hashCode()) + 31 * port + (int) identity;
    }
  }

  private static final int HTTPS_PORT = 443;

  /** Endpoints come and go; old addresses are forgotten when there are this many. */
  private static final int MAX_ADDRESSES = 20_000;

  private final Member member;
  private final Problems problems;
  private final Consumer<Throwable> faults;
  private final Time time;
  private final Reachability reachability;
  private final ConcurrentHashMap<AddressKey, EndpointAddress> addresses =
      new ConcurrentHashMap<>();

  /** How often connections to an endpoint had to be given up. Part of new labels: no two alike. */
  private final AtomicLong turns = new AtomicLong();

  /**
   * @param time tells calls that wait for something of the end of their patience
   * @param faults counts and logs errors of the agent itself
   */
  HostOutbound(Member member, Problems problems, Time time, Consumer<Throwable> faults) {
    this.member = member;
    this.problems = problems;
    this.time = time;
    this.faults = faults;
    this.reachability = new Reachability(member);
    member.prober(new HealthChecker(this::ownAddress, faults));
  }

  @Override
  public @Nullable Call call(Request request) {
    return call(request, RequestContext.current(), Patience.BLOCKING);
  }

  @Override
  public void find(
      Request request, Executor later, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    new Asking(this, request, time, later, found).run();
  }

  /**
   * @param context of the request that it is for; null for none
   * @throws Patience.NotYet as {@code patience} does; nothing has been done then
   */
  @Nullable Call call(Request request, @Nullable RequestContext context, Patience patience) {
    String host = request.host();
    if (host == null) {
      return null;
    }
    Asked asked = new Asked(request, host, context, patience);
    if (member.egress().closed()) {
      return closed(asked);
    }
    return "http".equalsIgnoreCase(request.scheme()) ? meshed(asked) : null;
  }

  /** A question about a call, by somebody. */
  private record Asked(
      Request request, String host, @Nullable RequestContext context, Patience patience) {}

  /** Null if it is none of the mesh's. */
  private @Nullable Call meshed(Asked asked) {
    String host = asked.host;
    int port = asked.request.port();
    Directory.Found found = member.directory().find(host, port, asked.patience);
    if (found == null) {
      String awaited = member.directory().awaited(host);
      return awaited == null ? null : refused(asked, notJoined(awaited));
    }
    String address = found.address();
    if (address != null && !(found.adopted() && isMain(found.service(), address, port))) {
      // An address that was an instance's a moment ago, and is not: none of the mesh's business.
      return HostCall.pinned(this, asked.request, host, asked.context, found.service(), address);
    }
    Routing routing = routing(found, port, asked.patience);
    return HostCall.routed(this, asked.request, host, asked.context, routing);
  }

  private Call refused(Asked asked, Decision.Refuse refuse) {
    return HostCall.refused(this, asked.request, asked.host, asked.context, refuse);
  }

  private static Decision.Refuse notJoined(String awaited) {
    return new Decision.Refuse(
        503,
        "destination_unavailable",
        Settings.STARTUP_WAIT.name(),
        "this process has not joined the mesh yet: it waits for " + awaited,
        1);
  }

  /** Where not everything may leave the mesh. */
  private @Nullable Call closed(Asked asked) {
    String host = asked.host;
    Request request = asked.request;
    boolean tls = "https".equalsIgnoreCase(request.scheme());
    int port = request.port() == -1 && tls ? HTTPS_PORT : request.port();
    member.egress().await(host, asked.patience);
    if (tls) {
      // Of the mesh or not; the TLS inside is the application's own.
      if (member.directory().find(host, port, asked.patience) != null) {
        return null;
      }
    } else {
      Call call = meshed(asked);
      if (call != null) {
        return call;
      }
    }
    Decision.Refuse refuse = member.egress().refusal(host, port);
    return refuse == null ? null : refused(asked, refuse);
  }

  @Override
  public @Nullable Call undecided(Request request) {
    String host = request.host();
    return host == null || !member.egress().closed()
        ? null
        : HostCall.refused(
            this,
            request,
            host,
            RequestContext.current(),
            Problems.undecided(Settings.EGRESS.name()));
  }

  /** Whether an instance is called there for what the service is; and not at some other port. */
  private static boolean isMain(Service service, String address, int port) {
    int called = port == -1 ? Service.DEFAULT_PORT : port;
    return service.pool(Map.of(), Service.DEFAULT_PORT, Traffic.DEFAULT).pinned(address, called)
        != null;
  }

  private Routing routing(Directory.Found found, int port, Patience patience) {
    Service service = found.service();
    try {
      // The port of an instance says nothing of the others' ports.
      int meant = found.address() == null ? port : -1;
      int wanted = found.adopted() ? member.policy().adoptedPort(service, meant) : port;
      Routing routing = member.policy().routing(service.name(), wanted);
      member.directory().await(routing, patience);
      return routing;
    } catch (Patience.NotYet e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      fault(e);
      return member.policy().plain(service.name(), port);
    }
  }

  // ---- for calls and attempts

  Surroundings surroundings() {
    return member.surroundings();
  }

  /** What a call that is made for a request has to heed; for none: nothing. */
  Cause cause(@Nullable RequestContext context) {
    return context == null
        ? Cause.NONE
        : new Cause(
            Math.min(context.hops(), Integer.MAX_VALUE - 1) + 1,
            member.inheritsDeadlines() ? context.deadlineNanos() : 0);
  }

  /** Whether this process has a valid certificate. */
  boolean identity() {
    return member.tls().ready();
  }

  Routing plain(Routing routing) {
    return member.policy().plain(routing.service(), routing.port());
  }

  void fault(Throwable error) {
    faults.accept(error);
  }

  void lost(Endpoint endpoint, EndpointAddress address, long connectNanos) {
    reachability.lost(endpoint, address, connectNanos);
  }

  Problems problems() {
    return problems;
  }

  /**
   * A call is over.
   *
   * @param context of the request that it was for; null for none
   * @param destination null if it is none of the mesh's
   */
  void record(
      RequestHead head,
      @Nullable RequestContext context,
      @Nullable ServiceName destination,
      Attempt last,
      int status,
      String reason,
      int retries,
      long nanos) {
    Telemetry telemetry = member.telemetry();
    Edge edge =
        new Edge(
            true,
            member.source(),
            destination == null ? Edge.OUTSIDE : telemetry.text(destination),
            last.rule(),
            Edge.method(head.method()),
            status,
            reason,
            last.mtls());
    telemetry.request(
        edge,
        retries,
        nanos,
        telemetry.wantsDetail() ? detail(head, context, last) : Telemetry.Detail.NONE);
  }

  /** Of the trace that the application says, else of that in which it was asked itself. */
  private static Telemetry.Detail detail(
      RequestHead head, @Nullable RequestContext context, Attempt last) {
    Endpoint.Facts facts = last.hasEndpoint() ? last.endpoint().facts() : null;
    List<String> traceparent = head.header("traceparent");
    return new Telemetry.Detail(
        head.host(),
        head.path(),
        facts == null ? null : facts.address() + ":" + facts.port(),
        !traceparent.isEmpty()
            ? traceparent.get(0)
            : context == null ? null : context.traceparent());
  }

  /** What the mesh answers in an endpoint's place; null if there is an endpoint. */
  @Nullable Refusal refusal(Attempt attempt) {
    Decision.Refuse refuse = attempt.refusal();
    if (refuse != null) {
      return problems.refusal(refuse);
    }
    String location = attempt.location();
    return location == null ? null : Refusal.redirect(attempt.redirectStatus(), location);
  }

  /** How this process itself speaks to an endpoint; null if it must not, for want of identity. */
  private @Nullable EndpointAddress ownAddress(Endpoint endpoint) {
    TlsMode tls = endpoint.facts().tls();
    boolean identity = identity();
    return tls == TlsMode.STRICT && !identity
        ? null
        : address(endpoint, identity && tls != TlsMode.DISABLE);
  }

  EndpointAddress address(Endpoint endpoint, boolean mtls) {
    Endpoint.Facts facts = endpoint.facts();
    Identity identity = mtls ? member.tls().identity() : null;
    if (mtls && identity == null) {
      throw new IllegalStateException(
          "no certificate, and mesh TLS was decided"); // never plaintext
    }
    long version = identity == null ? 0 : identity.version();
    AddressKey key = new AddressKey(facts.service(), facts.address(), facts.port(), version);
    EndpointAddress known = addresses.get(key);
    if (known != null && !known.over()) {
      return known;
    }
    if (addresses.size() >= MAX_ADDRESSES) {
      addresses.clear();
    }
    return addresses.compute(
        key,
        (k, now) -> {
          if (now != null && now != known) {
            return now; // another call was quicker
          }
          return identity == null ? EndpointAddress.plaintext(facts) : mtls(facts, identity, now);
        });
  }

  /**
   * Who a service's endpoints may be follows from the service, never from an endpoint.
   *
   * @param over the address before, to which no more calls may go; null if there was none
   */
  private EndpointAddress mtls(
      Endpoint.Facts facts, Identity mine, @Nullable EndpointAddress over) {
    ServiceName service = facts.service();
    SpiffeId expected =
        new SpiffeId(mine.spiffeId().trustDomain(), service.namespace(), service.name());
    Set<SpiffeId> accepted = Set.of(expected);
    EndpointTls tls =
        over == null
            ? member.tls().client(expected.sniHost(), accepted).endpoint()
            : over.nextTls();
    long turn = over == null ? turns.get() : turns.incrementAndGet();
    return EndpointAddress.mtls(facts, tls, accepted, mine.version(), turn);
  }
}
