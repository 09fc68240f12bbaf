package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Unguarded;
import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import org.junit.jupiter.api.Test;

/** Connectors and their ports, and what a waiting handshake costs. */
class ConnectionTest extends AbstractTomcatTest {
  ConnectionTest(String version) {
    super(version);
  }

  @Test
  void halfAHelloKeepsNobodyBusy() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 half = Http1.plain(tomcat.port())) {
      half.out().write(new byte[] {0x16, 3, 1, 1, 0, 1, 0});
      Await.until("a look at it", () -> tomcat.listener().sniffs() > 0);
      for (int i = 0; i < 20; i++) {
        try (Http1 tls = Http1.tls(tomcat.port(), "shop")) {
          assertThat(tls.get("/facts").status()).isEqualTo(200);
        }
      }
      assertThat(tomcat.listener().sniffs()).isBetween(21, 41);
    }
  }

  @Test
  void nio2IsReportedAndLeftAlone() throws Exception {
    try (TomcatUnderTest tomcat = start("protocol", "org.apache.coyote.http11.Http11Nio2Protocol");
        Http1 plain = Http1.plain(tomcat.port())) {
      assertThat(plain.get("/facts", "weft-peer: seen").text()).contains("header:weft-peer=seen");
      assertThat(TestMesh.get().listeners()).isEmpty();
      assertThat(TestMesh.get().unguardedPorts())
          .extracting(Unguarded::toString)
          .containsExactly("NIO2 connector of tomcat");
    }
  }

  @Test
  void whatIsNotGuardedDoesNotBindUnderAFloor() throws Exception {
    TestMesh.get().floor("closed, as the floor has it");
    for (String protocol :
        new String[] {
          "org.apache.coyote.http11.Http11Nio2Protocol",
          "org.apache.coyote.ajp.AjpNioProtocol",
          "org.apache.coyote.ajp.AjpNio2Protocol"
        }) {
      try (TomcatUnderTest tomcat =
          start("protocol", protocol, "connector.secretRequired", "false")) {
        assertThat(tomcat.port()).as(protocol).isEqualTo(-1);
      }
    }
    assertThat(TestMesh.get().unguardedPorts())
        .extracting(Unguarded::toString)
        .containsExactly(
            "NIO2 connector of tomcat", "AJP connector of tomcat", "AJP connector of tomcat");
  }

  @Test
  void portOpensWithTheConnectorAndClosesWithIt() throws Exception {
    TestListener first;
    try (TomcatUnderTest tomcat = start("connector.bindOnInit", "false")) {
      first = tomcat.listener();
      tomcat.tell("pause");
      assertThat(first.closed()).isTrue();
      assertThat(TestMesh.get().listeners()).hasSize(1);
      tomcat.tell("resume");
      assertThat(TestMesh.get().listeners()).hasSize(2);
      assertThat(tomcat.listener()).isNotSameAs(first);
      try (Http1 tls = Http1.tls(tomcat.port(), "shop")) {
        assertThat(tls.get("/facts").status()).isEqualTo(200);
      }
    }
    assertThat(TestMesh.get().listeners()).hasSize(2).allMatch(TestListener::closed);
  }
}
