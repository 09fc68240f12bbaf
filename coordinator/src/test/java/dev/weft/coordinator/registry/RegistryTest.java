package dev.weft.coordinator.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.coordinator.FakeTime;
import dev.weft.policy.Cidr;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static final String A = id(1);
  private static final String B = id(2);

  /** Whoever registers what here, is granted it. */
  private static final Origin ORIGIN =
      new Origin(null, Stream.of("10.0.0.0/8", "2001:db8::/32").map(Cidr::parse).toList());

  private final FakeTime time = new FakeTime();
  private final Registry registry = new Registry("here", time, time::nanos);

  private static String id(int n) {
    return new UUID(7, n).toString();
  }

  private static Port port(int number) {
    return port(number, TlsMode.PERMISSIVE);
  }

  private static Port port(int number, TlsMode tls) {
    return new Port("10.0.0.1", number, "tomcat", true, tls);
  }

  private Lease ready(String service, String id, int port) {
    Lease lease = registry.connect("default", service, id, Map.of("version", "v1"), "", ORIGIN);
    lease.register(List.of(port(port)), InstanceState.READY);
    return lease;
  }

  private Declared elsewhere(String id, int port, InstanceState state, long connected) {
    return new Declared(
        new Instance(id, "default", "orders", List.of(port(port)), Map.of(), "", state, 77),
        List.of(new Claim(false, connected)),
        connected);
  }

  private Map<String, InstanceState> orders() {
    Map<String, InstanceState> states = new java.util.TreeMap<>();
    registry
        .view("default/orders")
        .instances()
        .forEach((id, instance) -> states.put(id, instance.state()));
    return states;
  }

  private void pass(Duration by) {
    time.advance(by);
    registry.tick();
  }

  // ---- leases

  @Test
  void startingIsKnownButNotCallable() {
    Lease lease = registry.connect("default", "orders", A, Map.of(), "", ORIGIN);
    assertThat(registry.isKnown("default/orders")).isFalse();
    lease.register(List.of(port(8080)), InstanceState.STARTING);

    assertThat(registry.isKnown("default/orders")).isTrue();
    assertThat(orders()).isEmpty();
    assertThat(registry.instances()).hasSize(1);

    time.advance(Duration.ofSeconds(5));
    lease.register(List.of(port(8080)), InstanceState.READY);
    assertThat(registry.view("default/orders").instances().get(A).sinceMillis())
        .isEqualTo(time.millis());
  }

  @Test
  void byeRemovesAtOnce_explained() {
    Lease lease = ready("orders", A, 8080);
    ServiceView before = registry.view("default/orders");
    lease.bye();

    ServiceView after = registry.view("default/orders");
    assertThat(after.instances()).isEmpty();
    assertThat(after.unexplained()).isEmpty();
    assertThat(after.revision()).isGreaterThan(before.revision());
    assertThat(registry.isKnown("default/orders")).isFalse();
  }

  @Test
  void lostIsSuspectForTenSeconds_thenRemoved() {
    Lease lease = ready("orders", A, 8080);
    lease.lost();
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.SUSPECT));

    pass(Duration.ofMillis(9_999));
    assertThat(orders()).hasSize(1);
    pass(Duration.ofMillis(1));
    assertThat(orders()).isEmpty();
    assertThat(registry.view("default/orders").unexplained()).isEmpty();
  }

  @Test
  void silentForTenSeconds_leavesFiveSecondsLater() {
    Lease lease = ready("orders", A, 8080);
    time.advance(Duration.ofSeconds(2));
    lease.renew();
    time.advance(Duration.ofSeconds(10));
    lease.lost();

    pass(Duration.ofMillis(4_999));
    assertThat(orders()).hasSize(1);
    pass(Duration.ofMillis(1));
    assertThat(orders()).as("15 s after the last frame").isEmpty();
  }

  @Test
  void returningWithinTenSeconds_isReadyAgainWithoutRegistering() {
    Lease lease = ready("orders", A, 8080);
    long since = registry.view("default/orders").instances().get(A).sinceMillis();
    lease.lost();
    pass(Duration.ofSeconds(9));
    registry.connect("default", "orders", A, Map.of("version", "v1"), "", ORIGIN);
    pass(Duration.ofSeconds(60));

    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
    assertThat(registry.view("default/orders").instances().get(A).sinceMillis()).isEqualTo(since);
  }

  @Test
  void earlierStreamOfAnInstanceCannotEndIt() {
    Lease first = ready("orders", A, 8080);
    Lease second = ready("orders", A, 8080);

    first.lost();
    first.bye();
    first.register(List.of(port(9999)), InstanceState.DRAINING);
    pass(Duration.ofMinutes(5));
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));

    second.bye();
    assertThat(orders()).isEmpty();
  }

  @Test
  void idOfAnotherServicesInstanceIsAnotherInstance() {
    ready("orders", A, 8080);
    Lease intruder = ready("payments", A, 8080);
    intruder.bye();

    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
  }

  @Test
  void lostOneThatNeverRegisteredLeavesNothing() {
    Lease lease = registry.connect("default", "orders", A, Map.of(), "", ORIGIN);
    lease.lost();

    assertThat(registry.instances()).isEmpty();
    assertThat(registry.takeChangedSlices()).isEmpty();
  }

  @Test
  void restartOnTheSamePortReplacesTheSuspect() {
    Lease killed = ready("orders", A, 8080);
    killed.lost();
    Lease restarted = ready("orders", B, 8080);
    assertThat(orders()).containsExactly(Map.entry(B, InstanceState.READY));

    restarted.lost();
    assertThat(orders())
        .containsExactly(Map.entry(A, InstanceState.SUSPECT), Map.entry(B, InstanceState.SUSPECT));
  }

  @Test
  void addressOfAnotherServiceCannotBeTakenOver() {
    ready("orders", A, 8080);
    time.advance(Duration.ofSeconds(1));
    ready("evil", B, 8080);

    assertThat(orders()).hasSize(1);
    Instance found = registry.at("10.0.0.1", 8080);
    assertThat(found).isNotNull();
    assertThat(found.service()).isEqualTo("orders");
    assertThat(registry.at("10.0.0.1", 8081)).isNull();
    assertThat(registry.at("orders", 8080)).isNull();
  }

  // ---- what an instance may say

  @Test
  void appIsNeverWhatTheInstanceSays() {
    Lease lease =
        registry.connect(
            "default", "orders", A, Map.of("app", "payments", "zone", "z"), "", ORIGIN);
    lease.register(List.of(port(8080)), InstanceState.READY);

    Instance instance = registry.view("default/orders").instances().get(A);
    assertThat(instance.labels()).containsOnlyKeys("zone");
    assertThat(instance.service()).isEqualTo("orders");
  }

  @Test
  void nonsenseIsRefusedByName() {
    assertThatThrownBy(() -> registry.connect("default", "orders", "../x", Map.of(), "", ORIGIN))
        .hasMessageContaining("instance: \"../x\" (expected: a UUID");
    assertThatThrownBy(
            () -> registry.connect("default", "orders", A, Map.of("a b", "x"), "", ORIGIN))
        .hasMessageContaining("labels.\"a b\"");
    Lease lease = registry.connect("default", "orders", A, Map.of(), "", ORIGIN);
    assertThatThrownBy(() -> lease.register(List.of(port(1)), InstanceState.ORPHAN))
        .hasMessageContaining("register.state: ORPHAN");
    for (String address : List.of("localhost", "0.0.0.0", "::", "224.0.0.1", "10.0.0", "")) {
      Port port = new Port(address, 80, "x", true, TlsMode.DISABLE);
      assertThatThrownBy(() -> lease.register(List.of(port), InstanceState.READY))
          .hasMessageContaining("register.ports.address: \"" + address + "\"");
    }
    assertThatThrownBy(() -> lease.register(List.of(port(80), port(80)), InstanceState.READY))
        .hasMessageContaining("10.0.0.1:80 twice");
  }

  // ---- TLS modes

  @Test
  void modeOfAPortIsPolicysUnlessItCannotDoTls() {
    Lease lease = registry.connect("default", "orders", A, Map.of("version", "v1"), "", ORIGIN);
    lease.register(
        List.of(
            new Port("10.0.0.1", 1, "tomcat", true, TlsMode.PERMISSIVE),
            new Port("10.0.0.1", 2, "raw", false, TlsMode.DISABLE)),
        InstanceState.READY);
    assertThat(modes()).containsExactly(TlsMode.PERMISSIVE, TlsMode.DISABLE);
    List<Map<String, String>> asked = new ArrayList<>();

    registry.setPolicy(
        (namespace, service, labels, port) -> {
          asked.add(labels);
          return TlsMode.STRICT;
        });
    assertThat(modes())
        .as("never plaintext to a STRICT destination, not even one that cannot do TLS")
        .containsExactly(TlsMode.STRICT, TlsMode.STRICT);
    assertThat(asked).allSatisfy(l -> assertThat(l).containsEntry("app", "orders"));

    registry.setPolicy((namespace, service, labels, port) -> TlsMode.DISABLE);
    assertThat(modes()).containsExactly(TlsMode.DISABLE, TlsMode.DISABLE);
    registry.setPolicy(TlsPolicy.PERMISSIVE);
    assertThat(modes()).containsExactly(TlsMode.PERMISSIVE, TlsMode.DISABLE);
  }

  private List<TlsMode> modes() {
    return registry.view("default/orders").instances().get(A).ports().stream()
        .map(Port::tls)
        .toList();
  }

  // ---- other coordinators

  @Test
  void instancesOfOthersAreSeen() {
    registry.coordinators(Set.of("there"));
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));

    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.DRAINING, 10)));
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.DRAINING));
    registry.slice("there", 0, List.of());
    assertThat(orders()).isEmpty();
    assertThat(registry.view("default/orders").unexplained())
        .as("a live coordinator's decision")
        .isEmpty();
  }

  @Test
  void instanceThatMovedHereIsNotEndedByTheSuspectThere() {
    registry.coordinators(Set.of("there"));
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    ready("orders", A, 1);
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.SUSPECT, 10)));
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
    assertThat(registry.view("default/orders").instances().get(A).sinceMillis())
        .as("it is not new")
        .isEqualTo(77);

    registry.slice("there", 0, List.of());
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
  }

  @Test
  void instanceThatMovedAwayIsForgottenHere() {
    registry.coordinators(Set.of("there"));
    Lease lease = ready("orders", A, 1);
    registry.takeChangedSlices();
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, time.millis() + 1000)));
    lease.lost();
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));

    pass(Duration.ofMillis(500));
    assertThat(registry.takeChangedSlices()).containsEntry(0, List.of());
    registry.slice("there", 0, List.of());
    assertThat(orders()).as("its bye there is final").isEmpty();
  }

  @Test
  void deadCoordinatorsInstancesAreOrphans_andLeaveAfterAMinute() {
    for (int i = 10; i < 20; i++) {
      ready("other", id(i), i);
    }
    registry.coordinators(Set.of("there"));
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    registry.coordinators(Set.of());
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.ORPHAN));

    time.advance(Duration.ofMillis(59_999));
    assertThat(registry.abandoned()).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(registry.abandoned()).containsExactly("there");
    assertThat(orders()).as("until its slices are deleted").hasSize(1);

    registry.slice("there", 0, List.of());
    assertThat(orders()).isEmpty();
    assertThat(registry.view("default/orders").unexplained())
        .as("nobody said bye")
        .containsExactly(A);
    assertThat(registry.abandoned()).isEmpty();
  }

  @Test
  void orphansAreKeptWhileTheyAreMoreThanThirtyPercent() {
    ready("other", id(10), 10);
    ready("other", id(11), 11);
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    time.advance(Duration.ofHours(1));
    assertThat(registry.abandoned()).as("1 of 3").isEmpty();
    assertThat(registry.orphansHeld()).isTrue();

    ready("other", id(12), 12);
    assertThat(registry.abandoned()).as("1 of 4").containsExactly("there");
    assertThat(registry.orphansHeld()).isFalse();
  }

  /** A coordinator that is short of CPU takes its agents back one after the other. */
  @Test
  void orphansAreKeptWhileOthersReturn_butNotForEver() {
    List<Declared> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(elsewhere(id(100 + i), 100 + i, InstanceState.READY, 10));
    }
    for (int i = 0; i < 80; i++) {
      ready("other", id(i), i + 1);
    }
    registry.slice("there", 0, all);
    for (int i = 0; i < 14; i++) {
      time.advance(Duration.ofSeconds(40));
      assertThat(registry.abandoned()).as("while others come").isEmpty();
      ready("orders", id(100 + i), 100 + i);
    }
    assertThat(orders()).hasSize(20);
    time.advance(Duration.ofSeconds(40));
    assertThat(registry.abandoned()).as("ten minutes are enough").containsExactly("there");
  }

  @Test
  void orphansAreGoneAMinuteAfterTheLastReturn() {
    List<Declared> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(elsewhere(id(100 + i), 100 + i, InstanceState.READY, 10));
    }
    registry.slice("there", 0, all);
    time.advance(Duration.ofSeconds(30));
    for (int i = 0; i < 8; i++) {
      ready("orders", id(100 + i), 100 + i);
    }
    time.advance(Duration.ofMillis(59_999));
    assertThat(registry.abandoned()).isEmpty();
    assertThat(registry.orphansHeld()).as("nothing to be alarmed about").isFalse();
    time.advance(Duration.ofMillis(1));
    assertThat(registry.abandoned()).containsExactly("there");
  }

  @Test
  void orphansAreNotKeptForEver() {
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    time.advance(Duration.ofHours(24).minusSeconds(1));
    assertThat(registry.abandoned()).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(registry.abandoned()).containsExactly("there");
  }

  @Test
  void orphanThatReturnsIsReady_andItsOldSliceMayGo() {
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.ORPHAN));
    ready("orders", A, 1);
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));

    time.advance(Duration.ofSeconds(10));
    assertThat(registry.abandoned()).containsExactly("there");
    registry.slice("there", 0, List.of());
    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
  }

  @Test
  void orphanThatReturnedAndSaidByeStaysAway() {
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    ready("orders", A, 1).bye();
    assertThat(orders()).isEmpty();

    registry.coordinators(Set.of("elsewhere"));
    registry.slice("there", 1, List.of(elsewhere(B, 1, InstanceState.READY, 10)));
    registry.slice("elsewhere", 0, List.of(elsewhere(B, 1, InstanceState.READY, 11)));
    registry.slice("elsewhere", 0, List.of());
    assertThat(orders()).as("the same where it returned to another one").isEmpty();
  }

  @Test
  void coordinatorThatComesBackKeepsItsInstances() {
    registry.coordinators(Set.of("there"));
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    registry.coordinators(Set.of());
    registry.coordinators(Set.of("there"));

    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
    time.advance(Duration.ofHours(100));
    assertThat(registry.abandoned()).isEmpty();
  }

  @Test
  void drainingOrphanStaysDraining() {
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.DRAINING, 10)));

    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.DRAINING));
  }

  @Test
  void instanceThatChangesItsSliceIsNotLost() {
    registry.coordinators(Set.of("there"));
    registry.slice("there", 0, List.of(elsewhere(A, 1, InstanceState.READY, 10)));
    registry.slice("there", 1, List.of(elsewhere(A, 1, InstanceState.READY, 11)));
    registry.slice("there", 0, List.of());

    assertThat(orders()).containsExactly(Map.entry(A, InstanceState.READY));
  }

  // ---- slices

  @Test
  void slicesHoldAHundred_andOnlyChangedOnesAreWritten() throws Exception {
    List<Lease> leases = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      leases.add(ready("orders", id(i), 1000 + i));
    }
    Map<Integer, List<Declared>> all = registry.takeChangedSlices();
    assertThat(all).containsOnlyKeys(0, 1, 2);
    assertThat(all.get(0)).hasSize(100);
    assertThat(all.get(2)).hasSize(50);
    assertThat(registry.takeChangedSlices()).isEmpty();

    leases.get(120).bye();
    assertThat(registry.takeChangedSlices()).containsOnlyKeys(1);
    registry.giveBackSlice(1);
    assertThat(registry.takeChangedSlices().get(1)).hasSize(99);
    registry.giveBackAllSlices();
    assertThat(registry.takeChangedSlices()).containsOnlyKeys(0, 1, 2);
    assertThat(SliceCodec.decode(SliceCodec.encode(all.get(0)))).isEqualTo(all.get(0));
  }

  @Test
  void sliceOfTheLargestInstancesFitsIntoANode() {
    Map<String, String> labels = new java.util.HashMap<>();
    java.util.Random random = new java.util.Random(1);
    for (int i = 0; i < 32; i++) {
      labels.put(text(random, 61) + (10 + i), text(random, 128));
    }
    List<Port> ports = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      ports.add(
          new Port(
              "2001:db8:1111:2222:3333:4444:5555:" + (1000 + i),
              60_000 + i,
              text(random, 63),
              false,
              TlsMode.PERMISSIVE));
    }
    for (int i = 0; i < 100; i++) {
      registry
          .connect("n".repeat(63), "s".repeat(63), id(i), labels, text(random, 63), ORIGIN)
          .register(ports, InstanceState.READY);
    }
    List<Declared> slice = registry.takeChangedSlices().get(0);

    assertThat(slice).hasSize(100);
    int plain = slice.stream().mapToInt(d -> dev.weft.wire.Json.bytes(d.tree()).length).sum();
    assertThat(plain).as("before gzip").isLessThan(1_000_000);
    assertThat(SliceCodec.encode(slice).length).isLessThan(1_000_000);
  }

  private static String text(java.util.Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  // ---- views and listeners

  @Test
  void viewsAreKeptForResuming_andRevisionsGrow() {
    assertThat(registry.view("default/orders").revision()).isZero();
    ready("orders", A, 1);
    ServiceView first = registry.view("default/orders");
    assertThat(registry.view("default/orders")).isSameAs(first);
    ready("orders", B, 2);
    ServiceView second = registry.view("default/orders");

    assertThat(second.revision()).isEqualTo(first.revision() + ServiceView.STEP);
    assertThat(registry.view("default/orders", first.revision())).isSameAs(first);
    assertThat(registry.view("default/orders", first.revision() + 1)).isNull();
  }

  @Test
  void listenersHearWhatChangedAndWhatAppeared() {
    List<String> heard = new ArrayList<>();
    registry.addListener(
        new RegistryListener() {
          @Override
          public void changed(String service) {
            heard.add("changed " + service);
          }

          @Override
          public void appeared(String serviceOrAddress) {
            heard.add("appeared " + serviceOrAddress);
          }
        });

    Lease lease = ready("orders", A, 8080);
    assertThat(heard)
        .containsExactly(
            "changed default/orders", "appeared default/orders", "appeared 10.0.0.1:8080");
    heard.clear();
    lease.register(List.of(port(8080)), InstanceState.READY);
    assertThat(heard).as("nothing changed").isEmpty();
    lease.register(List.of(port(8080)), InstanceState.DRAINING);
    assertThat(heard).containsExactly("changed default/orders");
  }
}
