package dev.weft.engine.route;

import dev.weft.engine.Service;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.ServiceName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How calls of one port of one Service are routed, as callers of one namespace see it. Immutable
 * but for what it remembers of its backends being known.
 */
public final class Routing {
  /** A port that means "whichever is the instance's main one". */
  public static final int DEFAULT_PORT = Service.DEFAULT_PORT;

  private final ServiceName service;
  private final int port;
  private final PathIndex index;
  private final Rule noRule;
  private final @Nullable RouteMatch implicit;
  private final List<Service> members;
  private volatile boolean known;

  /** What holds until the members of all services have been told; null if there was nothing. */
  private volatile @Nullable Routing before;

  private volatile long untilNanos;

  private Routing(
      ServiceName service,
      int port,
      List<RouteMatch> matches,
      @Nullable RouteMatch implicit,
      List<Service> members) {
    this.service = service;
    this.port = port;
    this.index = new PathIndex(matches);
    this.implicit = implicit;
    this.members = members;
    this.noRule = Rule.none(service + " (no rule)");
  }

  /**
   * Compiles what policy says.
   *
   * @param port of the URI; {@link #DEFAULT_PORT} if it has none
   * @param caller namespace of the caller
   * @param live gives the live services, and has them followed from now on
   */
  public static Routing compile(
      ServiceName service,
      int port,
      String caller,
      Policies policies,
      Live live,
      Expressions expressions) {
    RuleCompiler compiler = new RuleCompiler(service, port, policies, live);
    List<RouteMatch> matches = new ArrayList<>();
    List<HttpRoute> routes = policies.routes(service, port, caller);
    for (HttpRoute route : routes) {
      for (int i = 0; i < route.rules().size(); i++) {
        Rule rule = compiler.rule(route, i);
        for (HttpRoute.Match match : route.rules().get(i).matches()) {
          matches.add(RouteMatch.of(route, i, match, rule, expressions));
        }
      }
    }
    RouteMatch implicit =
        routes.isEmpty() ? RouteMatch.implicit(service, compiler.implicit(), expressions) : null;
    return new Routing(service, port, matches, implicit, membersOf(matches, implicit));
  }

  private static List<Service> membersOf(List<RouteMatch> matches, @Nullable RouteMatch implicit) {
    Set<Service> members = new LinkedHashSet<>();
    List<RouteMatch> all = new ArrayList<>(matches);
    if (implicit != null) {
      all.add(implicit);
    }
    for (RouteMatch match : all) {
      for (Backend backend : match.rule().backends()) {
        add(backend, members);
      }
      for (Rule.Mirror mirror : match.rule().mirrors()) {
        add(mirror.backend(), members);
      }
    }
    return List.copyOf(members);
  }

  private static void add(Backend backend, Set<Service> members) {
    Service service = backend.members();
    if (service != null) {
      members.add(service);
    }
  }

  /**
   * The match that takes precedence.
   *
   * @return null if no rule matches
   */
  public @Nullable RouteMatch select(RequestHead head) {
    return implicit != null ? implicit : index.find(head);
  }

  /** What is named where no rule matches. */
  public Rule noRule() {
    return noRule;
  }

  public ServiceName service() {
    return service;
  }

  /** Of the URI; {@link #DEFAULT_PORT} if it has none. */
  public int port() {
    return port;
  }

  /** All matches of all rules, in order of precedence; empty if the Service has no routes. */
  List<RouteMatch> matches() {
    return index.inOrder();
  }

  /** The services that any of its rules may lead to. */
  public List<Service> members() {
    return members;
  }

  /** Whether the members of all of them have been told. */
  public boolean known() {
    if (known) {
      return true;
    }
    for (Service service : members) {
      if (!service.known()) {
        return false;
      }
    }
    known = true;
    return true;
  }

  /**
   * Lets an older routing of the same calls hold until the members of all services that this one
   * leads to have been told, or a while has passed: so that a new policy costs no call anything.
   *
   * @param until in the nanoseconds that {@link #inForce} will be asked with
   */
  public void follow(Routing older, long nowNanos, long until) {
    Routing holding = older.inForce(nowNanos);
    if (!known() && holding.known()) {
      untilNanos = until;
      before = holding;
    }
  }

  /** This routing, or the one before it that still holds. */
  public Routing inForce(long nowNanos) {
    Routing older = before;
    if (older == null) {
      return this;
    }
    if (!known() && nowNanos - untilNanos < 0) {
      return older;
    }
    before = null;
    return this;
  }

  /** Whether an older one may still hold. */
  public boolean following() {
    return before != null;
  }

  /** To be called when waiting for members is in vain: nobody waits again. */
  public void giveUpWaiting() {
    known = true;
  }
}
