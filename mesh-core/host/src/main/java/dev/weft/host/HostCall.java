package dev.weft.host;

import dev.weft.bridge.Request;
import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.drive.RequestContext;
import dev.weft.engine.Decision;
import dev.weft.engine.Service;
import dev.weft.engine.call.Cause;
import dev.weft.engine.call.OutboundCall;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.Routing;
import dev.weft.policy.ServiceName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call: the engine's, over the adapter's request. A fault in routing leads to the plain way, to
 * the Service's own endpoints; never to an exception.
 */
final class HostCall implements Call, RequestHead {
  private final HostOutbound outbound;
  private final Request request;
  private final String host;
  private final @Nullable RequestContext context;
  private final Cause cause;
  private @Nullable OutboundCall call;

  /** Null for what is outside of the mesh, and is not called. */
  private final @Nullable ServiceName destination;

  private final long begunNanos = System.nanoTime();
  private boolean recorded;

  /** What to fall back to; null when it has been, or if there is nothing to. */
  private @Nullable Routing routing;

  private HostCall(
      HostOutbound outbound,
      Request request,
      String host,
      @Nullable RequestContext context,
      @Nullable ServiceName destination) {
    this.outbound = outbound;
    this.request = request;
    this.host = host;
    this.context = context;
    this.destination = destination;
    this.cause = outbound.cause(context);
  }

  /**
   * @param context of the request that it is for; null for none
   */
  static HostCall routed(
      HostOutbound outbound,
      Request request,
      String host,
      @Nullable RequestContext context,
      Routing routing) {
    HostCall made = new HostCall(outbound, request, host, context, routing.service());
    made.routing = routing;
    try {
      made.call = OutboundCall.begin(routing, made, outbound.surroundings(), made.cause);
    } catch (RuntimeException e) {
      made.call = made.plain(e);
    }
    return made;
  }

  /** Null if nobody is there. */
  static @Nullable HostCall pinned(
      HostOutbound outbound,
      Request request,
      String host,
      @Nullable RequestContext context,
      Service service,
      String address) {
    HostCall made = new HostCall(outbound, request, host, context, service.name());
    int port = request.port() == -1 ? Service.DEFAULT_PORT : request.port();
    made.call =
        OutboundCall.pinned(service, address, port, made, outbound.surroundings(), made.cause);
    return made.call == null ? null : made;
  }

  /** A call to the outside, which is answered and not made. */
  static HostCall refused(
      HostOutbound outbound,
      Request request,
      String host,
      @Nullable RequestContext context,
      Decision.Refuse refuse) {
    HostCall made = new HostCall(outbound, request, host, context, null);
    made.call = OutboundCall.answered(refuse, made, outbound.surroundings());
    return made;
  }

  @Override
  public boolean outside() {
    return destination == null;
  }

  @Override
  public Attempt attempt() {
    OutboundCall now = call;
    try {
      if (now != null) {
        return begun(now.attempt(outbound.identity()));
      }
    } catch (RuntimeException e) {
      OutboundCall plain = plain(e);
      call = plain;
      try {
        return begun(plain.attempt(outbound.identity()));
      } catch (RuntimeException again) {
        outbound.fault(again);
      }
    }
    return begun(broken().attempt(false));
  }

  private HostAttempt begun(dev.weft.engine.call.Attempt attempt) {
    HostAttempt made = new HostAttempt(outbound, attempt, this);
    Decision.Refuse refused = attempt.refusal();
    if (refused != null) {
      record(refused.status(), refused.error(), attempt);
    } else if (attempt.location() != null) {
      record(attempt.redirectStatus(), "", attempt);
    }
    return made;
  }

  /**
   * The call is over; counted once.
   *
   * @param status of what the application gets; 0 for an error
   * @param reason what the mesh says of it; empty for nothing
   * @param last attempt
   */
  void record(int status, String reason, dev.weft.engine.call.Attempt last) {
    OutboundCall now = call;
    if (recorded) {
      return;
    }
    recorded = true;
    try {
      int retries = now == null ? 0 : Math.max(0, now.attempts() - 1);
      long nanos = System.nanoTime() - begunNanos;
      outbound.record(this, context, destination, last, status, reason, retries, nanos);
    } catch (RuntimeException e) {
      outbound.fault(e); // what cannot be counted is a call all the same
    }
  }

  @Override
  public @Nullable Attempt mirror() {
    OutboundCall now = call;
    try {
      dev.weft.engine.call.Attempt copy = now == null ? null : now.mirror(outbound.identity());
      return copy == null ? null : new HostAttempt(outbound, copy, null);
    } catch (RuntimeException e) {
      outbound.fault(e);
      return null;
    }
  }

  /** The same call without routes and policies, after a fault of ours in them. */
  private OutboundCall plain(RuntimeException fault) {
    outbound.fault(fault);
    Routing broken = routing;
    routing = null;
    try {
      if (broken != null) {
        return OutboundCall.begin(outbound.plain(broken), this, outbound.surroundings(), cause);
      }
    } catch (RuntimeException e) {
      outbound.fault(e);
    }
    return broken();
  }

  private OutboundCall broken() {
    return OutboundCall.answered(Problems.undecided("agent"), this, outbound.surroundings());
  }

  // ---- the request's head

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String scheme() {
    return "http"; // of nothing else there are calls that are sent
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int port() {
    return request.port();
  }

  @Override
  public String path() {
    return request.path();
  }

  @Override
  public @Nullable String query() {
    return request.query();
  }

  @Override
  public List<String> header(String name) {
    return request.header(name);
  }

  @Override
  public boolean replayable() {
    return request.replayable();
  }

  @Override
  public boolean ownConnection() {
    return request.ownConnection();
  }
}
