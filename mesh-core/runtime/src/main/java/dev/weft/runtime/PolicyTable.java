package dev.weft.runtime;

import dev.weft.engine.Service;
import dev.weft.engine.inbound.Authorizer;
import dev.weft.engine.inbound.InboundStack;
import dev.weft.engine.inbound.RateLimiters;
import dev.weft.engine.inbound.RateLimits;
import dev.weft.engine.route.EgressPolicy;
import dev.weft.engine.route.Expressions;
import dev.weft.engine.route.InboundLimits;
import dev.weft.engine.route.Live;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.Routing;
import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.MeshConfig;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The policy that this process has learnt. Pushes come from one thread and are taken whole: the
 * next picture is built beside the old one, then one reference is swapped. Reads come from any
 * thread.
 */
public final class PolicyTable implements InboundStack.Policy {
  /** Everything at one moment, with the decisions made from it so far. */
  private static final class Picture {
    final Map<String, Resource> resources;
    final List<PeerAuthentication> peerAuthentication;
    final Policies policies;
    final List<AuthorizationPolicy> authorization;
    final EgressPolicy egress;
    final RateLimiters limiters;

    /** What holds at the ports of this process; bounded by those that it listens on. */
    final ConcurrentHashMap<Integer, PeerAuthentication.Decision> byPort =
        new ConcurrentHashMap<>();

    final ConcurrentHashMap<Integer, Authorizer> authorizers = new ConcurrentHashMap<>();
    final ConcurrentHashMap<Integer, RateLimits> rateLimits = new ConcurrentHashMap<>();

    /** Resources that stand for what could not be read, as that was pushed. */
    final Map<String, Map<String, Object>> notUnderstood;

    /** For each Service that was called, the routings of the ports that were. */
    final ConcurrentHashMap<ServiceName, Routing[]> routings = new ConcurrentHashMap<>();

    /**
     * @param namespace of this workload
     * @param before whose limiters are taken over; null for none
     */
    Picture(
        String namespace,
        Map<String, Resource> resources,
        Map<String, Map<String, Object>> notUnderstood,
        @Nullable Picture before) {
      this.resources = resources;
      this.notUnderstood = notUnderstood;
      this.limiters = new RateLimiters(before == null ? null : before.limiters);
      List<PeerAuthentication> all = new ArrayList<>();
      List<AuthorizationPolicy> who = new ArrayList<>();
      List<Object> specs = new ArrayList<>();
      for (Resource resource : resources.values()) {
        specs.add(resource.spec());
        if (resource.spec() instanceof PeerAuthentication policy) {
          all.add(policy);
        } else if (resource.spec() instanceof AuthorizationPolicy policy) {
          who.add(policy);
        }
      }
      this.peerAuthentication = List.copyOf(all);
      this.authorization = List.copyOf(who);
      this.policies = new Policies(specs);
      this.egress = EgressPolicy.of(specs, namespace);
    }

    @Nullable Routing routing(ServiceName service, int port) {
      Routing[] known = routings.get(service);
      if (known != null) {
        for (Routing routing : known) {
          if (routing.port() == port) {
            return routing;
          }
        }
      }
      return null;
    }

    /** Remembers a routing, unless so many are remembered that somebody must be trying ports. */
    void add(Routing routing) {
      routings.compute(
          routing.service(),
          (name, known) -> {
            if (known == null) {
              return new Routing[] {routing};
            }
            for (Routing other : known) {
              if (other.port() == routing.port()) {
                return known;
              }
            }
            if (known.length >= MAX_PORTS) {
              return known;
            }
            Routing[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = routing;
            return more;
          });
    }
  }

  private static final String CONFIG =
      Resource.id(MeshConfig.KIND, Resource.ROOT_NAMESPACE, MeshConfig.NAME);

  /** Of one Service; a caller may ask for any of 65,535. */
  private static final int MAX_PORTS = 64;

  /** A coordinator that is there tells of a service's instances in a few milliseconds. */
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  private final String namespace;
  private final Map<String, String> labels;
  private final MeshDefaults defaults;
  private final Live live;
  private final LongSupplier nanoTime;
  private final Expressions expressions = new Expressions();
  private final PushParts parts = new PushParts();
  private final Signal learnt = new Signal();

  /** Decides as long as nothing is learnt; null where policy that is not known forbids nothing. */
  private final @Nullable Authorizer untilLearnt;

  private volatile Picture picture;

  /**
   * @param labels of this workload, without {@code app}
   * @param defaults told of the mesh's settings
   * @param live where routings get the services that they lead to
   * @param nanoTime as {@link System#nanoTime}
   */
  public PolicyTable(
      String namespace,
      String service,
      Map<String, String> labels,
      MeshDefaults defaults,
      Live live,
      LongSupplier nanoTime) {
    Map<String, String> all = new LinkedHashMap<>(labels);
    all.put("app", service);
    this.namespace = namespace;
    this.labels = Map.copyOf(all);
    this.defaults = defaults;
    this.live = live;
    this.nanoTime = nanoTime;
    this.untilLearnt =
        defaults.deniesUntilLearnt()
            ? Authorizer.denying(
                Settings.AUTHORIZATION_FLOOR.name(),
                "no policy is known yet, and " + Settings.AUTHORIZATION_FLOOR.name() + " is DENY")
            : null;
    this.picture = new Picture(namespace, Map.of(), Map.of(), null);
  }

  /**
   * Takes a push, or a part of one that is to go on. A resource that is not understood keeps its
   * last good form, and is reported; the rest of the push holds. What says who may come in, and has
   * no last good form, lets nobody in: an AuthorizationPolicy denies what it selects, a
   * PeerAuthentication makes it STRICT, because this agent may be too old to read them.
   */
  public void apply(Message.Push part, Consumer<Message.Nack> nacks) {
    Message.Push push = parts.add(part);
    if (push == null) {
      if (!part.more()) {
        nacks.accept(
            new Message.Nack(
                part.n(),
                "",
                "push",
                "more than " + PushParts.MAX + " frames; nothing of it is in force"));
      }
      return;
    }
    Picture before = picture;
    Map<String, Resource> old = before.resources;
    Map<String, Resource> next = new LinkedHashMap<>(push.full() ? Map.of() : old);
    Map<String, Map<String, Object>> notUnderstood =
        new LinkedHashMap<>(push.full() ? Map.of() : before.notUnderstood);
    for (Map<String, Object> tree : push.upsert()) {
      try {
        Resource resource = Kinds.parse(tree, Resource.DEFAULT_NAMESPACE);
        next.put(resource.id(), resource);
        notUnderstood.remove(resource.id());
      } catch (InvalidResourceException e) {
        Resource last = old.get(e.resource());
        if (last != null && !before.notUnderstood.containsKey(e.resource())) {
          next.put(e.resource(), last);
        } else {
          Resource closed = closed(tree, e);
          if (closed != null) {
            next.put(closed.id(), closed);
            notUnderstood.put(closed.id(), tree);
          }
        }
        nacks.accept(
            new Message.Nack(
                push.n(),
                e.resource(),
                e.problems().isEmpty() ? "" : e.problems().get(0).path(),
                String.valueOf(e.getMessage())));
      }
    }
    for (String id : push.remove()) {
      next.remove(id);
      notUnderstood.remove(id);
    }
    Resource config = next.get(CONFIG);
    defaults.learn(config == null ? null : (MeshConfig) config.spec());
    picture = compiled(new Picture(namespace, next, notUnderstood, before));
    learnt.set();
  }

  /** What stands for a resource that cannot be read; null for one that lets nobody in anyway. */
  private static @Nullable Resource closed(Map<String, Object> tree, InvalidResourceException why) {
    if (AuthorizationPolicy.KIND.name().equals(tree.get("kind"))) {
      return AuthorizationPolicy.denying(tree, String.valueOf(why.getMessage()));
    }
    return PeerAuthentication.KIND.name().equals(tree.get("kind"))
        ? PeerAuthentication.strict(tree)
        : null;
  }

  /** Whether any policy has been learnt, be it that there is none. */
  public boolean learnt() {
    return learnt.isSet();
  }

  /** That it has. */
  Signal whenLearnt() {
    return learnt;
  }

  /** What policy says of calls that leave the mesh. */
  public EgressPolicy egress() {
    return picture.egress;
  }

  /** What is in use is made before the first request could wait for it. */
  private Picture compiled(Picture next) {
    for (Routing[] ofService : picture.routings.values()) {
      for (Routing old : ofService) {
        Routing made = compile(next, old.service(), old.port());
        long now = nanoTime.getAsLong();
        made.follow(old, now, now + PATIENCE_NANOS);
        next.add(made);
      }
    }
    picture.authorizers.keySet().forEach(port -> authorizer(next, port));
    picture.rateLimits.keySet().forEach(port -> rateLimits(next, port));
    return next;
  }

  @Override
  public Authorizer authorizer(int port) {
    Authorizer floor = untilLearnt;
    return floor != null && !learnt() ? floor : authorizer(picture, port);
  }

  private Authorizer authorizer(Picture of, int port) {
    Authorizer known = of.authorizers.get(port);
    if (known != null) {
      return known;
    }
    return of.authorizers.computeIfAbsent(
        port, p -> Authorizer.compile(of.authorization, namespace, labels, p));
  }

  @Override
  public RateLimits rateLimits(int port) {
    return rateLimits(picture, port);
  }

  private RateLimits rateLimits(Picture of, int port) {
    RateLimits known = of.rateLimits.get(port);
    if (known != null) {
      return known;
    }
    return of.rateLimits.computeIfAbsent(
        port,
        p -> InboundLimits.compile(of.policies, of.limiters, expressions, namespace, labels, p));
  }

  private Routing compile(Picture of, ServiceName service, int port) {
    return Routing.compile(service, port, namespace, of.policies, live, expressions);
  }

  /**
   * How calls of a port of a Service are routed.
   *
   * @param port of the URI, -1 if it has none
   */
  public Routing routing(ServiceName service, int port) {
    int wanted = port == -1 ? Routing.DEFAULT_PORT : port;
    Picture now = picture;
    Routing known = now.routing(service, wanted);
    if (known != null) {
      return known.following() ? known.inForce(nanoTime.getAsLong()) : known;
    }
    Routing made = compile(now, service, wanted);
    now.add(made);
    Routing kept = now.routing(service, wanted);
    return kept == null ? made : kept;
  }

  /** See {@link Policies#adoptedPort}. */
  public int adoptedPort(Service service, int port) {
    return picture.policies.adoptedPort(service, port);
  }

  /** The plain routing of a Service, as if there were no routes and no policies. */
  public Routing plain(ServiceName service, int port) {
    return Routing.compile(service, port, namespace, Policies.NONE, live, expressions);
  }

  /**
   * The service that a MeshService says is called by this host.
   *
   * @param host in lower case, without a trailing dot
   * @param port of the URI, -1 if it has none
   * @return null if none does
   */
  public @Nullable ServiceName adopted(String host, int port) {
    return picture.policies.adopted(host, port);
  }

  /** All resources, as they were pushed. */
  public List<Map<String, Object>> trees() {
    List<Map<String, Object>> trees = new ArrayList<>();
    Picture now = picture;
    now.resources.forEach(
        (id, resource) -> trees.add(now.notUnderstood.getOrDefault(id, resource.tree())));
    return trees;
  }

  /** The mode of one of this process's ports, and the rule that says so. */
  @Override
  public PeerAuthentication.Decision tlsMode(int port) {
    Picture now = picture;
    PeerAuthentication.Decision known = now.byPort.get(port);
    if (known != null) {
      return known;
    }
    PeerAuthentication.Decision decided =
        PeerAuthentication.effective(now.peerAuthentication, namespace, labels, port);
    TlsMode floor = defaults.floor();
    if (decided.mode().compareTo(floor) < 0) {
      decided = new PeerAuthentication.Decision(floor, Settings.MTLS_FLOOR.name());
    }
    now.byPort.put(port, decided); // bounded by the ports that this process listens on
    return decided;
  }

  @Override
  public boolean ownTlsSuffices() {
    return defaults.ownTlsSuffices();
  }
}
