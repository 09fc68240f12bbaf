package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 1,000 requests a second and library, of all methods, for two minutes, while everything around
 * them is changed: none may fail, and none be delivered twice.
 */
@Tag("alone")
class SteadyTest {
  private static final Jdk JDK = Jdk.JDK_17;
  private static final int PER_SECOND = 1_000;
  private static final Duration LENGTH = Duration.ofMinutes(2);

  /** How the JDK's client tells of a response that ends within its body. */
  private static final Pattern HAS_BEGUN =
      Pattern.compile(
          "\\w+ java\\.io\\.IOException: fixed content-length: \\d+, bytes received: \\d+");

  /** As in {@code programs.OpenLoop}. */
  private static final int OPEN_LOOP_THREADS = 32;

  /** This is work enough for the second one: encryption is slow without it. */
  private static final String BOTH_COMPILERS = "-XX:TieredStopAtLevel=4";

  /**
   * Renewed at two thirds, so once at least within the two minutes; the last third is the time that
   * a coordinator may be away.
   */
  private static final String CERTIFICATE_TTL = "90s";

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private int launched;

  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  @Tag("steady")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void embeddedZooKeeper(Caller.Library library) {
    Mesh mesh = Mesh.start(SANDBOX, "--certificate-ttl", CERTIFICATE_TTL);
    run(mesh, library, "embedded-" + library.ordinal(), List.of());
  }

  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  @Tag("steady")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void ensembleOfThree(Caller.Library library) {
    try (Ensemble ensemble = Ensemble.start(SANDBOX.folder())) {
      Mesh mesh =
          Mesh.start(
              SANDBOX,
              "--certificate-ttl",
              CERTIFICATE_TTL,
              "--zookeeper",
              ensemble.connectString());
      List<Runnable> restarts = new ArrayList<>();
      for (int i = 0; i < ensemble.size(); i++) {
        int index = i;
        restarts.add(() -> ensemble.restart(index));
      }
      run(mesh, library, "ensemble-" + library.ordinal(), restarts);
    }
  }

  /**
   * @param service of its own for each test: they share a folder, and so what a coordinator keeps
   */
  private void run(
      Mesh mesh, Caller.Library library, String service, List<Runnable> zooKeeperRestarts) {
    Ledger ledger = Ledger.in(SANDBOX, service);
    List<Child> instances = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      instances.add(instance(mesh, service, ledger));
    }
    mesh.awaitReady(service, 3);
    Caller caller = Caller.start(mesh.member(JDK, "shop", "shop").option(BOTH_COMPILERS), library);
    caller.rate(PER_SECOND, "http://" + service + "/load");
    ConcurrentLinkedQueue<Throwable> troubles = new ConcurrentLinkedQueue<>();
    ScheduledExecutorService changes = Executors.newScheduledThreadPool(3);
    int[] policies = new int[1];
    ScheduledFuture<?> policy =
        changes.scheduleAtFixedRate(
            () -> applyPolicy(mesh, service, policies), 1, 1, TimeUnit.SECONDS);
    int[] drains = new int[1];
    ScheduledFuture<?> rolling =
        changes.scheduleWithFixedDelay(
            () -> noting(troubles, () -> replaceOldest(mesh, service, ledger, instances, drains)),
            5,
            5,
            TimeUnit.SECONDS);
    List<Runnable> restarts = new ArrayList<>(List.of(() -> restart(mesh)));
    restarts.addAll(zooKeeperRestarts);
    restarts.add(() -> restart(mesh));
    long each = LENGTH.toMillis() / (restarts.size() + 1);
    for (int i = 0; i < restarts.size(); i++) {
      Runnable restart = restarts.get(i);
      changes.schedule(() -> noting(troubles, restart), each * (i + 1), TimeUnit.MILLISECONDS);
    }
    long end = System.nanoTime() + LENGTH.toNanos();
    long[] answered = new long[1];
    Await.until(
        "two minutes have passed",
        LENGTH.plusSeconds(30),
        Duration.ofSeconds(1),
        () -> {
          Caller.Tally tally = caller.tally();
          answered[0] += tally.ok();
          if (tally.failed() > 0) {
            throw new Await.Hopeless(library + ": " + tally.text());
          }
          return System.nanoTime() - end > 0;
        });
    policy.cancel(false);
    rolling.cancel(false);
    changes.shutdown();
    Caller.Tally last = caller.stop();
    assertThat(last.failed()).as(last.text()).isZero();
    assertThat(answered[0] + last.ok())
        .as("calls")
        .isGreaterThan(LENGTH.toSeconds() * PER_SECOND * 9 / 10);
    // That a coordinator is away is said; nothing else is.
    assertThat(caller.child().errLines())
        .allSatisfy(line -> assertThat(line).contains("no coordinator"));
    assertThat(troubles).isEmpty();
    assertThat(ledger.duplicates()).isEmpty();
    assertThat(ledger.ids()).isNotEmpty();
    assertThat(policies[0]).as("changes of policy").isGreaterThan(60);
    assertThat(drains[0]).as("instances replaced").isGreaterThanOrEqualTo(4);
  }

  private static void noting(ConcurrentLinkedQueue<Throwable> troubles, Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      troubles.add(e);
    }
  }

  private Child instance(Mesh mesh, String service, Ledger ledger) {
    int number = ++launched;
    String name = service + "-" + number;
    Launch launch =
        ledger
            .kept(mesh.member(JDK, service, name))
            .with("WEFT_VERSION", "v" + number % 2)
            .option(BOTH_COMPILERS);
    return number % 2 == 0
        ? launch.main(Built.programsAndLibraries(), "programs.TomcatServer", name, "0")
        : launch.main(Built.programs(), "programs.JdkServer", name, "0");
  }

  /** One more, and when it is ready the oldest is told to end, as a rolling update would. */
  private void replaceOldest(
      Mesh mesh, String service, Ledger ledger, List<Child> instances, int[] drains) {
    Child next = instance(mesh, service, ledger);
    instances.add(next);
    // One that left while no coordinator was there to hear it may still be among the others.
    Await.until(
        "one more is ready",
        () ->
            mesh.admin().states(service).stream().filter("READY"::equals).count()
                >= instances.size());
    Child oldest = instances.remove(0);
    oldest.terminate();
    oldest.exit();
    drains[0]++;
  }

  /** While the coordinator is away nothing can be applied; that is no failure. */
  private static void applyPolicy(Mesh mesh, String service, int[] policies) {
    int n = policies[0] + 1;
    try {
      Admin.Reply reply =
          mesh.admin()
              .apply(
                  Routes.route(
                      service,
                      """
                      - filters:
                        - type: RequestHeaderModifier
                          requestHeaderModifier: {set: [{name: x-revision, value: "%d"}]}
                        backendRefs: [{name: %s, port: 80}]
                      """
                          .formatted(n, service)));
      if (reply.status() == 200) {
        policies[0] = n;
      }
    } catch (AssertionError e) {
      // It is being restarted.
    }
  }

  private static void restart(Mesh mesh) {
    mesh.coordinator().terminate();
    mesh.startAgain();
  }

  @Test
  void anInstanceIsKilled() {
    Mesh mesh = Mesh.start(SANDBOX);
    String service = "killed";
    Ledger ledger = Ledger.in(SANDBOX, service);
    List<Child> instances = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      instances.add(instance(mesh, service, ledger));
    }
    mesh.awaitReady(service, 4);
    for (Caller.Library library : Caller.Library.values()) {
      Caller caller =
          Caller.start(mesh.member(JDK, "shop", "shop").option(BOTH_COMPILERS), library);
      caller.rate(PER_SECOND, "http://" + service + "/load");
      Await.until("there is traffic", () -> caller.tally().ok() > 0);
      instances.remove(0).kill();
      List<Caller.Tally> after = new ArrayList<>();
      Await.until(
          "traffic goes on",
          Await.LONG,
          Duration.ofSeconds(1),
          () -> {
            after.add(caller.tally());
            return after.stream().mapToInt(Caller.Tally::ok).sum() > 3 * PER_SECOND;
          });
      after.add(caller.stop());
      // Only what was being sent to it may fail, one for each thread at most: a POST, or what the
      // application has had the head of a response to.
      assertThat(after.stream().mapToInt(Caller.Tally::failed).sum())
          .as("%s: %s", library, after)
          .isLessThanOrEqualTo(OPEN_LOOP_THREADS);
      assertThat(after)
          .allSatisfy(
              tally ->
                  assertThat(HAS_BEGUN.matcher(tally.text()).replaceAll(""))
                      .doesNotContain("GET ")
                      .doesNotContain("PUT ")
                      .doesNotContain("DELETE "));
    }
    assertThat(ledger.duplicates()).isEmpty();
  }
}
