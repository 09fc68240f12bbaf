package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors of the mesh: the application lives, nobody enters by one, and each is reported. */
public interface FaultContract extends ServerKit {
  /** The one error that a test of this kit may find reported. */
  RuntimeException BROKEN = new IllegalStateException("broken on purpose");

  private static void assertReported() {
    assertThat(TestMesh.get().faults()).isNotEmpty().containsOnly(BROKEN);
  }

  @Test
  default void meshThatDoesNotOpenIsNoMesh() throws Exception {
    needs(ServerCapability.WITHOUT_MESH);
    TestMesh.get().failOpen(BROKEN);
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port())) {
      assertThat(plain.get("/facts").text()).contains("scheme=http\n");
      assertReported();
    }
  }

  @ParameterizedTest
  @EnumSource
  default void undecidedRequestsAreRefused(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      server.listener().fail(TestListener.Op.ADMIT, BROKEN);
      assertThat(caller.get("/facts")).contains("\"status\":403").doesNotContain("scheme=");
      assertThat(server.listener().requestsStarted()).isZero();
      assertReported();
    }
  }

  @Test
  default void undecidedConnectionsArePlaintextAndAskedAboutAsSuch() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      server.listener().fail(TestListener.Op.SNIFF, BROKEN);
      try (Http1 plain = Http1.plain(server.port())) {
        assertThat(plain.get("/facts").status()).isEqualTo(200);
        server.listener().strict();
        assertThat(plain.get("/facts").status()).isEqualTo(403);
      }
      assertReported();
    }
  }

  @Test
  default void withoutAnEngineMeshTlsIsClosed() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 plain = Http1.plain(server.port())) {
      server.listener().fail(TestListener.Op.SERVER_ENGINE, BROKEN);
      assertThatThrownBy(() -> Http1.tls(server.port(), "shop")).isInstanceOf(IOException.class);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      assertReported();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CLIENT_CERTIFICATE", "DRAINING", "REQUEST_STARTED", "REQUEST_ENDED"})
  default void theApplicationAnswers(TestListener.Op op) throws Exception {
    try (ServerUnderTest server = start(most())) {
      server.open("g");
      server.listener().fail(op, BROKEN);
      for (Wire wire : wires()) {
        try (Caller caller = Caller.open(wire, server.port(), "shop")) {
          for (int i = 0; i < 3; i++) {
            assertThat(caller.get("/facts")).contains("scheme=http\n");
            assertThat(caller.get("/later?gate=g")).isEqualTo("done later");
          }
        }
      }
      Await.until("the report", () -> !TestMesh.get().faults().isEmpty());
      assertReported();
    }
  }

  @Test
  default void theServerCanBeStopped() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      server.listener().fail(TestListener.Op.CLOSE, BROKEN);
    }
    assertReported();
  }
}
