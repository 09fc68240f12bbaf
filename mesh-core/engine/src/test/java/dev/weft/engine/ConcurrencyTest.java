package dev.weft.engine;

import static dev.weft.engine.TestService.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy.Limits;
import dev.weft.policy.ServiceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many threads at once: nothing is lost, nothing stays taken. */
class ConcurrencyTest {
  private static final int THREADS = 8;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final TestSurroundings time = new TestSurroundings();
  private final Service service =
      new Service(
          new ServiceName("default", "orders"),
          new Surroundings(
              time::now, time.get().timer(), bound -> ThreadLocalRandom.current().nextInt(bound)));

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void outcomesOfAllKinds_whileMembersComeAndGo_leaveNothingTaken() throws Exception {
    update(8);
    Traffic traffic = TestService.limits(new Limits(THREADS, null, null, 2));
    Pool pool = service.pool(Map.of(), -1, traffic);
    AtomicInteger turn = new AtomicInteger();

    inParallel(
        thread -> {
          Random random = new Random(thread);
          for (int i = 0; i < 20_000; i++) {
            if (thread == 0 && i % 50 == 0) {
              update(4 + turn.incrementAndGet() % 5);
              time.advance(SECOND);
            }
            call(pool, random);
          }
        });

    for (Endpoint endpoint : pool.endpoints()) {
      assertThat(endpoint.outstanding()).isZero();
    }
    List<Permit> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      all.add(pool.admit(time.now()));
    }
    assertThat(all).allMatch(permit -> permit.refusal() == null);
    assertThat(all.get(0).tryRetry(time.now())).isTrue();
    assertThat(all.get(1).tryRetry(time.now())).isTrue();
    all.forEach(Permit::success);

    // Whatever is out comes back: every probation ends with its one permit.
    update(8);
    for (int round = 0; round < 40; round++) {
      time.advance(301 * SECOND);
      for (int i = 0; i < 20; i++) {
        Endpoint picked = pool.pick(Pick.ANY, time.now());
        picked.begin();
        picked.end(time.now(), 1, Endpoint.Outcome.SUCCESS);
      }
    }
    for (Endpoint endpoint : pool.endpoints()) {
      assertThat(endpoint.health()).isEqualTo(Endpoint.Health.READY);
    }
  }

  @Test
  void ofManyWhoComeAtOnce_oneIsTheProbe() throws Exception {
    update(2);
    Pool pool = service.pool(Map.of(), -1, Traffic.DEFAULT);
    Endpoint bad = pool.pinned("10.0.0.0", 8080);
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < 5; i++) {
        bad.begin();
        bad.end(time.now(), 1, Endpoint.Outcome.FAILURE);
      }
      time.advance(11 * SECOND);
      CyclicBarrier together = new CyclicBarrier(THREADS);
      List<Endpoint> probes = new ArrayList<>();
      inParallel(
          thread -> {
            together.await();
            Endpoint picked = pool.pick(Pick.ANY, time.now());
            if (picked.equals(bad)) {
              synchronized (probes) {
                probes.add(picked);
              }
            }
          });
      assertThat(probes).hasSize(1);
      probes.get(0).begin();
      probes.get(0).end(time.now(), 1, Endpoint.Outcome.SUCCESS);
      assertThat(bad.health()).isEqualTo(Endpoint.Health.READY);
    }
  }

  @Test
  void manyThatFailAtOnce_neverEjectMoreThanHalf() throws Exception {
    update(10);
    Pool pool = service.pool(Map.of(), -1, Traffic.DEFAULT);
    inParallel(
        thread -> {
          for (int i = 0; i < 2_000; i++) {
            Endpoint endpoint = pool.pinned("10.0.0." + i % 10, 8080);
            endpoint.begin();
            endpoint.end(time.now(), 1, Endpoint.Outcome.FAILURE);
          }
        });

    int ejected = 0;
    for (Endpoint endpoint : pool.endpoints()) {
      ejected += endpoint.health() == Endpoint.Health.EJECTED ? 1 : 0;
    }
    assertThat(ejected).isEqualTo(5);
  }

  private void call(Pool pool, Random random) {
    Permit permit = pool.admit(time.now(), random.nextBoolean());
    assertThat(permit.refusal()).isNull();
    Endpoint picked = pool.pick(Pick.ANY, time.now());
    assertThat(picked).isNotNull();
    if (random.nextInt(10) == 0) {
      picked.unused();
    } else {
      picked.begin();
      if (random.nextInt(10) == 0) {
        picked.endUnobserved();
      } else {
        Endpoint.Outcome[] all = Endpoint.Outcome.values();
        // Mostly failures, so that much is ejected and tried again.
        int drawn = random.nextInt(10);
        picked.end(time.now(), 1_000, drawn < all.length ? all[drawn] : Endpoint.Outcome.FAILURE);
      }
    }
    if (random.nextInt(5) == 0) {
      permit.tryRetry(time.now());
    }
    switch (random.nextInt(3)) {
      case 0:
        permit.success();
        break;
      case 1:
        permit.failure();
        break;
      default:
        permit.cancelled();
        permit.success();
    }
  }

  private void update(int instances) {
    List<Service.Member> members = new ArrayList<>();
    for (int i = 0; i < instances; i++) {
      members.add(TestService.member(i, Endpoint.Standing.READY));
    }
    service.update(members);
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private void inParallel(Work work) throws Exception {
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      all.add(
          () -> {
            work.run(thread);
            return null;
          });
    }
    for (Future<Void> done : threads.invokeAll(all)) {
      done.get();
    }
  }
}
