package dev.weft.agent.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.Log;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import dev.weft.wire.Message;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfTestTest {
  private static final class Library extends WeftModule {
    private final boolean server;

    Library(boolean server) {
      super("library");
      this.server = server;
    }

    @Override
    public boolean guards() {
      return server;
    }

    @Override
    public List<String> speaksFor() {
      return List.of("org.library.");
    }

    @Override
    public List<WovenType> types() {
      return List.of();
    }
  }

  private final WeftModule library = new Library(false);
  private final SelfTest selfTest =
      new SelfTest(Log.open(Log.Level.ERROR, null, InstantSource.system()));
  private int changes;
  private boolean asked;

  private void woven(String remark) {
    selfTest.onChange(() -> changes++);
    selfTest.asks(module -> asked && module == library);
    selfTest.woven(library, "org.library.Client", remark);
  }

  private static Message.Woven active(String remark) {
    return new Message.Woven("weft-library", true, remark);
  }

  @Test
  void whoConnectsAndHasNeverAsked_isNotLed_andSaid() {
    woven(null);
    assertThat(selfTest.woven()).containsExactly(active(""));
    assertThat(selfTest.leads("org.other.Client")).isFalse();
    assertThat(selfTest.leads("org.library.Pool")).isFalse();
    assertThat(selfTest.leads("org.library.Pool")).isFalse();
    assertThat(selfTest.woven()).containsExactly(active("connects, and has never asked the mesh"));
    assertThat(changes).as("it was woven, and then passed by").isEqualTo(2);
    asked = true;
    assertThat(selfTest.leads("org.library.Pool")).isTrue();
    assertThat(selfTest.woven()).containsExactly(active(""));
  }

  /** Tomcat calls itself when a connector pauses. */
  @Test
  void aServerAsksAboutNoCalls() {
    selfTest.asks(module -> false);
    selfTest.woven(new Library(true), "org.library.Server", null);
    assertThat(selfTest.leads("org.library.Pool")).isTrue();
    assertThat(selfTest.woven()).containsExactly(active(""));
  }

  @Test
  void aVersionThatWasNotTriedIsSaid() {
    woven("library 9.0 (tested: 1.0 to 2.3)");
    selfTest.leads("org.library.Pool");
    assertThat(selfTest.woven())
        .containsExactly(
            active("library 9.0 (tested: 1.0 to 2.3); connects, and has never asked the mesh"));
    selfTest.failed("weft-library", "org.library.Pool", "no");
    assertThat(selfTest.woven())
        .containsExactly(new Message.Woven("weft-library", false, "org.library.Pool: no"));
  }
}
