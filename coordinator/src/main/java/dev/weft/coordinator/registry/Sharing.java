package dev.weft.coordinator.registry;

import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.zk.MeshPaths;
import dev.weft.coordinator.zk.Zk;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the registry to and from the other coordinators through ZooKeeper: one ephemeral node
 * that says that this one lives, slices of its instances, one cache of everybody's. While ZooKeeper
 * is away the registry keeps what it knows, and slices wait to be written.
 */
public final class Sharing implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sharing.class);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String ROTATION = "rotation";

  private final Registry registry;
  private final Zk zk;
  private final MeshPaths paths;
  private final String id;
  private final BooleanSupplier leader;
  private final PersistentNode membership;
  private final CuratorCache members;
  private final CuratorCache slices;
  private final ConnectionStateListener reconnected;
  private final Map<String, String> addresses = new ConcurrentHashMap<>();
  private final Map<String, Map<String, Object>> announced = new ConcurrentHashMap<>();
  private final Map<String, Object> self = new LinkedHashMap<>();
  private final CountDownLatch membersRead = new CountDownLatch(1);
  private final CountDownLatch slicesRead = new CountDownLatch(1);
  private boolean alarmed;

  /**
   * @param id of this coordinator
   * @param address that agents reach its mesh port at, {@code host:port}
   * @param leader whether this coordinator is the one that cleans up
   */
  public Sharing(
      Registry registry, Zk zk, String id, String address, Clock clock, BooleanSupplier leader) {
    this.registry = registry;
    this.zk = zk;
    this.paths = zk.paths();
    this.id = id;
    this.leader = leader;
    self.put("address", address);
    self.put("since", clock.millis());
    this.membership =
        new PersistentNode(
            zk.curator(), CreateMode.EPHEMERAL, false, paths.coordinator(id), Json.bytes(self));
    this.members = CuratorCache.build(zk.curator(), paths.coordinators());
    this.slices = CuratorCache.build(zk.curator(), paths.slices());
    this.reconnected =
        (client, state) -> {
          if (state == ConnectionState.RECONNECTED) {
            registry.giveBackAllSlices();
          }
        };
  }

  /**
   * Announces this coordinator and reads what the others share.
   *
   * @throws Unavailable if ZooKeeper does not answer within a minute
   */
  public void start() {
    membership.start();
    members
        .listenable()
        .addListener(
            CuratorCacheListener.builder()
                .forCreatesAndChanges((before, now) -> member(now))
                .forDeletes(this::memberGone)
                .forInitialized(
                    () -> {
                      membersChanged();
                      membersRead.countDown();
                    })
                .build());
    slices
        .listenable()
        .addListener(
            CuratorCacheListener.builder()
                .forCreatesAndChanges((before, now) -> slice(now))
                .forDeletes(this::sliceGone)
                .forInitialized(slicesRead::countDown)
                .build());
    zk.curator().getConnectionStateListenable().addListener(reconnected);
    try {
      requireInTime(
          membership.waitForInitialCreate(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
      // Who lives first: else everybody's instances would be orphans for a moment.
      members.start();
      requireInTime(membersRead.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
      slices.start();
      requireInTime(slicesRead.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while reading the registry", e);
    }
  }

  private static void requireInTime(boolean done) {
    if (!done) {
      throw new Unavailable(
          "cannot read the registry from ZooKeeper within " + START_TIMEOUT.toSeconds() + " s",
          null);
    }
  }

  /** Mesh addresses of all live coordinators, this one included, by their ids' order. */
  public List<String> peers() {
    return new ArrayList<>(new TreeMap<>(addresses).values());
  }

  /** As {@link #peers}, without this one. */
  public List<String> others() {
    Map<String, String> others = new TreeMap<>(addresses);
    others.remove(id);
    return new ArrayList<>(others.values());
  }

  /**
   * Tells the other coordinators how far this one's agents are in a rotation of the CA's root;
   * written when it is another tree than before. For one thread.
   */
  public void announce(Map<String, Object> rotation) {
    if (rotation.equals(self.get(ROTATION))) {
      return;
    }
    Map<String, Object> next = new LinkedHashMap<>(self);
    next.put(ROTATION, rotation);
    try {
      membership.setData(Json.bytes(next));
      self.put(ROTATION, rotation);
    } catch (Exception e) {
      log.debug("own node in ZooKeeper could not be written; tried again in a moment", e);
    }
  }

  /** What all live coordinators have announced, this one included, by their ids. */
  public Map<String, Map<String, Object>> announced() {
    return Map.copyOf(announced);
  }

  /** Writes what changed; to be called every 100 ms, by one thread. */
  public void flush() {
    if (!zk.connected()) {
      return;
    }
    registry
        .takeChangedSlices()
        .forEach(
            (k, instances) -> {
              try {
                write(k, instances);
              } catch (RuntimeException | KeeperException e) {
                registry.giveBackSlice(k);
                log.warn("slice {} of the registry waits: {}", k, e.getMessage());
              }
            });
  }

  /**
   * Lets dead coordinators' instances go whose time is over; to be called every second or so, by
   * one thread.
   */
  public void sweep() {
    Set<String> abandoned = registry.abandoned();
    boolean held = registry.orphansHeld();
    if (held && !alarmed) {
      log.warn(
          "more than 30 % of all instances were connected to a coordinator that died, and did not"
              + " return within a minute: they are kept. Can they reach this coordinator?");
    }
    alarmed = held;
    if (!leader.getAsBoolean() || !zk.connected()) {
      return;
    }
    for (String dead : abandoned) {
      try {
        boolean alive =
            zk.call(
                "look for coordinator " + dead,
                c -> c.checkExists().forPath(paths.coordinator(dead)) != null);
        if (!alive) {
          zk.call(
              "remove the slices of coordinator " + dead,
              c -> c.delete().deletingChildrenIfNeeded().forPath(paths.slices(dead)));
          log.info("removed the instances of coordinator {}, which is gone", dead);
        }
      } catch (KeeperException.NoNodeException e) {
        // Gone already.
      } catch (RuntimeException | KeeperException e) {
        log.warn("slices of coordinator {} stay for now: {}", dead, e.getMessage());
      }
    }
  }

  private void write(int k, List<Declared> instances) throws KeeperException {
    String path = paths.slice(id, k);
    if (instances.isEmpty()) {
      try {
        zk.call("remove slice " + k, c -> c.delete().forPath(path));
      } catch (KeeperException.NoNodeException e) {
        // Never written.
      }
      return;
    }
    byte[] bytes = SliceCodec.encode(instances);
    try {
      zk.call("write slice " + k, c -> c.setData().forPath(path, bytes));
    } catch (KeeperException.NoNodeException e) {
      zk.call("create slice " + k, c -> c.create().creatingParentsIfNeeded().forPath(path, bytes));
    }
  }

  private void member(ChildData node) {
    String name = below(paths.coordinators(), node.getPath());
    if (name == null) {
      return;
    }
    try {
      Map<String, Object> tree = Json.parseObject(node.getData());
      announced.put(name, rotation(tree));
      if (tree.get("address") instanceof String address) {
        if (address.equals(addresses.put(name, address))) {
          return; // nobody came or moved
        }
      }
    } catch (WireException e) {
      log.warn("{} in ZooKeeper: {}", node.getPath(), e.getMessage());
    }
    membersChanged();
  }

  private static Map<String, Object> rotation(Map<String, Object> tree) {
    Map<String, Object> rotation = new LinkedHashMap<>();
    if (tree.get(ROTATION) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> rotation.put(String.valueOf(key), value));
    }
    return rotation;
  }

  private void memberGone(ChildData node) {
    String name = below(paths.coordinators(), node.getPath());
    if (name != null) {
      announced.remove(name);
      addresses.remove(name);
      membersChanged();
    }
  }

  private void membersChanged() {
    registry.coordinators(Set.copyOf(addresses.keySet()));
  }

  private void slice(ChildData node) {
    String[] parts = parts(node);
    if (parts == null) {
      return;
    }
    try {
      registry.slice(parts[0], Integer.parseInt(parts[1]), SliceCodec.decode(node.getData()));
    } catch (IOException | NumberFormatException e) {
      // The last good content stays.
      log.warn("{} in ZooKeeper is unreadable, and ignored: {}", node.getPath(), e.getMessage());
    }
  }

  private void sliceGone(ChildData node) {
    String[] parts = parts(node);
    if (parts != null) {
      try {
        registry.slice(parts[0], Integer.parseInt(parts[1]), List.of());
      } catch (NumberFormatException e) {
        log.warn("{} was in ZooKeeper; it is no slice", node.getPath());
      }
    }
  }

  private String @Nullable [] parts(ChildData node) {
    String name = below(paths.slices(), node.getPath());
    String[] parts = name == null ? new String[0] : name.split("/");
    return parts.length == 2 ? parts : null;
  }

  private static @Nullable String below(String folder, String path) {
    return path.startsWith(folder + "/") ? path.substring(folder.length() + 1) : null;
  }

  /** Leaves; the slices stay, so that the other coordinators keep the instances. */
  @Override
  public void close() {
    flush();
    zk.curator().getConnectionStateListenable().removeListener(reconnected);
    slices.close();
    members.close();
    try {
      membership.close();
    } catch (IOException e) {
      log.debug("own node in ZooKeeper could not be removed; it ends with the session", e);
    }
  }
}
