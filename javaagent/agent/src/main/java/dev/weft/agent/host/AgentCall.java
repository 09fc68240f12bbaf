package dev.weft.agent.host;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.Request;
import dev.weft.engine.call.OutboundCall;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.Routing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call: the engine's, over the adapter's request. A fault in routing leads to the plain way, to
 * the Service's own endpoints.
 */
final class AgentCall implements Call, RequestHead {
  private final AgentOutbound outbound;
  private final Request request;
  private final String host;
  private final Routing routing;
  private OutboundCall call;
  private boolean plain;

  AgentCall(AgentOutbound outbound, Request request, String host, Routing routing) {
    this.outbound = outbound;
    this.request = request;
    this.host = host;
    this.routing = routing;
    OutboundCall begun;
    try {
      begun = OutboundCall.begin(routing, this, outbound.surroundings());
    } catch (RuntimeException e) {
      outbound.fault(e);
      plain = true;
      begun = outbound.plainCall(routing, this);
    }
    this.call = begun;
  }

  @Override
  public Attempt attempt() {
    try {
      return new AgentAttempt(outbound, call.attempt(outbound.identity()));
    } catch (RuntimeException e) {
      outbound.fault(e);
      if (plain) {
        throw e; // there is no plainer way; adapters let nothing of ours reach the application
      }
      plain = true;
      call = outbound.plainCall(routing, this);
      return new AgentAttempt(outbound, call.attempt(outbound.identity()));
    }
  }

  @Override
  public @Nullable Attempt mirror() {
    try {
      dev.weft.engine.call.Attempt copy = call.mirror(outbound.identity());
      return copy == null ? null : new AgentAttempt(outbound, copy);
    } catch (RuntimeException e) {
      outbound.fault(e);
      return null;
    }
  }

  // ---- the request's head

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String scheme() {
    return "http";
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
}
