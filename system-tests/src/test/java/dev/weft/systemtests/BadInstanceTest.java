package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Instances that answer, but badly. */
@Tag("alone")
class BadInstanceTest {
  private static final Jdk JDK = Jdk.JDK_17;
  private static final int PER_SECOND = 200;
  private static final Duration BAD = Duration.ofSeconds(60);

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  private static Path fault(String server) {
    return SANDBOX.folder().resolve(server + ".bad");
  }

  private static int sum(
      List<Caller.Tally> tallies, java.util.function.ToIntFunction<Caller.Tally> f) {
    return tallies.stream().mapToInt(f).sum();
  }

  /** What comes of the traffic in so long. */
  private static List<Caller.Tally> during(Duration length, Caller caller) {
    List<Caller.Tally> tallies = new ArrayList<>();
    long end = System.nanoTime() + length.toNanos();
    Await.until(
        length + " have passed",
        length.multipliedBy(2),
        Duration.ofSeconds(1),
        () -> {
          tallies.add(caller.tally());
          return System.nanoTime() - end > 0;
        });
    return tallies;
  }

  /**
   * In turn, for shares are looked at here: by peak EWMA, one slow answer of ten JVMs on two cores
   * takes an instance's share for half a minute, bad or not.
   */
  @Test
  void oneOfTen() throws IOException {
    assertThat(mesh.admin().apply(IN_TURN).status()).isEqualTo(200);
    for (int i = 0; i < 10; i++) {
      mesh.server(JDK, "ten", "ten-" + i);
    }
    mesh.awaitReady("ten", 10);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    caller.rate(PER_SECOND, "http://ten/load");
    Await.until(
        "all ten have traffic",
        () -> {
          Caller.Tally tally = caller.tally();
          for (int i = 0; i < 10; i++) {
            if (tally.from("ten-" + i) == 0) {
              return false;
            }
          }
          return true;
        });
    Files.createFile(fault("ten-3"));
    List<Caller.Tally> bad = during(BAD, caller);
    // Idempotent calls are retried; a POST that met the bad one is not, until it is ejected.
    int ok = sum(bad, Caller.Tally::ok);
    int failed = sum(bad, Caller.Tally::failed);
    assertThat(ok / (double) (ok + failed)).as("%s", bad).isGreaterThanOrEqualTo(0.999);

    Files.delete(fault("ten-3"));
    Await.until(
        "its share is back to 10 % of ten seconds",
        Duration.ofSeconds(60),
        Duration.ofSeconds(1),
        () -> {
          List<Caller.Tally> healed = during(Duration.ofSeconds(10), caller);
          double share =
              sum(healed, tally -> tally.from("ten-3")) / (double) sum(healed, Caller.Tally::ok);
          assertThat(share).as("%s", healed).isBetween(0.09, 0.11);
          return true;
        });
    caller.stop();
  }

  @Test
  void oneOfTwoIsEjected_andTheOnlyOneNever() throws IOException {
    Child good = mesh.server(JDK, "two", "two-good");
    mesh.server(JDK, "two", "two-bad");
    mesh.awaitReady("two", 2);
    Files.createFile(fault("two-bad"));
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_URL_CONNECTION);
    String url = "http://two/load";
    caller.many(100, url); // each retried where it went wrong; the bad one is known by now
    Caller.Tally ejected = caller.many(200, url);
    assertThat(ejected.failed()).as(ejected.text()).isZero();
    assertThat(ejected.from("two-good")).as(ejected.text()).isEqualTo(200);
    good.terminate();
    good.exit();
    mesh.awaitReady("two", 1);
    // Now it is all there is, and the application gets what it says, not a refusal of the mesh.
    Caller.Answer alone = caller.send("GET", url);
    assertThat(alone.status()).as("%s", alone).isEqualTo("503");
    assertThat(alone.saw("name")).as("%s", alone).containsExactly("two-bad");
    Files.delete(fault("two-bad"));
    Caller.Tally healed = caller.many(50, url);
    assertThat(healed.failed()).as(healed.text()).isZero();
  }

  /** Over mesh TLS, for the service takes nothing else; and with ejection switched off. */
  @Test
  void whoFailsItsChecks_isLeftAlone_andComesBack() throws IOException {
    mesh.server(JDK, "checked", "checked-good");
    mesh.server(JDK, "checked", "checked-bad");
    mesh.awaitReady("checked", 2);
    Files.createFile(fault("checked-bad"));
    assertThat(mesh.admin().apply(CHECKED).status()).isEqualTo(200);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    Await.until(
        "nobody calls the one whose checks fail",
        () -> tenPosts(caller).equals(Set.of("200 checked-good")));
    Files.delete(fault("checked-bad"));
    Await.until(
        "both are called again",
        () -> tenPosts(caller).equals(Set.of("200 checked-good", "200 checked-bad")));
  }

  private static final String IN_TURN =
      """
      apiVersion: gateway.envoyproxy.io/v1alpha1
      kind: BackendTrafficPolicy
      metadata:
        name: ten
      spec:
        targetRefs:
        - group: ""
          kind: Service
          name: ten
        loadBalancer:
          type: RoundRobin
      """;

  private static final String CHECKED =
      """
      apiVersion: gateway.envoyproxy.io/v1alpha1
      kind: BackendTrafficPolicy
      metadata:
        name: checked
      spec:
        targetRefs:
        - group: ""
          kind: Service
          name: checked
        loadBalancer:
          type: RoundRobin
        healthCheck:
          passive:
            consecutive5XxErrors: 0
          active:
            type: HTTP
            http:
              path: /healthz
            interval: 200ms
            timeout: 5s
            unhealthyThreshold: 2
      ---
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata:
        name: checked
      spec:
        selector:
          matchLabels:
            app: checked
        mtls:
          mode: STRICT
      """;

  /** Statuses and servers of requests that are never sent twice: the two take turns. */
  private static Set<String> tenPosts(Caller caller) {
    Set<String> answers = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      Caller.Answer answer = caller.send("POST", "http://checked/pay");
      answers.add(answer.status() + " " + String.join("", answer.saw("name")));
    }
    return answers;
  }

  @Test
  void aServerThatReadsAllAndCloses() {
    Ledger ledger = Ledger.in(SANDBOX, "drops");
    for (String name : List.of("drops", "keeps")) {
      ledger
          .kept(mesh.member(JDK, "mixed", name))
          .main(Built.programs(), "programs.JdkServer", name, "0");
    }
    mesh.awaitReady("mixed", 2);
    for (Caller.Library library : Caller.Library.values()) {
      Caller caller = mesh.caller(JDK, library);
      int failed = 0;
      for (int i = 0; i < 40; i++) {
        Caller.Answer answer =
            caller.send("POST", "http://mixed/pay", "x-drop=drops", "x-id=" + library + i);
        if (!answer.status().equals("200")) {
          failed++;
          assertThat(answer.status()).startsWith("failed ").contains("Exception");
        }
      }
      assertThat(failed).as("POSTs whose server closed without an answer").isPositive();
      for (int i = 0; i < 40; i++) {
        Caller.Answer answer = caller.send("GET", "http://mixed/read", "x-drop=drops");
        assertThat(answer.status()).as("%s", answer).isEqualTo("200");
        assertThat(answer.saw("name")).containsExactly("keeps");
      }
      assertThat(ledger.duplicates()).isEmpty();
    }
    assertThat(ledger.ids()).hasSize(80);
  }
}
