package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Instances come, leave and die, and their callers take note. */
class BalancingTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  void instancesComeAndLeaveUnderLoad(Caller.Library library) {
    String service = "orders-" + library.ordinal();
    String url = "http://" + service + "/load";
    Child one = mesh.server(JDK, service, "one");
    Child two = mesh.tomcat(JDK, service, "two");
    mesh.awaitReady(service, 2);
    Caller caller = mesh.caller(JDK, library);
    caller.start(4, url);
    // An instance whose first answer is slow, as it is cold, is given time: the average forgets it.
    nothingFailsUntil(
        caller,
        "both have traffic, in one glance",
        tally -> tally.from("one") > 0 && tally.from("two") > 0);
    mesh.server(JDK, service, "three");
    nothingFailsUntil(caller, "the third has traffic", tally -> tally.from("three") > 0);

    one.terminate();
    nothingFailsUntil(caller, "the first has left", tally -> !one.alive());
    mesh.awaitReady(service, 2);
    two.terminate();
    nothingFailsUntil(caller, "the second has left", tally -> !two.alive());
    mesh.awaitReady(service, 1);
    caller.tally();
    Caller.Tally last = caller.stop();
    assertThat(last.failed()).as(last.text()).isZero();
    Caller.Tally onlyThree = caller.many(50, url);
    assertThat(onlyThree.from("three")).as(onlyThree.text()).isEqualTo(50);
    // One who leaves says so, and ends as it would without the agent: 128 + SIGTERM.
    assertThat(one.exit()).isEqualTo(143);
    assertThat(two.exit()).isEqualTo(143);
    assertThat(one.err()).isEmpty();
    assertThat(caller.child().err()).isEmpty();
  }

  @Test
  void aDeadInstanceIsAvoidedAtOnceAndForgottenSoon() {
    String url = "http://stock/load";
    mesh.server(JDK, "stock", "alive");
    Child dead = mesh.server(JDK, "stock", "dead");
    mesh.awaitReady("stock", 2);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    assertThat(caller.many(50, url).failed()).isZero();
    dead.kill();
    dead.exit();
    // The first refused connection may fail its call, as it is not repeated yet; not a second one.
    Caller.Tally after = caller.many(100, url);
    assertThat(after.failed()).as(after.text()).isLessThanOrEqualTo(1);
    assertThat(after.from("alive")).as(after.text()).isGreaterThanOrEqualTo(99);
    // 15 s is what is promised; the rest is for the machine.
    Await.until(
        "the dead one has left the registry",
        Duration.ofSeconds(25),
        () -> mesh.admin().states("stock").size() == 1);
    Caller.Tally forgotten = caller.many(100, url);
    assertThat(forgotten.from("alive")).as(forgotten.text()).isEqualTo(100);
  }

  private interface Condition {
    boolean met(Caller.Tally tally);
  }

  private static void nothingFailsUntil(Caller caller, String what, Condition condition) {
    Await.until(
        what,
        Duration.ofMinutes(3),
        () -> {
          Caller.Tally tally = caller.tally();
          if (tally.failed() > 0) {
            throw new Await.Hopeless("calls failed before " + what + ": " + tally.text());
          }
          return condition.met(tally);
        });
  }
}
