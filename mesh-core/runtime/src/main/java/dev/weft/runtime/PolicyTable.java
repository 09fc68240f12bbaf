package dev.weft.runtime;

import dev.weft.engine.Service;
import dev.weft.engine.route.Expressions;
import dev.weft.engine.route.Live;
import dev.weft.engine.route.Policies;
import dev.weft.engine.route.Routing;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
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
import org.jspecify.annotations.Nullable;

/**
 * The policy that this process has learnt. Pushes come from one thread and are taken whole: the
 * next picture is built beside the old one, then one reference is swapped. Reads come from any
 * thread.
 */
public final class PolicyTable {
  /** Everything at one moment, with the decisions made from it so far. */
  private static final class Picture {
    final Map<String, Resource> resources;
    final List<PeerAuthentication> peerAuthentication;
    final Policies policies;
    final ConcurrentHashMap<Integer, PeerAuthentication.Decision> byPort =
        new ConcurrentHashMap<>();

    /** For each Service that was called, the routings of the ports that were. */
    final ConcurrentHashMap<ServiceName, Routing[]> routings = new ConcurrentHashMap<>();

    Picture(Map<String, Resource> resources) {
      this.resources = resources;
      List<PeerAuthentication> all = new ArrayList<>();
      List<Object> specs = new ArrayList<>();
      for (Resource resource : resources.values()) {
        specs.add(resource.spec());
        if (resource.spec() instanceof PeerAuthentication policy) {
          all.add(policy);
        }
      }
      this.peerAuthentication = List.copyOf(all);
      this.policies = new Policies(specs);
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

  /** Of one Service; a caller may ask for any of 65,535. */
  private static final int MAX_PORTS = 64;

  private final String namespace;
  private final Map<String, String> labels;
  private final TlsMode floor;
  private final Live live;
  private final Expressions expressions = new Expressions();
  private volatile Picture picture = new Picture(Map.of());

  /**
   * @param labels of this workload, without {@code app}
   * @param floor the least strict mode that ever holds here
   * @param live where routings get the services that they lead to
   */
  public PolicyTable(
      String namespace, String service, Map<String, String> labels, TlsMode floor, Live live) {
    Map<String, String> all = new LinkedHashMap<>(labels);
    all.put("app", service);
    this.namespace = namespace;
    this.labels = Map.copyOf(all);
    this.floor = floor;
    this.live = live;
  }

  /**
   * Takes a push. A resource that is not understood keeps its last good form, and is reported; the
   * rest of the push holds.
   */
  public void apply(Message.Push push, Consumer<Message.Nack> nacks) {
    Map<String, Resource> old = picture.resources;
    Map<String, Resource> next = new LinkedHashMap<>(push.full() ? Map.of() : old);
    for (Map<String, Object> tree : push.upsert()) {
      try {
        Resource resource = Kinds.parse(tree, Resource.DEFAULT_NAMESPACE);
        next.put(resource.id(), resource);
      } catch (InvalidResourceException e) {
        Resource last = old.get(e.resource());
        if (last != null) {
          next.put(e.resource(), last);
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
    }
    picture = compiled(new Picture(next));
  }

  /** Routings that are in use are made before the first request could wait for them. */
  private Picture compiled(Picture next) {
    for (Routing[] ofService : picture.routings.values()) {
      for (Routing old : ofService) {
        next.add(compile(next, old.service(), old.port()));
      }
    }
    return next;
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
      return known;
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
    for (Resource resource : picture.resources.values()) {
      trees.add(resource.tree());
    }
    return trees;
  }

  /** The mode of one of this process's ports, and the rule that says so. */
  public PeerAuthentication.Decision tlsMode(int port) {
    Picture now = picture;
    PeerAuthentication.Decision known = now.byPort.get(port);
    if (known != null) {
      return known;
    }
    PeerAuthentication.Decision decided =
        PeerAuthentication.effective(
            now.peerAuthentication, Resource.ROOT_NAMESPACE, namespace, labels, port);
    if (decided.mode().compareTo(floor) < 0) {
      decided = new PeerAuthentication.Decision(floor, Settings.MTLS_FLOOR.name());
    }
    now.byPort.put(port, decided); // bounded by the ports that this process listens on
    return decided;
  }
}
