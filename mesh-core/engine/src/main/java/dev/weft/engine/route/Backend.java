package dev.weft.engine.route;

import dev.weft.engine.Decision;
import dev.weft.engine.Pool;
import dev.weft.engine.Service;
import dev.weft.policy.ServiceName;
import org.jspecify.annotations.Nullable;

/**
 * Where a rule sends some of its requests: the endpoints of a port of a Service, and what is
 * changed for them. Immutable; its endpoints are live.
 */
public final class Backend {
  /**
   * What is changed on the way to a backend and back: what the rule asks for, then what the backend
   * does.
   *
   * @param hostname to be sent as the authority; null: the application's
   */
  record Edits(
      @Nullable HeadEdit request,
      @Nullable HeadEdit response,
      @Nullable String hostname,
      @Nullable PathEdit path) {
    static final Edits NONE = new Edits(null, null, null, null);

    Edits then(Edits later) {
      return new Edits(
          HeadEdit.join(request, later.request),
          HeadEdit.join(response, later.response),
          later.hostname != null ? later.hostname : hostname,
          later.path != null ? later.path : path);
    }
  }

  private final ServiceName service;
  private final int port;
  private final int weight;
  private final boolean declared;
  private final @Nullable Service members;
  private final @Nullable Pool pool;
  private final Decision.@Nullable Refuse broken;
  private final Edits edits;

  private Backend(
      ServiceName service,
      int port,
      int weight,
      boolean declared,
      @Nullable Service members,
      @Nullable Pool pool,
      Decision.@Nullable Refuse broken,
      Edits edits) {
    this.service = service;
    this.port = port;
    this.weight = weight;
    this.declared = declared;
    this.members = members;
    this.pool = pool;
    this.broken = broken;
    this.edits = edits;
  }

  /**
   * @param declared whether a Service resource says that it exists; else its members have to
   */
  static Backend of(
      ServiceName service,
      int port,
      int weight,
      boolean declared,
      Service members,
      Pool pool,
      Edits edits) {
    return new Backend(service, port, weight, declared, members, pool, null, edits);
  }

  /** One that cannot be: its share is answered. */
  static Backend broken(
      ServiceName service, int port, int weight, Decision.Refuse answer, Edits edits) {
    return new Backend(service, port, weight, true, null, null, answer, edits);
  }

  /** As the route names it. */
  public ServiceName service() {
    return service;
  }

  /** As the route gives it; -1: none. */
  public int port() {
    return port;
  }

  public int weight() {
    return weight;
  }

  /** Its endpoints; null if it is broken. */
  public @Nullable Pool pool() {
    return pool;
  }

  /** The service as which its endpoints are registered; null if it is broken. */
  public @Nullable Service members() {
    return members;
  }

  /**
   * What is answered when there is nobody to call.
   *
   * @param rule that chose this backend
   */
  public Decision.Refuse nobody(String rule) {
    if (broken != null) {
      return broken;
    }
    if (pool == null || members == null) {
      return missing(service, rule);
    }
    if (!members.known()) {
      return Decision.unavailable(
          rule, "the instances of " + members.name() + " are not known yet");
    }
    return declared || members.existing() ? Decision.nobody(pool, rule) : missing(service, rule);
  }

  /** A reference to what does not exist. */
  static Decision.Refuse missing(ServiceName service, String rule) {
    return Decision.misconfigured(
        rule, "backend " + service + " does not exist: no Service and no app is called so");
  }

  /** What is done to the fields of a request; null for nothing. */
  public @Nullable HeadEdit requestEdit() {
    return edits.request();
  }

  /** What is done to the fields of a response; null for nothing. */
  public @Nullable HeadEdit responseEdit() {
    return edits.response();
  }

  /** The authority to be sent; null: the application's. */
  public @Nullable String authority() {
    return edits.hostname();
  }

  /**
   * The request target to be sent; null: the application's.
   *
   * @param matched see {@link RouteMatch#matched}
   */
  public @Nullable String target(RequestHead head, int matched) {
    PathEdit path = edits.path();
    if (path == null) {
      return null;
    }
    String changed = path.apply(head.path(), matched);
    return head.query() == null ? changed : changed + "?" + head.query();
  }

  @Override
  public String toString() {
    return service + (port == -1 ? "" : ":" + port) + " weight " + weight;
  }
}
