package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.runtime.tls.Identity;
import dev.weft.testkit.Authority;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Identities;
import dev.weft.testkit.OddClient;
import dev.weft.testkit.TestListener;
import dev.weft.wire.Revoked;
import java.io.IOException;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions of mesh TLS that a client comes back with: no trust manager sees it then. They never
 * give it more than a full handshake would at that moment.
 */
public interface ResumptionContract extends ServerKit {
  /** Another service that the same process could be. */
  String OTHER_SNI = "billing.default.weft.internal";

  /** How the last visit went: who the server took it for. */
  private static @Nullable String visit(
      ServerUnderTest server, OddClient client, String sni, String... alpn) throws IOException {
    int asked = server.listener().asked().size();
    try (Http1 connection = client.connect(server.port(), sni, alpn)) {
      assertThat(connection.get("/facts").status()).isEqualTo(200);
    }
    assertThat(client.named()).isEqualTo(sni);
    assertThat(server.listener().asked()).hasSize(asked + 1);
    return server.listener().asked().stream().skip(asked).findFirst().orElseThrow().peer();
  }

  private static @Nullable String visit(ServerUnderTest server, OddClient client)
      throws IOException {
    return visit(server, client, TestListener.SNI);
  }

  /** Comes back with a session, which is not resumed, and is refused for its certificate. */
  private static void assertRefused(ServerUnderTest server, OddClient client, String sni) {
    int asked = server.listener().asked().size();
    int full = client.fullHandshakes();
    assertThatThrownBy(() -> visit(server, client, sni)).isInstanceOf(IOException.class);
    assertThat(client.offered()).isTrue();
    assertThat(client.named()).isEqualTo(sni);
    assertThat(client.fullHandshakes()).isEqualTo(full + 1);
    assertThat(server.listener().asked()).hasSize(asked);
  }

  /** Comes back with a session, which is not resumed; its certificate is as good as before. */
  private static void assertVerifiedAnew(ServerUnderTest server, OddClient client)
      throws IOException {
    int full = client.fullHandshakes();
    assertThat(visit(server, client)).isEqualTo("shop");
    assertThat(client.offered()).isTrue();
    assertThat(client.fullHandshakes()).isEqualTo(full + 1);
  }

  @Test
  default void sessionsAreResumedAsWhoMadeThem() throws Exception {
    RealTls tls = new RealTls();
    OddClient shop = new OddClient(tls.authority.issue("shop"));
    OddClient billing = new OddClient(tls.authority.issue("billing"));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      for (int i = 0; i < 3; i++) {
        assertThat(visit(server, shop)).isEqualTo("shop");
        assertThat(visit(server, billing)).isEqualTo("billing");
        assertThat(shop.offered()).isEqualTo(i > 0);
      }
      // With another certificate of its own, or none, it is still who it was.
      shop.become(tls.authority.issue("shop"));
      assertThat(visit(server, shop)).isEqualTo("shop");
      shop.become(null);
      assertThat(visit(server, shop)).isEqualTo("shop");
      assertThat(shop.fullHandshakes()).isEqualTo(1);
      assertThat(billing.fullHandshakes()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  default void notAfterRevocation(boolean bySerial) throws Exception {
    RealTls tls = new RealTls();
    Identity stolen = tls.authority.issue("shop");
    OddClient shop = new OddClient(stolen);
    OddClient other = new OddClient(stolen);
    OddClient billing = new OddClient(tls.authority.issue("billing"));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      visit(server, shop);
      visit(server, other);
      visit(server, billing);
      Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS); // as certificates begin
      Revoked revoked = bySerial ? RealTls.serialOf(stolen) : RealTls.serviceOf(stolen, now);
      tls.orders.install(tls.authority.bundle(revoked));
      assertRefused(server, shop, TestListener.SNI);
      assertRefused(server, other, OTHER_SNI);
      assertThat(visit(server, billing)).isEqualTo("billing");
      billing.become(stolen);
      assertThat(visit(server, billing)).isEqualTo("billing");
      shop.become(tls.authority.issue(Identities.spiffeId("shop"), now, now.plus(Authority.LIFE)));
      assertThat(visit(server, shop)).isEqualTo("shop");
    }
  }

  @Test
  default void notAfterTheServersRenewal() throws Exception {
    RealTls tls = new RealTls();
    OddClient shop = new OddClient(tls.authority.issue("shop"));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      visit(server, shop);
      Identity renewed = tls.authority.issue("orders");
      tls.orders.install(renewed);
      assertVerifiedAnew(server, shop);
      try (Http1 resumed = shop.connect(server.port(), TestListener.SNI)) {
        Certificate[] shown = ((SSLSocket) resumed.socket()).getSession().getPeerCertificates();
        assertThat(shown[0]).isEqualTo(renewed.certificate());
      }
      assertThat(shop.fullHandshakes()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TLS", "H2_TLS"})
  default void nobodyAfterTheEndOfItsCertificate(Wire wire) throws Exception {
    RealTls tls = new RealTls();
    Instant now = Instant.now();
    OddClient shop =
        new OddClient(
            tls.authority.issue(
                Identities.spiffeId("shop"), now.minusSeconds(120), now.plusSeconds(1800)));
    String[] alpn = {wire.http2() ? "h2" : "http/1.1"};
    try (ServerUnderTest server = start(wire.setup())) {
      server.listener().rule(new KitPolicy());
      for (int i = 0; i < 2; i++) {
        try (Caller caller =
            Caller.over(wire, shop.connect(server.port(), TestListener.SNI, alpn))) {
          assertThat(caller.get("/facts")).contains("scheme=http\n");
          if (i == 1) {
            tls.advance(Duration.ofMinutes(31));
            assertThat(caller.get("/facts")).contains("\"status\":403");
          }
        }
      }
      try (Caller caller = Caller.over(wire, shop.connect(server.port(), TestListener.SNI, alpn))) {
        assertThat(caller.get("/facts")).contains("\"status\":403");
      }
      // Resumed it was, each time: what refuses it is the request's own decision.
      assertThat(shop.offered()).isTrue();
      assertThat(shop.fullHandshakes()).isEqualTo(1);
      assertThat(server.listener().asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly("shop", "shop", null, null);
      assertThat(server.listener().requestsStarted()).isEqualTo(2);
    }
  }

  @Test
  default void notAfterTheEndOfTheServersCertificate() throws Exception {
    RealTls tls = new RealTls();
    Instant now = Instant.now();
    OddClient shop =
        new OddClient(
            tls.authority.issue(
                Identities.spiffeId("shop"), now.minusSeconds(120), now.plus(Duration.ofDays(9))));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      visit(server, shop);
      tls.advance(Authority.LIFE);
      assertRefused(server, shop, TestListener.SNI);
      Instant then = now.plus(Authority.LIFE);
      tls.orders.install(
          tls.authority.issue(Identities.spiffeId("orders"), now, then.plus(Authority.LIFE)));
      assertThat(visit(server, shop)).isEqualTo("shop");
    }
  }

  @Test
  default void notAcrossTheRotationOfTheRoot() throws Exception {
    RealTls tls = new RealTls();
    Authority next = new Authority("next");
    OddClient old = new OddClient(tls.authority.issue("shop"));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      visit(server, old);
      tls.orders.install(Authority.bundle(List.of(), tls.authority, next));
      assertVerifiedAnew(server, old);
      tls.orders.install(next.issue("orders"));
      assertVerifiedAnew(server, old);
      tls.orders.install(next.bundle());
      assertRefused(server, old, TestListener.SNI);
      old.become(next.issue("shop"));
      assertThat(visit(server, old)).isEqualTo("shop");
    }
  }

  @Test
  default void anotherNameChangesNothing() throws Exception {
    RealTls tls = new RealTls();
    OddClient shop = new OddClient(tls.authority.issue("shop"));
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      visit(server, shop);
      // One process, one identity, whatever it is called.
      assertThat(visit(server, shop, OTHER_SNI)).isEqualTo("shop");
      assertThat(shop.offered()).isTrue();
      assertThat(visit(server, new OddClient(tls.authority.issue("shop")), OTHER_SNI))
          .isEqualTo("shop");
      // Not the mesh's: the server's to refuse, or to wait for the end of the line, and nobody's.
      shop.patience(1_000);
      assertThatThrownBy(
              () -> {
                try (Http1 odd = shop.connect(server.port(), "shop.example.com")) {
                  odd.get("/facts");
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(shop.offered()).isTrue();
      assertThat(shop.named()).isEqualTo("shop.example.com");
      assertThat(server.listener().asked())
          .allMatch(asked -> asked.peer() != null || asked.head().target().isEmpty());
    }
  }

  @Test
  default void theApplicationsOwnTlsAndTheMeshsKnowNoneOfEachOthers() throws Exception {
    needs(ServerCapability.OWN_TLS);
    RealTls tls = new RealTls();
    OddClient member = new OddClient(tls.authority.issue("shop"));
    OddClient stranger = new OddClient(null);
    try (ServerUnderTest mesh = start(Setup.PLAIN);
        ServerUnderTest own = start(Setup.OWN_TLS)) {
      visit(mesh, member);
      try (Http1 https = member.connect(own.port(), "orders.example.com")) {
        assertThat(https.get("/facts").text()).contains("secure=true\n", "certificate=null\n");
      }
      assertThat(member.offered()).isTrue();
      assertThat(member.fullHandshakes()).isEqualTo(2);
      try (Http1 https = stranger.connect(own.port(), "orders.example.com")) {
        assertThat(https.get("/facts").status()).isEqualTo(200);
      }
      assertRefused(mesh, stranger, TestListener.SNI);
    }
  }
}
