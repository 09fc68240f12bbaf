package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.drive.RequestContext;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The request's threads know what it came with, as long as it lasts, and nobody else does. */
public interface ContextContract extends ServerKit {
  private static String context() {
    RequestContext here = RequestContext.current();
    return here == null
        ? "none"
        : here.peer()
            + " "
            + here.hops()
            + (here.deadlineNanos() == 0 ? "" : " deadline")
            + (here.traceparent() == null ? "" : " " + here.traceparent());
  }

  private static void answerAsks() {
    Callable<String> asked = ContextContract::context;
    System.getProperties().put("weft.kit.ask", asked);
  }

  @ParameterizedTest
  @EnumSource
  default void theRequestsThreadsKnowWhatTheyWorkFor(Wire wire) throws Exception {
    needs(ServerCapability.CONTEXT);
    answerAsks();
    String peer = wire.tls() ? "shop" : "null";
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      String[] said = {"weft-hops", "3", "Weft-Timeout-Ms", "60000", "traceparent", trace};
      String known = wire.tls() ? "shop 3 deadline " + trace : "null 0 " + trace;
      assertThat(caller.get("/ask?in=request", said)).isEqualTo(known);
      assertThat(caller.get("/ask?in=thread", said)).isEqualTo(known);
      assertThat(caller.get("/ask?in=pool", said))
          .as("may be somebody else's next")
          .isEqualTo("none");
      assertThat(caller.get("/ask?in=request")).as("its own").isEqualTo(peer + " 0");
      assertThat(caller.get("/facts", said)).doesNotContainIgnoringCase("header:weft-");
    }
  }

  @ParameterizedTest
  @EnumSource
  default void whatNobodyCanHaveMeantIsNotThere(Wire wire) throws Exception {
    needs(ServerCapability.CONTEXT);
    answerAsks();
    String peer = wire.tls() ? "shop" : "null";
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      String[] nonsense = {
        "weft-hops", "-1", "weft-timeout-ms", "soon", "traceparent", "x".repeat(999)
      };
      assertThat(caller.get("/ask?in=request", nonsense)).isEqualTo(peer + " 0");
      String[] twice = {"weft-hops", "1", "weft-hops", "7", "weft-hops", "99999999999"};
      assertThat(caller.get("/ask?in=request", twice))
          .as("the most")
          .isEqualTo(wire.tls() ? "shop 7" : "null 0");
    }
  }

  /** A pool's threads serve one after the other, the last as clean as the first. */
  @Test
  default void noThreadKeepsARequestThatIsOver() throws Exception {
    needs(ServerCapability.CONTEXT);
    answerAsks();
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      for (int i = 0; i < 30; i++) {
        assertThat(hops(server, i)).isEqualTo("shop " + i);
      }
      server.listener().fail(TestListener.Op.ADMIT, FaultContract.BROKEN);
      assertThat(hops(server, 1)).as("not let in").contains("403");
    }
  }

  private static String hops(ServerUnderTest server, int hops) throws IOException {
    try (Caller caller = Caller.open(Wire.TLS, server.port(), "shop")) {
      return caller.get("/ask?in=request", "weft-hops", String.valueOf(hops));
    }
  }
}
