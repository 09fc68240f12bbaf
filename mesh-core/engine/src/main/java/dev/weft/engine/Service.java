package dev.weft.engine;

import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A service as this process knows it: its instances, and for each port that is asked for, the
 * endpoints. Changes come from one thread; picks from any: they read one immutable picture.
 */
public final class Service {
  /** A port that means "whichever is the instance's main one". */
  public static final int DEFAULT_PORT = 80;

  /** An instance as the registry tells it. */
  public record Member(
      String id, List<MemberPort> ports, Map<String, String> labels, Endpoint.Standing standing) {}

  /** One port of a member. */
  public record MemberPort(String address, int number, boolean primary, TlsMode tls) {}

  /** The picture: members, and the endpoints of the ports asked for so far. */
  private static final class Picture {
    final Map<String, Member> members;
    final ConcurrentHashMap<Integer, Endpoint[]> byPort = new ConcurrentHashMap<>();

    Picture(Map<String, Member> members) {
      this.members = members;
    }
  }

  /** More distinct ports than this are not remembered: a caller may ask for any of 65,535. */
  private static final int MAX_PORTS = 64;

  private final ServiceName name;
  private final ConcurrentHashMap<String, Endpoint> endpoints = new ConcurrentHashMap<>();
  private volatile Picture picture = new Picture(Map.of());
  private volatile boolean known;

  private final String rule;

  public Service(ServiceName name) {
    this.name = name;
    this.rule = name + " (implicit)";
  }

  /** The name of the routing that a service has without a route of its own. */
  String rule() {
    return rule;
  }

  public ServiceName name() {
    return name;
  }

  /** Whether the members have ever been told. */
  public boolean known() {
    return known;
  }

  /** Replaces all members. */
  public void update(Collection<Member> members) {
    Map<String, Member> byId = new LinkedHashMap<>();
    for (Member member : members) {
      byId.put(member.id(), member);
    }
    picture = new Picture(byId);
    known = true;
    for (Map.Entry<String, Endpoint> entry : endpoints.entrySet()) {
      if (!byId.containsKey(entry.getValue().facts().instance())) {
        entry.getValue().leave();
        endpoints.remove(entry.getKey());
      }
    }
  }

  public Collection<Member> members() {
    return picture.members.values();
  }

  /**
   * Picks an endpoint of a port.
   *
   * @param port of the URI; -1 and {@link #DEFAULT_PORT} mean the primary port of each instance
   * @return null if nobody has that port, or nobody is to be used
   */
  public @Nullable Endpoint pick(int port, long nowNanos, IntUnaryOperator random) {
    Endpoint[] all = endpoints(port, nowNanos);
    return all.length == 0 ? null : Picker.pick(all, nowNanos, random);
  }

  /** The endpoint of one instance, for a caller that chose an address by itself; null if gone. */
  public @Nullable Endpoint pinned(String address, int port, long nowNanos) {
    for (Endpoint endpoint : endpoints(port, nowNanos)) {
      if (endpoint.facts().address().equals(address) && endpoint.facts().port() == port) {
        return endpoint;
      }
    }
    return null;
  }

  /** All port numbers that members have, ascending; for the error that says which there are. */
  public List<Integer> ports() {
    TreeSet<Integer> ports = new TreeSet<>();
    for (Member member : members()) {
      for (MemberPort port : member.ports()) {
        ports.add(port.number());
      }
    }
    return List.copyOf(ports);
  }

  private Endpoint[] endpoints(int port, long nowNanos) {
    Picture now = picture;
    int wanted = port == -1 ? DEFAULT_PORT : port;
    Endpoint[] known = now.byPort.get(wanted);
    if (known != null) {
      return known;
    }
    Endpoint[] made = endpointsOf(now, wanted, nowNanos);
    if (now.byPort.size() < MAX_PORTS) {
      now.byPort.put(wanted, made);
    }
    return made;
  }

  private Endpoint[] endpointsOf(Picture now, int wanted, long nowNanos) {
    List<Endpoint> made = new ArrayList<>();
    for (Member member : now.members.values()) {
      MemberPort port = port(member, wanted);
      if (port != null) {
        Endpoint.Facts facts =
            new Endpoint.Facts(
                name,
                member.id(),
                port.address(),
                port.number(),
                port.tls(),
                member.standing(),
                member.labels());
        made.add(
            endpoints.compute(
                member.id() + "|" + port.number(),
                (key, old) -> old == null ? new Endpoint(facts, nowNanos) : old.with(facts)));
      }
    }
    return made.toArray(new Endpoint[0]);
  }

  private static @Nullable MemberPort port(Member member, int wanted) {
    MemberPort primary = null;
    for (MemberPort port : member.ports()) {
      if (port.number() == wanted) {
        return port;
      }
      if (port.primary()) {
        primary = port;
      }
    }
    return wanted == DEFAULT_PORT ? primary : null;
  }
}
