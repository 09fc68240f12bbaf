package dev.weft.coordinator.config;

import dev.weft.coordinator.ConfigView;
import dev.weft.coordinator.Unavailable;
import dev.weft.policy.Problem;
import dev.weft.wire.WireException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.KeeperException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Policy in ZooKeeper, shared by all coordinators of a mesh.
 *
 * <p>A commit writes the blobs that are new, and then moves {@code head} from revision n to n + 1
 * together with the new revision's record, if head is still where it was read. That one transaction
 * is the commit: whoever dies before it has changed nothing, whoever loses the race starts anew
 * from what is there then. Blobs that nobody names are swept later.
 *
 * <p>Every coordinator holds the current revision in memory, as one immutable {@link Config}. While
 * ZooKeeper is away that stays as it is, and commits are refused.
 *
 * <p>Safe for use by any thread. Commits block.
 */
public final class ConfigStore implements ConfigView, AutoCloseable {
  /** Most resources of a mesh. */
  public static final int MAX_RESOURCES = 10_000;

  /** Most changes of one commit. */
  public static final int MAX_CHANGES = 1_000;

  /** Revisions that can be looked at and rolled back to. */
  public static final int REVISIONS_KEPT = 200;

  /** Lost races after which a commit gives up; only as many writers at once could cause that. */
  private static final int MAX_ATTEMPTS = 200;

  private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(10);

  /** Far longer than any commit takes between its first blob and its end. */
  private static final Duration SWEEP_GRACE = Duration.ofMinutes(30);

  private static final long LOCK_SECONDS = 60;
  private static final long RELOAD_SECONDS = 1;

  private static final Logger log = LoggerFactory.getLogger(ConfigStore.class);

  private final CuratorFramework client;
  private final InstantSource clock;
  private final History history;
  private final CuratorCache headCache;
  private final ConnectionStateListener connectionListener = this::connectionChanged;
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();

  /** Reloads, callbacks and sweeps, one at a time. */
  private final ScheduledThreadPoolExecutor worker;

  /** Commits of this coordinator queue here instead of racing each other through ZooKeeper. */
  private final ReentrantLock commits = new ReentrantLock(true);

  private final Object publication = new Object();
  private volatile Config current = Config.empty();
  private volatile boolean loaded;
  private volatile boolean closed;

  // Both only touched by the worker.
  private Instant lastSweep;
  private long lastPruned;

  private ConfigStore(CuratorFramework client, String path, InstantSource clock) {
    this.client = client;
    this.clock = clock;
    this.history = new History(client, path);
    this.headCache =
        CuratorCache.build(client, path + "/head", CuratorCache.Options.SINGLE_NODE_CACHE);
    this.lastSweep = clock.instant();
    this.worker =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "weft-config");
              thread.setDaemon(true);
              return thread;
            });
    worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Reads what is there, and from then on follows it.
   *
   * @param client started; it stays the caller's to close
   * @param path of the node under which everything is kept, such as {@code /config}; made if
   *     missing
   * @throws Unavailable if ZooKeeper does not answer
   */
  public static ConfigStore start(CuratorFramework client, String path, InstantSource clock) {
    ConfigStore store = new ConfigStore(client, path, clock);
    try {
      store.start();
      return store;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void start() {
    client.getConnectionStateListenable().addListener(connectionListener);
    try {
      history.create();
      publish(load(history.head().revision()));
      loaded = true;
    } catch (Exception e) {
      throw unavailable("cannot read policy", e);
    }
    headCache.listenable().addListener((type, before, after) -> execute(this::reload));
    headCache.start();
  }

  // ---- reading

  /** Everything as it stands; the last good while ZooKeeper is away. */
  public Config current() {
    return current;
  }

  @Override
  public Snapshot snapshot() {
    return current.snapshot();
  }

  @Override
  public AutoCloseable onChange(Runnable callback) {
    // Wrapped, so that the same callback twice is two registrations.
    Runnable own = callback::run;
    callbacks.add(own);
    return () -> callbacks.remove(own);
  }

  /** Whether ZooKeeper is there and policy was read from it: commits can be made. */
  public boolean ready() {
    return connected() && loaded;
  }

  /**
   * The newest revisions, newest first.
   *
   * @throws Unavailable if ZooKeeper does not answer
   */
  public List<Revision> revisions(int limit) {
    try {
      long newest = requireConnected().revision();
      List<Revision> revisions = new ArrayList<>();
      for (long n = newest; n > oldest(newest) - 1 && n > 0 && revisions.size() < limit; n--) {
        Revision revision = history.record(n);
        if (revision == null) {
          break;
        }
        revisions.add(revision);
      }
      return revisions;
    } catch (Exception e) {
      throw unavailable("cannot read revisions", e);
    }
  }

  /**
   * What differs from one revision to another: the outcomes that a commit from the first to the
   * second would have.
   *
   * @throws RefusedException if there is no such revision (any more)
   */
  public List<Commit.Outcome> diff(long from, long to) throws RefusedException {
    try {
      long newest = requireConnected().revision();
      return Plan.differences(at(from, newest), at(to, newest));
    } catch (RefusedException e) {
      throw e;
    } catch (Exception e) {
      throw unavailable("cannot read revisions", e);
    }
  }

  // ---- writing

  /**
   * Makes all of these changes, or none.
   *
   * @param author shown in the revision
   * @param dryRun find out what would happen, from what is in memory, and change nothing
   * @throws RefusedException naming the first change that cannot be made
   * @throws Unavailable if ZooKeeper does not answer; if it fell silent during the very commit,
   *     whether that was made is unknown, and the message says so
   * @throws IllegalArgumentException if two changes concern the same resource
   */
  public Commit commit(String author, List<Change> changes, boolean dryRun)
      throws RefusedException {
    return commit(author, "apply", changes, dryRun);
  }

  /**
   * As above.
   *
   * @param verb what it is called in the list of revisions
   */
  public Commit commit(String author, String verb, List<Change> changes, boolean dryRun)
      throws RefusedException {
    limit("changes", changes.size(), MAX_CHANGES);
    Set<String> ids = new HashSet<>();
    for (Change change : changes) {
      if (!ids.add(change.id())) {
        throw new IllegalArgumentException(change.id() + ": changed twice in one commit");
      }
    }
    // One creation time for all of a commit, however often it has to be tried.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    return commit(author, verb, dryRun, base -> Plan.of(base, changes, now));
  }

  /**
   * Makes a new revision that equals an older one.
   *
   * @throws RefusedException if there is no such revision (any more)
   * @throws Unavailable as {@link #commit}
   */
  public Commit rollback(String author, long revision, boolean dryRun) throws RefusedException {
    return commit(
        author,
        "rollback to revision " + revision,
        dryRun,
        base -> {
          Config target = at(revision, base.revision());
          NavigableMap<String, Stored> next = target.copy();
          return new Plan(next, Plan.differences(base, target));
        });
  }

  private interface Planner {
    Plan plan(Config base) throws Exception;
  }

  private Commit commit(String author, String verb, boolean dryRun, Planner planner)
      throws RefusedException {
    try {
      if (dryRun) {
        Config base = current;
        Plan plan = planner.plan(base);
        limit("resources", plan.next().size(), MAX_RESOURCES);
        return new Commit(base.revision(), plan.changed(), plan.outcomes());
      }
      requireConnected();
      if (!commits.tryLock(LOCK_SECONDS, TimeUnit.SECONDS)) {
        throw new Unavailable(
            "other changes are still being written after " + LOCK_SECONDS + " s", null);
      }
      try {
        return commitInTurn(author, verb, planner);
      } finally {
        commits.unlock();
      }
    } catch (RefusedException e) {
      throw e;
    } catch (Exception e) {
      throw unavailable("cannot change policy", e);
    }
  }

  private Commit commitInTurn(String author, String verb, Planner planner) throws Exception {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      History.Head head = history.head();
      Config base = head.revision() == current.revision() ? current : load(head.revision());
      Plan plan = planner.plan(base);
      if (!plan.changed()) {
        publish(base);
        return new Commit(base.revision(), false, plan.outcomes());
      }
      limit("resources", plan.next().size(), MAX_RESOURCES);
      Config next = history.write(base, plan.next());
      Revision revision =
          new Revision(
              next.revision(),
              author,
              clock.millis(),
              verb + ": " + plan.summary(),
              UUID.randomUUID().toString(),
              next.groups());
      if (history.commit(head, revision)) {
        publish(next);
        execute(this::tidy);
        return new Commit(next.revision(), true, plan.outcomes());
      }
    }
    throw new Unavailable(
        "policy was changed by others " + MAX_ATTEMPTS + " times while this change was tried",
        null);
  }

  // ---- following

  private Config load(long revision) throws Exception {
    return history.load(revision, current);
  }

  /** The state of a revision that a caller named. */
  private Config at(long revision, long newest) throws Exception {
    String expected = "a revision from " + oldest(newest) + " to " + newest;
    Config now = current;
    if (revision == now.revision()) {
      return now;
    }
    if (revision < oldest(newest) || revision > newest) {
      throw noSuchRevision(revision, expected);
    }
    try {
      return load(revision);
    } catch (KeeperException.NoNodeException | WireException e) {
      if (history.record(revision) == null) {
        throw noSuchRevision(revision, expected);
      }
      throw e;
    }
  }

  private static RefusedException noSuchRevision(long revision, String expected) {
    return new RefusedException(
        RefusedException.Reason.NOT_FOUND, "", Problem.wrong("revision", revision, expected));
  }

  /** The oldest revision that is kept. 0, the empty one, needs no record. */
  private static long oldest(long newest) {
    return Math.max(0, newest - REVISIONS_KEPT + 1);
  }

  private void reload() {
    if (!loaded) {
      return; // the start reads for itself
    }
    try {
      long known = current.revision(); // before the head is read: a commit may be under way
      History.Head head = history.head();
      if (head.revision() < known) {
        log.warn(
            "policy in ZooKeeper is at revision {}, behind {}, which is in force here: was it restored"
                + " from a backup? Kept; restart this coordinator to take it",
            head.revision(),
            known);
      } else if (head.revision() > known) {
        publish(load(head.revision()));
      }
    } catch (Exception e) {
      if (connected() && !closed) {
        log.warn("cannot read the new policy, keeping revision {}", current.revision(), e);
        later(this::reload);
      } // otherwise the connection's return reloads
    }
  }

  private void publish(Config config) {
    synchronized (publication) {
      // A load that began earlier may end later.
      if (config.revision() <= current.revision()) {
        return;
      }
      current = config;
    }
    execute(this::callBack);
  }

  private void callBack() {
    for (Runnable callback : callbacks) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        log.error("a listener for policy failed", e);
      }
    }
  }

  // ---- tidying

  private void tidy() {
    try {
      History.Head head = history.head();
      long last = head.revision() - REVISIONS_KEPT;
      // Usually one. After a start the older ones are found by the sweep.
      for (long n = Math.max(1, Math.max(lastPruned + 1, last)); n <= last; n++) {
        history.delete(n);
        lastPruned = n;
      }
      if (Duration.between(lastSweep, clock.instant()).compareTo(SWEEP_INTERVAL) >= 0) {
        lastSweep = clock.instant();
        history.sweep(REVISIONS_KEPT, SWEEP_GRACE);
      }
    } catch (Exception e) {
      log.info("tidying up old revisions is put off: {}", e.toString());
    }
  }

  // ---- the connection

  private void connectionChanged(CuratorFramework source, ConnectionState state) {
    if (state.isConnected()) {
      execute(this::reload);
    }
  }

  /** Asked of the client, which knows before any of its listeners does. */
  private boolean connected() {
    return client.getZookeeperClient().isConnected();
  }

  private History.Head requireConnected() throws Exception {
    if (!connected()) {
      throw new Unavailable(
          "ZooKeeper cannot be reached: policy stays at revision "
              + current.revision()
              + ", and cannot be changed",
          null);
    }
    return history.head();
  }

  @Override
  public void close() {
    closed = true;
    client.getConnectionStateListenable().removeListener(connectionListener);
    headCache.close();
    worker.shutdownNow();
  }

  private void execute(Runnable task) {
    try {
      worker.execute(task);
    } catch (RejectedExecutionException e) {
      // closed
    }
  }

  private void later(Runnable task) {
    try {
      worker.schedule(task, RELOAD_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      // closed
    }
  }

  static void limit(String what, int value, int max) throws RefusedException {
    if (value > max) {
      throw new RefusedException(
          RefusedException.Reason.LIMIT, "", Problem.wrong(what, value, "at most " + max));
    }
  }

  private Unavailable unavailable(String what, Exception e) {
    if (e instanceof RuntimeException already) {
      throw already; // Unavailable, or a mistake of ours
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return new Unavailable(what + ": " + e, e);
  }
}
