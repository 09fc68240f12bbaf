package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The coordinator is killed in the middle of its work. */
class CrashTest {
  private static final Jdk JDK = Jdk.JDK_17;
  private static final List<String> TOGETHER = List.of("a", "b", "c");
  private static final int CRASHES = 3;
  private static final long BETWEEN_CRASHES = 15;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @Test
  void everyRevisionIsWholeAndNobodysCallsFail() throws Exception {
    mesh.server(JDK, "orders", "it");
    mesh.awaitReady("orders", 1);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    caller.start(2, "http://orders/load");
    Await.until("there is traffic", () -> caller.tally().ok() > 0);

    AtomicLong acknowledged = new AtomicLong();
    AtomicLong batch = new AtomicLong();
    for (int crash = 0; crash < CRASHES; crash++) {
      long next = acknowledged.get() + BETWEEN_CRASHES;
      Applying applying = new Applying(mesh.admin(), batch, acknowledged);
      applying.start();
      Await.until("changes are applied", () -> acknowledged.get() >= next);
      mesh.coordinator().kill();
      mesh.coordinator().exit();
      applying.end();
      mesh.startAgain();
      List<Long> batches = batchesOf(mesh.admin().get("/api/v1/resources?namespace=crash"));
      assertThat(batches).hasSize(TOGETHER.size());
      assertThat(new HashSet<>(batches)).as("of one batch: %s", batches).hasSize(1);
      assertThat(batches.get(0))
          .as("what was acknowledged is kept")
          .isGreaterThanOrEqualTo(acknowledged.get());
      acknowledged.set(batches.get(0));
    }
    everyRevisionIsWhole();

    Await.until(
        "both agents are back", () -> mesh.admin().get("/api/v1/agents").items().size() == 2);
    mesh.awaitReady("orders", 1);
    Caller.Tally tally = caller.stop();
    assertThat(tally.failed()).as(tally.text()).isZero();
    assertThat(tally.ok()).isPositive();
    // One that joins now finds those that were there before.
    Caller late = mesh.caller(JDK, Caller.Library.HTTP_URL_CONNECTION);
    assertThat(late.get("http://orders/")).startsWith("200 name=it|");
  }

  private static void everyRevisionIsWhole() {
    Admin admin = mesh.admin();
    List<Map<String, Object>> revisions = admin.get("/api/v1/revisions?limit=200").items();
    assertThat(revisions.size()).isGreaterThan(CRASHES);
    for (Map<String, Object> revision : revisions) {
      Object number = revision.get("revision");
      Admin.Reply back =
          admin.send("POST", "/api/v1/revisions/" + number + "/rollback?dryRun=true", "", Map.of());
      assertThat(back.status()).as("revision %s: %s", number, back.body()).isEqualTo(200);
      Set<Object> batches = new HashSet<>();
      for (Object each : (List<?>) back.tree().getOrDefault("resources", List.of())) {
        Object after = ((Map<?, ?>) each).get("after");
        if (after != null) {
          batches.add(batch((Map<?, ?>) after));
        }
      }
      assertThat(batches).as("revision %s: %s", number, back.body()).hasSizeLessThanOrEqualTo(1);
    }
  }

  private static List<Long> batchesOf(Admin.Reply reply) {
    return reply.items().stream().map(CrashTest::batch).toList();
  }

  private static Long batch(Map<?, ?> resource) {
    Map<?, ?> labels = (Map<?, ?>) ((Map<?, ?>) resource.get("metadata")).get("labels");
    return Long.valueOf(String.valueOf(labels.get("batch")));
  }

  /** Applies one batch of documents after the other, until the coordinator is gone. */
  private static final class Applying {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Thread thread;

    Applying(Admin admin, AtomicLong batch, AtomicLong acknowledged) {
      thread =
          new Thread(
              () -> {
                try {
                  while (!ended.get()) {
                    long next = batch.incrementAndGet();
                    StringBuilder documents = new StringBuilder();
                    for (String name : TOGETHER) {
                      documents.append(Policies.of(name, "crash", "PERMISSIVE", "" + next));
                    }
                    if (admin.apply(documents.toString()).status() == 200) {
                      acknowledged.set(next);
                    }
                  }
                } catch (AssertionError e) {
                  // The coordinator was killed under it.
                }
              },
              "applying");
      thread.setDaemon(true);
    }

    void start() {
      thread.start();
    }

    void end() throws InterruptedException {
      ended.set(true);
      thread.join(Await.LONG.toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
  }
}
