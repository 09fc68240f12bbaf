package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors of the mesh: the application lives, and nobody enters by one. */
class FaultTest extends AbstractTomcatTest {
  private static final RuntimeException BROKEN = new IllegalStateException("broken on purpose");

  FaultTest(String version) {
    super(version);
  }

  @Override
  @AfterEach
  void nothingWentWrong() {
    assertThat(TestMesh.get().faults()).isNotEmpty().containsOnly(BROKEN);
    TestMesh.get().reset();
  }

  @Test
  void meshThatDoesNotOpenIsNoMesh() throws Exception {
    TestMesh.get().failOpen(BROKEN);
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port())) {
      assertThat(plain.get("/facts").text()).contains("scheme=http\n");
    }
  }

  @Test
  void undecidedRequestsAreRefused() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      tomcat.listener().fail(TestListener.Op.ADMIT, BROKEN);
      for (Http1 client : new Http1[] {plain, tls}) {
        Http1.Response refused = client.get("/facts");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).contains("failed to decide").doesNotContain("scheme=");
        assertThat(client.closedByPeer()).isTrue();
      }
      assertThat(tomcat.listener().requestsStarted()).isZero();
    }
  }

  @Test
  void undecidedConnectionsArePlaintextAndAskedAboutAsSuch() throws Exception {
    try (TomcatUnderTest tomcat = start()) {
      tomcat.listener().fail(TestListener.Op.SNIFF, BROKEN);
      try (Http1 plain = Http1.plain(tomcat.port())) {
        assertThat(plain.get("/facts").status()).isEqualTo(200);
        tomcat.listener().strict();
        assertThat(plain.get("/facts").status()).isEqualTo(403);
      }
    }
  }

  @Test
  void withoutAnEngineMeshTlsIsClosed() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 plain = Http1.plain(tomcat.port())) {
      tomcat.listener().fail(TestListener.Op.SERVER_ENGINE, BROKEN);
      assertThatThrownBy(() -> Http1.tls(tomcat.port(), "shop")).isInstanceOf(IOException.class);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DRAINING", "REQUEST_STARTED", "REQUEST_ENDED", "CLOSE"})
  void theApplicationAnswers(TestListener.Op op) throws Exception {
    try (TomcatUnderTest tomcat = start("http2", true);
        Http1 plain = Http1.plain(tomcat.port());
        Http1 tls = Http1.tls(tomcat.port(), "shop")) {
      tomcat.listener().fail(op, BROKEN);
      for (int i = 0; i < 3; i++) {
        assertThat(plain.get("/facts").status()).isEqualTo(200);
        assertThat(tls.get("/async?how=complete").text()).isEqualTo("done later");
      }
    }
  }
}
