package dev.weft.coordinator.config;

import static dev.weft.coordinator.config.TestPolicies.delete;
import static dev.weft.coordinator.config.TestPolicies.policy;
import static dev.weft.coordinator.config.TestPolicies.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.config.Commit.Action;
import dev.weft.policy.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConfigStoreTest {
  private static final String PATH = "/config";

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private TestingServer zookeeper;
  private CuratorFramework client;
  private ConfigStore store;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new TestingServer();
    client = client();
    store = store(client);
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
    zookeeper.close();
  }

  @Test
  void startsEmpty() {
    assertThat(store.snapshot().revision()).isZero();
    assertThat(store.snapshot().resources()).isEmpty();
    assertThat(store.revisions(10)).isEmpty();
    assertThat(store.ready()).isTrue();
  }

  @Test
  void commitsManyAtOnce() throws Exception {
    Commit commit = commit(put("a", "STRICT"), put("b", "DISABLE"));
    assertThat(commit.revision()).isEqualTo(1);
    assertThat(actions(commit)).containsExactly(Action.CREATED, Action.CREATED);
    assertThat(store.snapshot().revision()).isEqualTo(1);
    assertThat(store.snapshot().resources()).containsExactly(tree("a"), tree("b")).isUnmodifiable();

    // What another coordinator reads is the same, field by field.
    ConfigStore other = store(client());
    assertThat(other.snapshot()).isEqualTo(store.snapshot());
    assertThat(other.current().get(id("a")).etag()).isEqualTo(etag("a"));
  }

  @Test
  void creationTimeIsKept_overReapply_andNotTheCallers() throws Exception {
    commit(put("a", "STRICT"));
    now.set(Instant.parse("2026-02-02T00:00:00Z"));
    commit(put("a", "DISABLE"), put("b", "DISABLE"));
    assertThat(created("a")).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(created("b")).isEqualTo("2026-02-02T00:00:00Z");

    commit(delete("a"));
    commit(put("a", "DISABLE"));
    assertThat(created("a")).as("made anew").isEqualTo("2026-02-02T00:00:00Z");
  }

  @Test
  void nothingChanged_noRevision() throws Exception {
    commit(put("a", "STRICT"));
    now.set(Instant.parse("2026-02-02T00:00:00Z"));
    Commit again = commit(put("a", "STRICT"));
    assertThat(again.changed()).isFalse();
    assertThat(again.revision()).isEqualTo(1);
    assertThat(actions(again)).containsExactly(Action.UNCHANGED);
    assertThat(store.revisions(10)).hasSize(1);
  }

  @Test
  void revisionsTellWhoWhenAndWhat() throws Exception {
    commit(put("a", "STRICT"), put("b", "STRICT"));
    now.set(Instant.parse("2026-02-02T00:00:00Z"));
    store.commit("jo", List.of(put("a", "DISABLE"), delete("b")), false);
    List<Revision> revisions = store.revisions(10);
    assertThat(revisions).extracting(Revision::number).containsExactly(2L, 1L);
    Revision newest = revisions.get(0);
    assertThat(newest.author()).isEqualTo("jo");
    assertThat(newest.message()).isEqualTo("apply: 1 configured, 1 deleted");
    assertThat(Instant.ofEpochMilli(newest.timeMillis())).isEqualTo("2026-02-02T00:00:00Z");
    assertThat(store.revisions(1)).extracting(Revision::number).containsExactly(2L);
  }

  @Test
  void allOrNothing() throws Exception {
    commit(put("a", "STRICT"));
    RefusedException e = refused(put("b", "STRICT"), put("a", "DISABLE"), delete("missing"));
    assertThat(e.reason()).isEqualTo(RefusedException.Reason.NOT_FOUND);
    assertThat(e.resource()).isEqualTo(id("missing"));
    assertThat(store.snapshot().revision()).isEqualTo(1);
    assertThat(store(client()).snapshot().resources()).containsExactly(tree("a"));
  }

  @Test
  void staleEtag_isRefused() throws Exception {
    commit(put("a", "STRICT"));
    String first = etag("a");
    store.commit(
        "t",
        List.of(new Change.Put(policy("a", "DISABLE"), Precondition.oneOf(List.of("x", first)))),
        false);
    RefusedException e =
        refused(new Change.Put(policy("a", "PERMISSIVE"), Precondition.oneOf(List.of(first))));
    assertThat(e.reason()).isEqualTo(RefusedException.Reason.PRECONDITION);
    assertThat(e.problem().value()).isEqualTo(etag("a"));
    assertThat(e.problem().expected()).contains(first);
    assertThat(refused(new Change.Delete(id("a"), Precondition.oneOf(List.of(first)))).reason())
        .isEqualTo(RefusedException.Reason.PRECONDITION);
    assertThat(store.snapshot().revision()).isEqualTo(2);
  }

  @Test
  void presenceConditions() throws Exception {
    assertThat(refused(new Change.Put(policy("a", "STRICT"), Precondition.PRESENT)).reason())
        .isEqualTo(RefusedException.Reason.PRECONDITION);
    commit(new Change.Put(policy("a", "STRICT"), Precondition.ABSENT));
    assertThat(refused(new Change.Put(policy("a", "DISABLE"), Precondition.ABSENT)).reason())
        .isEqualTo(RefusedException.Reason.PRECONDITION);
    commit(new Change.Put(policy("a", "DISABLE"), Precondition.PRESENT));
  }

  @Test
  void dryRun_changesNothing() throws Exception {
    commit(put("a", "STRICT"));
    Commit commit = store.commit("t", List.of(put("a", "DISABLE"), put("b", "STRICT")), true);
    assertThat(actions(commit)).containsExactly(Action.CONFIGURED, Action.CREATED);
    assertThat(commit.outcomes().get(0).before()).isEqualTo(tree("a"));
    assertThat(commit.revision()).isEqualTo(1);
    assertThat(store.revisions(10)).hasSize(1);
    assertThat(client.getChildren().forPath(PATH + "/blob")).hasSize(2);
  }

  @Test
  void parallelWriters_onSeveralCoordinators_loseNothing() throws Exception {
    List<ConfigStore> stores = List.of(store, store(client()), store(client()));
    ExecutorService threads = Executors.newFixedThreadPool(10);
    CountDownLatch together = new CountDownLatch(1);
    List<Future<Void>> done = new ArrayList<>();
    for (int t = 0; t < 10; t++) {
      int thread = t;
      done.add(
          threads.submit(
              () -> {
                together.await();
                for (int i = 0; i < 5; i++) {
                  stores
                      .get(thread % 3)
                      .commit("t" + thread, List.of(put("p" + thread + "-" + i, "STRICT")), false);
                }
                return null;
              }));
    }
    together.countDown();
    for (Future<Void> one : done) {
      one.get();
    }
    threads.shutdown();

    ConfigStore fresh = store(client());
    assertThat(fresh.snapshot().revision()).isEqualTo(50);
    assertThat(fresh.snapshot().resources()).hasSize(50);
    for (ConfigStore each : stores) {
      await(each, () -> each.snapshot().equals(fresh.snapshot()));
    }
    assertThat(fresh.revisions(100)).hasSize(50);
  }

  @Test
  void parallelWritersWithTheSameEtag_oneWins() throws Exception {
    commit(put("a", "STRICT"));
    String etag = etag("a");
    List<ConfigStore> stores = List.of(store, store(client()));
    ExecutorService threads = Executors.newFixedThreadPool(10);
    List<Future<Boolean>> done = new ArrayList<>();
    for (int t = 0; t < 10; t++) {
      int thread = t;
      done.add(
          threads.submit(
              () -> {
                try {
                  Map<String, String> own = Map.of("writer", "t" + thread);
                  stores
                      .get(thread % 2)
                      .commit(
                          "t",
                          List.of(
                              new Change.Put(
                                  policy("default", "a", "STRICT", own),
                                  Precondition.oneOf(List.of(etag)))),
                          false);
                  return true;
                } catch (RefusedException e) {
                  return false;
                }
              }));
    }
    int won = 0;
    for (Future<Boolean> one : done) {
      won += one.get() ? 1 : 0;
    }
    threads.shutdown();
    assertThat(won).isEqualTo(1);
  }

  @Test
  void othersAreToldOfAChange() throws Exception {
    ConfigStore other = store(client());
    CountDownLatch told = new CountDownLatch(1);
    AutoCloseable registration = other.onChange(told::countDown);
    commit(put("a", "STRICT"));
    assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(other.snapshot()).isEqualTo(store.snapshot());

    registration.close();
    commit(delete("a"));
    await(other, () -> other.snapshot().revision() == 2);
    assertThat(other.snapshot().resources()).isEmpty();
  }

  @Test
  void aListenerThatFails_doesNotStopTheOthers() throws Exception {
    CountDownLatch told = new CountDownLatch(2);
    store.onChange(
        () -> {
          throw new IllegalStateException("on purpose");
        });
    store.onChange(told::countDown);
    commit(put("a", "STRICT"));
    commit(put("a", "DISABLE"));
    assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoeverDiesBeforeTheHeadMoves_hasChangedNothing() throws Exception {
    commit(put("a", "STRICT"));
    // What a coordinator leaves that is killed just before its transaction: blobs, even a record.
    client.create().forPath(PATH + "/blob/" + "0".repeat(64), new byte[] {1});
    client.create().forPath(PATH + "/rev/2", new byte[] {1});

    ConfigStore after = store(client());
    assertThat(after.snapshot().revision()).isEqualTo(1);
    assertThat(after.snapshot().resources()).containsExactly(tree("a"));
    assertThat(after.commit("t", List.of(put("b", "STRICT")), false).revision()).isEqualTo(2);
    assertThat(store(client()).snapshot().resources()).hasSize(2);
  }

  @Test
  void rollback_isANewRevision() throws Exception {
    commit(put("a", "STRICT"), put("b", "STRICT"));
    List<Map<String, Object>> first = store.snapshot().resources();
    commit(put("a", "DISABLE"), delete("b"), put("c", "STRICT"));

    assertThat(actions(store.rollback("t", 1, true)))
        .containsExactly(Action.CONFIGURED, Action.CREATED, Action.DELETED);
    assertThat(store.snapshot().revision()).isEqualTo(2);

    Commit commit = store.rollback("t", 1, false);
    assertThat(commit.revision()).isEqualTo(3);
    assertThat(store.snapshot().resources()).isEqualTo(first);
    assertThat(store.revisions(1).get(0).message())
        .isEqualTo("rollback to revision 1: 1 created, 1 configured, 1 deleted");
    assertThat(store(client()).snapshot().resources()).isEqualTo(first);

    assertThat(store.rollback("t", 1, false).changed()).isFalse();
    assertThat(store.rollback("t", 0, false).revision()).as("the empty one").isEqualTo(4);
    assertThat(store.snapshot().resources()).isEmpty();
  }

  @Test
  void rollbackToWhatIsNotThere() throws Exception {
    commit(put("a", "STRICT"));
    for (long revision : new long[] {-1, 2, Long.MAX_VALUE}) {
      RefusedException e =
          catchThrowableOfType(RefusedException.class, () -> store.rollback("t", revision, false));
      assertThat(e.reason()).isEqualTo(RefusedException.Reason.NOT_FOUND);
      assertThat(e).hasMessage("revision: " + revision + " (expected: a revision from 0 to 1)");
    }
  }

  @Test
  void diff() throws Exception {
    commit(put("a", "STRICT"), put("b", "STRICT"));
    commit(put("a", "DISABLE"), delete("b"));
    List<Commit.Outcome> differences = store.diff(2, 1);
    assertThat(differences).extracting(Commit.Outcome::id).containsExactly(id("a"), id("b"));
    assertThat(differences)
        .extracting(Commit.Outcome::action)
        .containsExactly(Action.CONFIGURED, Action.CREATED);
    assertThat(store.diff(2, 2)).isEmpty();
  }

  @Test
  void theLast200RevisionsAreKept_andWhatTheyName() throws Exception {
    for (int i = 0; i < 205; i++) {
      commit(put(policy("default", "a", "STRICT", Map.of("n", "x" + i))));
    }
    assertThat(store.revisions(1000)).hasSize(200);
    assertThat(refusedRollback(5).reason()).isEqualTo(RefusedException.Reason.NOT_FOUND);
    assertThat(store.diff(205, 6)).hasSize(1);

    History history = new History(client, PATH);
    assertThat(history.sweep(200, Duration.ofHours(1))).as("all are young").isZero();
    // Two of each of the five that went: the resource's and the group's.
    assertThat(history.sweep(200, Duration.ofMillis(-1))).isEqualTo(10);
    assertThat(client.getChildren().forPath(PATH + "/rev")).hasSize(200);
    assertThat(client.getChildren().forPath(PATH + "/blob")).hasSize(400);
    store.rollback("t", 6, false);
    assertThat(store(client()).snapshot()).isEqualTo(store.snapshot());
  }

  @Test
  void aBlobThatIsUsedAgain_isNotSweptUnderTheCommit() throws Exception {
    commit(put("a", "STRICT"));
    String etag = etag("a");
    Blobs blobs = new Blobs(client, PATH + "/blob");
    long before = client.checkExists().forPath(PATH + "/blob/" + etag).getVersion();
    blobs.write(Map.of(etag, client.getData().forPath(PATH + "/blob/" + etag)));
    assertThat(client.checkExists().forPath(PATH + "/blob/" + etag).getVersion())
        .as("written again, so that a sweep which saw the old version cannot delete it")
        .isEqualTo((int) before + 1);
  }

  @Test
  void withoutZooKeeper_readsServeTheLastGood_andWritesAreRefused() throws Exception {
    commit(put("a", "STRICT"));
    CountDownLatch suspended = latchOn(ConnectionState.SUSPENDED);
    CountDownLatch reconnected = latchOn(ConnectionState.RECONNECTED);
    zookeeper.stop();
    assertThat(suspended.await(60, TimeUnit.SECONDS)).isTrue();

    assertThat(store.ready()).isFalse();
    assertThat(store.snapshot().resources()).containsExactly(tree("a"));
    assertThatThrownBy(() -> commit(put("b", "STRICT")))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("policy stays at revision 1");
    assertThatThrownBy(() -> store.rollback("t", 0, false)).isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> store.revisions(10)).isInstanceOf(Unavailable.class);
    assertThat(store.commit("t", List.of(put("b", "STRICT")), true).changed())
        .as("a dry run only reads")
        .isTrue();

    zookeeper.restart();
    assertThat(reconnected.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(store.ready()).isTrue();
    assertThat(commit(put("b", "STRICT")).revision()).isEqualTo(2);
  }

  @Test
  void bounds() {
    List<Change> many = new ArrayList<>();
    for (int i = 0; i <= ConfigStore.MAX_CHANGES; i++) {
      many.add(put("p" + i, "STRICT"));
    }
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> store.commit("t", many, false));
    assertThat(e).hasMessage("changes: 1001 (expected: at most 1000)");
    assertThat(e.reason()).isEqualTo(RefusedException.Reason.LIMIT);
    assertThatThrownBy(() -> commit(put("a", "STRICT"), put("a", "DISABLE")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(id("a") + ": changed twice in one commit");
  }

  @Test
  void whatCouldNotBePushedToAnAgentIsRefused() {
    Map<String, String> annotations = new TreeMap<>();
    for (int i = 0; i < 15; i++) {
      annotations.put("a" + i, "x".repeat(62_000));
    }
    Resource large = TestPolicies.annotated("large", annotations);
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> commit(TestPolicies.put(large)));
    assertThat(e.reason()).isEqualTo(RefusedException.Reason.LIMIT);
    assertThat(e.resource()).isEqualTo(id("large"));
    assertThat(e.getMessage())
        .matches(
            "PeerAuthentication/default/large: size: 93[0-9]{4} bytes of JSON \\(expected: at most"
                + " 921600; split it\\)");
  }

  @Test
  void aThousandAtOnce_andAnotherCoordinatorReadsThem() throws Exception {
    List<Change> many = new ArrayList<>();
    for (int i = 0; i < ConfigStore.MAX_CHANGES; i++) {
      many.add(put("p" + i, "STRICT"));
    }
    store.commit("t", many, false);
    assertThat(store(client()).snapshot()).isEqualTo(store.snapshot());
  }

  @Test
  void whatANewerVersionStored_isKeptAndServed() throws Exception {
    commit(put("a", "STRICT"));
    Stored unknown = Stored.of("Later/default/x", "0", Map.of("apiVersion", "v9", "kind", "Later"));
    assertThat(unknown.resource()).isNull();
    assertThat(unknown.tree()).containsEntry("kind", "Later");
  }

  // ---- helpers

  private CuratorFramework client() {
    CuratorFramework client =
        CuratorFrameworkFactory.builder()
            .connectString(zookeeper.getConnectString())
            .sessionTimeoutMs(10_000)
            .connectionTimeoutMs(5_000)
            .retryPolicy(new RetryNTimes(3, 100))
            .build();
    client.start();
    toClose.add(client);
    try {
      assertThat(client.blockUntilConnected(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return client;
  }

  private ConfigStore store(CuratorFramework client) {
    ConfigStore store = ConfigStore.start(client, PATH, now::get);
    toClose.add(store);
    return store;
  }

  private CountDownLatch latchOn(ConnectionState awaited) {
    CountDownLatch latch = new CountDownLatch(1);
    client
        .getConnectionStateListenable()
        .addListener(
            (source, state) -> {
              if (state == awaited) {
                latch.countDown();
              }
            });
    return latch;
  }

  /** Waits for a condition that becomes true with a change of this store. */
  private static void await(ConfigStore store, BooleanSupplier condition) throws Exception {
    Object monitor = new Object();
    AutoCloseable registration =
        store.onChange(
            () -> {
              synchronized (monitor) {
                monitor.notifyAll();
              }
            });
    synchronized (monitor) {
      while (!condition.getAsBoolean()) {
        monitor.wait(1000);
      }
    }
    registration.close();
  }

  private Commit commit(Change... changes) throws RefusedException {
    return store.commit("t", List.of(changes), false);
  }

  private RefusedException refused(Change... changes) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> commit(changes));
    assertThat(e).isNotNull();
    return e;
  }

  private RefusedException refusedRollback(long revision) {
    return catchThrowableOfType(RefusedException.class, () -> store.rollback("t", revision, false));
  }

  private static List<Action> actions(Commit commit) {
    return commit.outcomes().stream().map(Commit.Outcome::action).toList();
  }

  private static String id(String name) {
    return "PeerAuthentication/default/" + name;
  }

  private String etag(String name) {
    return Objects.requireNonNull(store.current().get(id(name))).etag();
  }

  private Map<String, Object> tree(String name) {
    return Objects.requireNonNull(store.current().get(id(name))).tree();
  }

  private String created(String name) {
    return (String) ((Map<?, ?>) tree(name).get("metadata")).get("creationTimestamp");
  }
}
