package dev.weft.engine;

import dev.weft.engine.health.Ejector;
import dev.weft.engine.health.RetryBudget;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A service as this process knows it: its instances, and the pools of endpoints that calls are
 * balanced over. Changes of the members come from one thread; everything else from any.
 */
public final class Service {
  /** A port that means "whichever is the instance's main one". */
  public static final int DEFAULT_PORT = 80;

  /** An instance as the registry tells it. */
  public record Member(
      String id, List<MemberPort> ports, Map<String, String> labels, Endpoint.Standing standing) {}

  /** One port of a member. */
  public record MemberPort(String address, int number, boolean primary, TlsMode tls) {}

  /** The members as of one moment, and when each was first told of. Immutable. */
  record Picture(Map<String, Member> members, Map<String, Long> born) {
    static final Picture EMPTY = new Picture(Map.of(), Map.of());
  }

  /**
   * An endpoint as it is at this moment, for those who show it.
   *
   * @param address without the port
   */
  public record Shown(String address, int port, Endpoint.State state) {}

  private record SetKey(Map<String, String> labels, int port, Traffic.Ejection ejection) {}

  private record PoolKey(Map<String, String> labels, int port, Traffic traffic) {}

  private record SeenKey(String instance, int port) {}

  /**
   * More than these are not remembered together: a caller may ask for any of 65,535 ports, and
   * policies change. What was seen of the endpoints is not lost with them.
   */
  private static final int MAX_POOLS = 256;

  private static final int MAX_BUDGETS = 16;

  private final ServiceName name;
  private final String rule;
  private final Surroundings surroundings;
  private final ConcurrentHashMap<SeenKey, Seen> seen = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SetKey, EndpointSet> sets = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<PoolKey, Pool> pools = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Traffic.Budget, RetryBudget> budgets = new ConcurrentHashMap<>();
  private final Object ejections = new Object();
  private final AtomicLong version = new AtomicLong();
  private volatile Picture picture = Picture.EMPTY;
  private volatile boolean known;
  private volatile boolean existing;

  public Service(ServiceName name, Surroundings surroundings) {
    this.name = name;
    this.rule = name + " (implicit)";
    this.surroundings = surroundings;
  }

  /** The name of the routing that a service has without a route of its own. */
  public String rule() {
    return rule;
  }

  public ServiceName name() {
    return name;
  }

  /** Whether the members have ever been told. */
  public boolean known() {
    return known;
  }

  /** Whether it has or ever had an instance, as far as anybody knows. */
  public boolean existing() {
    return existing;
  }

  /** It has an instance, or had one. */
  public void exists() {
    existing = true;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  /**
   * Replaces all members. Brings the pools up to date, hash rings included, so that no request has
   * to.
   */
  public void update(Collection<Member> members) {
    Picture before = picture;
    long now = surroundings.nanoTime().getAsLong();
    Map<String, Member> byId = new LinkedHashMap<>();
    Map<String, Long> born = new HashMap<>();
    for (Member member : members) {
      byId.put(member.id(), member);
      Long since = before.born.get(member.id());
      born.put(member.id(), since == null ? now : since);
    }
    picture = new Picture(byId, born);
    known = true;
    if (!members.isEmpty()) {
      existing = true;
    }
    changed();
    for (Map.Entry<SeenKey, Seen> entry : seen.entrySet()) {
      Member member = byId.get(entry.getKey().instance);
      if (member == null || !hasPort(member, entry.getKey().port)) {
        entry.getValue().gone = true;
        seen.remove(entry.getKey());
      }
    }
    pools.values().forEach(Pool::refresh);
  }

  private static boolean hasPort(Member member, int number) {
    for (MemberPort port : member.ports()) {
      if (port.number() == number) {
        return true;
      }
    }
    return false;
  }

  public Collection<Member> members() {
    return picture.members.values();
  }

  /** The ports of members that a call could have gone to so far, in no order. */
  public List<Shown> endpoints() {
    Picture now = picture;
    List<Shown> shown = new ArrayList<>();
    seen.forEach(
        (key, one) -> {
          Member member = now.members.get(key.instance);
          MemberPort port = member == null ? null : port(member, key.port);
          if (member != null && port != null) {
            Endpoint.State state = Endpoint.State.of(one.health(), member.standing());
            shown.add(new Shown(port.address(), port.number(), state));
          }
        });
    return shown;
  }

  /** Whether any member has a port of this number. */
  public boolean hasPort(int number) {
    for (Member member : members()) {
      if (hasPort(member, number)) {
        return true;
      }
    }
    return false;
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

  /**
   * The endpoints of those members that carry all these labels, on a port, under a policy. Pools of
   * the same labels and port share what is seen of the endpoints and what is counted, as far as
   * their policies agree; a pool of a changed policy goes on with what was seen. To be looked up
   * when routes change: a pool follows the members by itself.
   *
   * @param labels beside free ones also {@code app}, which is compared with this service's name,
   *     for that is what the certificate says, never with what an instance says of itself
   * @param port of the URI; -1 and {@link #DEFAULT_PORT} mean the primary port of each instance
   */
  public Pool pool(Map<String, String> labels, int port, Traffic traffic) {
    int wanted = port == -1 ? DEFAULT_PORT : port;
    PoolKey key = new PoolKey(labels, wanted, traffic);
    Pool pool = pools.get(key);
    return pool != null ? pool : newPool(Map.copyOf(labels), wanted, traffic);
  }

  private Pool newPool(Map<String, String> labels, int port, Traffic traffic) {
    if (pools.size() >= MAX_POOLS) {
      pools.clear();
    }
    if (sets.size() >= MAX_POOLS) {
      sets.clear();
    }
    EndpointSet set =
        sets.computeIfAbsent(
            new SetKey(labels, port, traffic.ejection()),
            key -> new EndpointSet(this, labels, port, key.ejection));
    return pools.computeIfAbsent(
        new PoolKey(labels, port, traffic), key -> new Pool(set, key.traffic));
  }

  RetryBudget budget(Traffic.Budget settings) {
    if (budgets.size() >= MAX_BUDGETS) {
      budgets.clear();
    }
    return budgets.computeIfAbsent(
        settings,
        s ->
            new RetryBudget(
                s.percent(),
                s.windowNanos(),
                s.minPerSecond(),
                surroundings.nanoTime().getAsLong()));
  }

  // ---- for the sets of endpoints

  long version() {
    return version.get();
  }

  /** Something about the members or their states is new. */
  void changed() {
    version.incrementAndGet();
  }

  Picture picture() {
    return picture;
  }

  /** The ejector of an endpoint, made when it fails for the first time. */
  Ejector ejector(Seen of) {
    Ejector known = of.ejector;
    if (known != null) {
      return known;
    }
    synchronized (ejections) {
      known = of.ejector;
      if (known == null) {
        known = new Ejector((task, delay) -> surroundings.timer().schedule(task, delay), ejections);
        of.ejector = known;
      }
      return known;
    }
  }

  /**
   * The endpoints of a picture, in the members' order.
   *
   * @param before those of the last picture: the ones whose facts are the same are kept
   */
  Endpoint[] endpoints(
      Picture of, Map<String, String> labels, int port, EndpointSet set, Endpoint[] before) {
    Map<Seen, Endpoint> kept = new HashMap<>();
    for (Endpoint endpoint : before) {
      kept.put(endpoint.seen(), endpoint);
    }
    List<Endpoint> made = new ArrayList<>();
    for (Member member : of.members.values()) {
      MemberPort found = carries(member, labels) ? port(member, port) : null;
      if (found != null) {
        Endpoint.Facts facts =
            new Endpoint.Facts(
                name,
                member.id(),
                found.address(),
                found.number(),
                found.tls(),
                member.standing(),
                member.labels());
        Seen seen = seen(of, member.id(), found.number());
        Endpoint old = kept.get(seen);
        made.add(old != null && old.facts().equals(facts) ? old : new Endpoint(facts, seen, set));
      }
    }
    return made.toArray(new Endpoint[0]);
  }

  private Seen seen(Picture of, String instance, int port) {
    Long born = of.born.get(instance);
    return seen.computeIfAbsent(
        new SeenKey(instance, port),
        key ->
            new Seen(surroundings.nanoTime().getAsLong(), born == null ? 0 : born, this::changed));
  }

  private boolean carries(Member member, Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : labels.entrySet()) {
      String key = wanted.getKey();
      String has =
          key.equals("app") || key.equals("app.kubernetes.io/name")
              ? name.name()
              : member.labels().get(key);
      if (!wanted.getValue().equals(has)) {
        return false;
      }
    }
    return true;
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
