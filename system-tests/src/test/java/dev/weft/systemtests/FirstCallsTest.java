package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A program that calls from its first moment on, while it joins, on a third of one core: two other
 * programs keep that core busy. With the agent's own defaults.
 */
@Tag("alone")
class FirstCallsTest {
  private static final int CALLS = 30;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startWhatIsCalled_andWhatKeepsTheCoreBusy() {
    mesh = Mesh.start(SANDBOX);
    mesh.server(Jdk.JDK_17, "orders", "orders");
    mesh.awaitReady("orders", 1);
    for (int i = 0; i < 2; i++) {
      new Launch(SANDBOX, Jdk.JDK_17, "busy")
          .under("taskset", "-c", "0")
          .program("sh", "-c", "while :; do :; done");
    }
  }

  @Test
  void noneIsLost() {
    starts(6);
  }

  @Test
  @Tag("steady")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void noneIsLost_ofTwoHundredStarts() {
    starts(200);
  }

  private static void starts(int count) {
    Map<Integer, String> lost = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Jdk jdk = Jdk.values()[i % Jdk.values().length];
      Caller.Library library = Caller.Library.values()[i / 2 % Caller.Library.values().length];
      Child starting =
          mesh.member(jdk, "shop", "shop")
              .with("WEFT_STARTUP_WAIT", "3s")
              .under("taskset", "-c", "0")
              .main(Built.programs(), "programs.Caller", library.argument);
      starting.say("many " + CALLS + " http://orders/load"); // it reads that when it gets to it
      String tally = starting.awaitOut("answer (.*)");
      if (!tally.startsWith("ok=" + CALLS + " failed=0 ")) {
        lost.put(i, jdk + " " + library + ": " + tally + "\n" + starting.err());
      }
      starting.end();
    }
    assertThat(lost).as("of %d starts", count).isEmpty();
  }
}
