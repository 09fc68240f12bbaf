package dev.weft.runtime;

import dev.weft.engine.Endpoint;
import dev.weft.engine.HostName;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.route.Routing;
import dev.weft.policy.ServiceName;
import dev.weft.wire.Bounds;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import dev.weft.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is behind a name. Knows what has been asked before; asks the coordinator about the rest, once
 * a name, and subscribes to the services that turn up. Lookups come from any thread; news from the
 * coordinator's one.
 */
public final class Directory {
  /**
   * A service of the mesh.
   *
   * @param address that of an instance, which the caller chose by itself; null if it called by name
   * @param adopted whether the service is meant, whatever it was called by: a host or address of a
   *     MeshService, whose port need not be one of the service's, or an instance's address
   */
  public record Found(Service service, @Nullable String address, boolean adopted) {}

  /** Which hosts policy has adopted for a service. */
  @FunctionalInterface
  public interface Adoption {
    /**
     * @param host in lower case, without a trailing dot
     * @param port of the URI, -1 if it has none
     * @return null if none
     */
    @Nullable ServiceName adopted(String host, int port);
  }

  /**
   * Names that have the form of the mesh's, and as many others: a crawler must not fill our memory,
   * nor make us forget whom we know.
   */
  static final int MAX_NAMES = 10_000;

  /** Asked in one go when a stream opens, as many as a coordinator remembers; others when used. */
  static final int MAX_ASKED = 1_000;

  /** An answer holds for so long, where it may become another one without our being told. */
  private static final Duration HOLDS = Duration.ofSeconds(30);

  /** A question to a connected coordinator takes a millisecond; more than this means trouble. */
  private static final Duration NAME_WAIT = Duration.ofSeconds(1);

  private static final Duration ADDRESS_WAIT = Duration.ofMillis(250);

  /** Endpoints stay usable for so long when they all vanish without having said goodbye. */
  private static final Duration EMPTY_GRACE = Duration.ofMinutes(5);

  private final Recent<Name> meshLike = new Recent<>(MAX_NAMES);
  private final Recent<Name> others = new Recent<>(MAX_NAMES);
  private final ConcurrentHashMap<ServiceName, Subscription> services = new ConcurrentHashMap<>();
  private final Surroundings surroundings;
  private final LongSupplier nanoTime;
  private final Joining joining;
  private final Consumer<Message> send;
  private final Adoption adoption;
  private final Predicate<String> rebalanced;
  private volatile boolean connected;

  /**
   * @param surroundings of the services that it makes, and its own time
   * @param joining how long calls to mesh-like names wait for the first answers
   * @param send hands a message to the coordinator, or drops it when there is none
   * @param adoption what policy says of hosts; asked before the coordinator is
   * @param rebalanced whether a call to the address of the instance of this id is one to its
   *     service
   */
  public Directory(
      Surroundings surroundings,
      Joining joining,
      Consumer<Message> send,
      Adoption adoption,
      Predicate<String> rebalanced) {
    this.surroundings = surroundings;
    this.nanoTime = surroundings.nanoTime();
    this.joining = joining;
    this.send = send;
    this.adoption = adoption;
    this.rebalanced = rebalanced;
  }

  /**
   * Finds the service that a URI's host names. Waits for an answer only if the host looks like one
   * of the mesh, and only the first time.
   *
   * @param port of the URI, -1 if it has none
   * @return null if it is none of the mesh's
   */
  public @Nullable Found find(@Nullable String uriHost, int port, Patience patience) {
    String host = HostName.normalize(uriHost);
    if (host == null) {
      return null;
    }
    ServiceName adopted = adoption.adopted(host, port);
    if (adopted != null) {
      return subscribe(adopted).adopted;
    }
    Name name = meshLike.get(host);
    if (name == null) {
      name = name(host, port);
      if (name == null) {
        return null;
      }
    }
    if (!name.settled) {
      name.askAgainIfStale();
      await(name, patience);
    } else if (name.found == null || name.kind == HostName.Kind.ADDRESS) {
      name.askAgainIfStale();
    }
    return name.found;
  }

  private @Nullable Name name(String host, int port) {
    HostName.Kind kind = HostName.kind(host);
    switch (kind) {
      case MESH_LIKE:
        return name(meshLike, host, host, -1, kind);
      case PERHAPS:
        return name(others, host, host, -1, kind);
      case ADDRESS:
        if (HostName.isOwn(host)) {
          return null; // nobody else is there, whoever says so
        }
        String address = bare(host);
        int asked = port == -1 ? Service.DEFAULT_PORT : port;
        return name(others, key(address, asked), address, asked, kind);
      default:
        return null;
    }
  }

  private Name name(Recent<Name> table, String key, String host, int port, HostName.Kind kind) {
    Name known = table.get(key);
    if (known != null) {
      return known;
    }
    Name made = new Name(host, port, kind);
    Name there = table.putIfAbsent(key, made);
    if (there == made) {
      made.ask();
    }
    return there;
  }

  private static String key(String host, int port) {
    return port == -1 ? host : host + "|" + port;
  }

  private static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private void await(Name name, Patience patience) {
    if (!name.waitedInVain) {
      patience.await(new AwaitedName(name));
    }
  }

  private final class AwaitedName extends Patience.Awaited {
    private final Name name;
    private final boolean starting;
    private final long began = nanoTime.getAsLong();

    AwaitedName(Name name) {
      super(name.told);
      this.name = name;
      this.starting = name.kind == HostName.Kind.MESH_LIKE && !joining.isOver();
    }

    @Override
    public long nanosLeft(long waited) {
      return Directory.this.wait(name, began) - waited;
    }

    /** While the process joins, it is the join that is waited for, which has a time of its own. */
    @Override
    public void inVain() {
      name.waitedInVain = !starting;
    }
  }

  /** How long a call that begins now waits for it, as things stand. */
  private long wait(Name name, long nowNanos) {
    long wait = 0;
    if (connected) {
      wait = (name.kind == HostName.Kind.ADDRESS ? ADDRESS_WAIT : NAME_WAIT).toNanos();
    }
    return name.kind == HostName.Kind.MESH_LIKE && (connected || !joining.isOver())
        ? Math.max(wait, joining.deadlineNanos() - nowNanos)
        : wait;
  }

  /**
   * What the join waits for, where a host that nothing has been found for looks like one of the
   * mesh: then it must not be looked for elsewhere.
   *
   * @return null if it may be: no coordinator answers, or it does not know the host
   */
  public @Nullable String awaited(@Nullable String uriHost) {
    String awaited = joining.awaited();
    String host = awaited == null ? null : HostName.normalize(uriHost);
    Name name = host == null ? null : meshLike.peek(host);
    return name == null || name.settled ? null : awaited;
  }

  // ---- services that routes lead to

  /** The live picture of an app's instances, followed from now on. Any thread. */
  public Service service(ServiceName app) {
    return subscribe(app).service;
  }

  /** All that are followed, in no order. */
  public List<Service> services() {
    List<Service> all = new ArrayList<>();
    services.values().forEach(subscription -> all.add(subscription.service));
    return all;
  }

  /**
   * Waits until the members of all services that a routing leads to have been told: a coordinator
   * that is there tells within a millisecond. Waits in vain once only, and not without one.
   */
  public void await(Routing routing, Patience patience) {
    if (routing.known() || !connected) {
      return; // what is known has to do
    }
    long deadline = nanoTime.getAsLong() + NAME_WAIT.toNanos();
    for (Service service : routing.members()) {
      patience.await(new AwaitedMembers(subscribe(service.name()).told, routing, deadline));
    }
  }

  private final class AwaitedMembers extends Patience.Awaited {
    private final Routing routing;
    private final long deadline;

    AwaitedMembers(Signal told, Routing routing, long deadline) {
      super(told);
      this.routing = routing;
      this.deadline = deadline;
    }

    @Override
    public long nanosLeft(long waited) {
      return routing.known() ? 0 : deadline - nanoTime.getAsLong();
    }

    @Override
    public void inVain() {
      routing.giveUpWaiting();
    }
  }

  // ---- news from the coordinator, on its thread

  /** A stream is open: everything that is not known for sure is asked anew. */
  public void connected() {
    connected = true;
    List<String> followed = new ArrayList<>();
    for (ServiceName service : services.keySet()) {
      followed.add(service.toString());
    }
    for (int i = 0; i < followed.size(); i += Bounds.SUBSCRIBE) {
      List<String> some = followed.subList(i, Math.min(followed.size(), i + Bounds.SUBSCRIBE));
      send.accept(new Message.Subscribe(List.copyOf(some), List.of()));
    }
    List<Name> all = mostWantedFirst();
    for (int i = 0; i < all.size(); i++) {
      Name name = all.get(i);
      name.waitedInVain = false;
      if (i < MAX_ASKED) {
        name.ask();
      } else {
        name.askWhenUsed();
      }
    }
  }

  /** Those that somebody waits for, then those that are known or in use. */
  private List<Name> mostWantedFirst() {
    List<Name> waitedFor = new ArrayList<>();
    List<Name> wanted = new ArrayList<>();
    List<Name> rest = new ArrayList<>();
    for (Name name : names()) {
      (!name.settled ? waitedFor : name.found != null || name.used() ? wanted : rest).add(name);
    }
    waitedFor.addAll(wanted);
    waitedFor.addAll(rest);
    return waitedFor;
  }

  private List<Name> names() {
    List<Name> all = new ArrayList<>(meshLike.values());
    all.addAll(others.values());
    return all;
  }

  public void disconnected() {
    connected = false;
  }

  public void resolved(Message.Resolved answer) {
    String key = key(answer.host(), answer.port());
    Name name = meshLike.peek(key);
    if (name == null) {
      name = others.peek(key);
    }
    if (name != null) {
      settle(name, ServiceName.parse(answer.service()), answer.instance());
    }
  }

  private void settle(Name name, @Nullable ServiceName service, String instance) {
    if (service == null) {
      name.settle(null);
      return;
    }
    Subscription subscription = subscribe(service);
    Found found = found(subscription, name, instance);
    if (subscription.service.known()) {
      name.settle(found);
    } else {
      subscription.waiting.add(() -> name.settle(found));
    }
  }

  /**
   * @param instance whose address the name is; empty if it is none
   */
  private Found found(Subscription subscription, Name name, String instance) {
    return instance.isEmpty()
        ? subscription.byName
        : new Found(subscription.service, name.host, rebalanced.test(instance));
  }

  /**
   * Returns false if the change does not follow on what is known: the whole has to be asked for.
   */
  public boolean endpoints(Message.Endpoints news) {
    ServiceName name = ServiceName.parse(news.service());
    Subscription subscription = name == null ? null : services.get(name);
    return subscription == null || subscription.apply(news);
  }

  /** Last revision of each service, for resuming. */
  public Map<String, Long> revisions() {
    Map<String, Long> revisions = new LinkedHashMap<>();
    for (Map.Entry<ServiceName, Subscription> entry : services.entrySet()) {
      if (entry.getValue().revision >= 0) {
        revisions.put(entry.getKey().toString(), entry.getValue().revision);
      }
    }
    return revisions;
  }

  // ---- the state on disk

  /** Names and instances, to be given to {@link #restore} by a later process. */
  public Map<String, Object> save() {
    Map<String, Object> byHost = new LinkedHashMap<>();
    for (Name name : names()) {
      Found found = name.found;
      if (found != null && found.address() == null) {
        byHost.put(name.host, found.service().name().toString());
      }
    }
    Map<String, Object> byService = new LinkedHashMap<>();
    for (Map.Entry<ServiceName, Subscription> entry : services.entrySet()) {
      List<Map<String, Object>> instances = new ArrayList<>();
      for (Instance instance : entry.getValue().last) {
        instances.add(instance.tree());
      }
      byService.put(entry.getKey().toString(), instances);
    }
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("names", byHost);
    state.put("services", byService);
    return state;
  }

  /**
   * Starts from what an earlier process knew, before any coordinator is reached. What a coordinator
   * says replaces it.
   *
   * @throws WireException if it is not what {@link #save} gave
   */
  public void restore(Map<String, Object> state) throws WireException {
    if (state.get("services") instanceof Map<?, ?> byService) {
      for (Map.Entry<?, ?> entry : byService.entrySet()) {
        ServiceName name = ServiceName.parse(String.valueOf(entry.getKey()));
        if (name != null && entry.getValue() instanceof List<?> trees) {
          List<Instance> instances = new ArrayList<>();
          for (Object tree : trees) {
            @SuppressWarnings("unchecked")
            Map<String, Object> fields = (Map<String, Object>) tree;
            instances.add(Instance.parse(fields));
          }
          Subscription subscription = new Subscription(new Service(name, surroundings));
          subscription.restore(instances);
          services.put(name, subscription);
        }
      }
    }
    if (state.get("names") instanceof Map<?, ?> byHost) {
      for (Map.Entry<?, ?> entry : byHost.entrySet()) {
        String host = String.valueOf(entry.getKey());
        ServiceName service = ServiceName.parse(String.valueOf(entry.getValue()));
        Subscription subscription = service == null ? null : services.get(service);
        if (subscription != null) {
          HostName.Kind kind = HostName.kind(host);
          Recent<Name> table = kind == HostName.Kind.MESH_LIKE ? meshLike : others;
          table.putIfAbsent(host, new Name(host, -1, kind)).settle(subscription.byName);
        }
      }
    }
  }

  private Subscription subscribe(ServiceName name) {
    Subscription known = services.get(name);
    if (known != null) {
      return known;
    }
    Subscription made = new Subscription(new Service(name, surroundings));
    Subscription before = services.putIfAbsent(name, made);
    if (before != null) {
      return before;
    }
    send.accept(new Message.Subscribe(List.of(name.toString()), List.of()));
    return made;
  }

  /** One host, or one address and port, and what is known of it. */
  private final class Name extends Recent.Entry {
    final String host;
    final int port;
    final HostName.Kind kind;
    final Signal told = new Signal();
    volatile boolean settled;
    volatile boolean waitedInVain;
    volatile @Nullable Found found;
    private volatile long askedAt;

    Name(String host, int port, HostName.Kind kind) {
      this.host = host;
      this.port = port;
      this.kind = kind;
    }

    @Override
    boolean valued() {
      return found != null;
    }

    void ask() {
      askedAt = nanoTime.getAsLong();
      send.accept(new Message.Resolve(host, port));
    }

    void askWhenUsed() {
      askedAt = nanoTime.getAsLong() - HOLDS.toNanos() - 1;
    }

    /**
     * The coordinator pushes a name that appears; asking again covers what it has forgotten. That
     * an address is somebody else's now it does not push.
     */
    void askAgainIfStale() {
      if (connected && nanoTime.getAsLong() - askedAt > HOLDS.toNanos()) {
        ask();
      }
    }

    void settle(@Nullable Found answer) {
      // A service that has been known stays one: when all its instances are gone, calls get a 503
      // that says so, not a lookup in DNS.
      if (answer != null || found == null || found.address() != null) {
        found = answer;
      }
      settled = true;
      joining.over();
      told.set();
    }
  }

  /** A service that this process calls. */
  private final class Subscription {
    final Service service;
    final Found byName;
    final Found adopted;
    final Signal told = new Signal();
    final List<Runnable> waiting = new ArrayList<>();
    private final Map<String, Instance> instances = new LinkedHashMap<>();
    volatile long revision = -1;

    /** As of {@link #revision}, for other threads. */
    volatile List<Instance> last = List.of();

    private long emptySince;

    Subscription(Service service) {
      this.service = service;
      this.byName = new Found(service, null, false);
      this.adopted = new Found(service, null, true);
    }

    /** Without a revision: the coordinator will send the whole. */
    void restore(List<Instance> known) {
      for (Instance instance : known) {
        instances.put(instance.id(), instance);
      }
      last = List.copyOf(known);
      service.update(members());
      told.set();
    }

    boolean apply(Message.Endpoints news) {
      if (news.base() != -1 && news.base() != revision) {
        return false;
      }
      if (news.base() == -1) {
        instances.clear();
      }
      if (news.revision() > 0) {
        service.exists(); // one that nobody has ever seen has no revision
      }
      for (String gone : news.remove()) {
        instances.remove(gone);
      }
      for (Instance instance : news.add()) {
        instances.put(instance.id(), instance);
      }
      revision = news.revision();
      last = List.copyOf(instances.values());
      if (!keepsOldOnes(news)) {
        service.update(members());
      }
      told.set();
      waiting.forEach(Runnable::run);
      waiting.clear();
      return true;
    }

    /**
     * Whether this empties the service for no stated reason: then what was known goes on for now.
     */
    private boolean keepsOldOnes(Message.Endpoints news) {
      if (!instances.isEmpty() || news.explicit() || service.members().isEmpty()) {
        emptySince = 0;
        return false;
      }
      long now = nanoTime.getAsLong();
      if (emptySince == 0) {
        emptySince = now;
      }
      return now - emptySince < EMPTY_GRACE.toNanos();
    }

    private List<Service.Member> members() {
      List<Service.Member> members = new ArrayList<>();
      for (Instance instance : instances.values()) {
        if (instance.state() != InstanceState.STARTING) {
          members.add(
              new Service.Member(
                  instance.id(), ports(instance), instance.labels(), standing(instance.state())));
        }
      }
      return members;
    }

    private List<Service.MemberPort> ports(Instance instance) {
      List<Service.MemberPort> ports = new ArrayList<>();
      for (Port port : instance.ports()) {
        ports.add(
            new Service.MemberPort(port.address(), port.number(), port.primary(), port.tls()));
      }
      return ports;
    }

    private Endpoint.Standing standing(InstanceState state) {
      switch (state) {
        case DRAINING:
          return Endpoint.Standing.DRAINING;
        case SUSPECT:
          return Endpoint.Standing.SUSPECT;
        default:
          return Endpoint.Standing.READY;
      }
    }
  }
}
