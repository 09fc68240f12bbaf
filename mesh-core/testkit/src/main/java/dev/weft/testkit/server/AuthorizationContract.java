package dev.weft.testkit.server;

import static dev.weft.testkit.server.KitPolicy.to;
import static dev.weft.testkit.server.KitPolicy.when;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * AuthorizationPolicy on a real server: no way of writing a request leads past it, and none that is
 * legitimate is refused. That the application is reached shows in the start of a request.
 */
public interface AuthorizationContract extends ServerKit {
  /** Ways to {@code /admin}, or to where some server takes it for that. */
  String[] TO_ADMIN = {
    "/admin",
    "/admin/",
    "/admin/x",
    "/admin?x=/facts",
    "/%61dmin",
    "/%61%64%6D%69%6e",
    "/admin;a=b",
    "/admin;/x",
    "/admin//x",
    "/admin%2Fx",
    "/admin%2f..%2fadmin",
    "//admin",
    "///admin",
    "//admin/facts",
    "//facts/admin",
    "/./admin",
    "/.//admin",
    "/facts/../admin",
    "/facts/./../admin",
    "/facts/%2e%2e/admin",
    "/facts/%2E%2E/admin",
    "/facts/.%2e/admin",
    "/%2e/admin",
    "/facts/..;/admin",
    "/facts/..;x=y/admin",
    "/facts/%2e%2e;/admin",
    "/;/admin",
    "/;x/admin",
    "/facts%2f..%2fadmin",
    "/facts/..%2fadmin",
    "/facts/..%2Fadmin",
    "/facts%3b/../admin",
    "/%2fadmin",
    "/%5cadmin",
    "/facts%5c..%5cadmin",
    "/\\admin",
    "/facts\\..\\admin",
    "/%2561dmin",
    "/facts/%252e%252e/admin",
    "/facts%252f..%252fadmin",
    "/%c1%a1dmin",
    "/facts/%c0%ae%c0%ae/admin",
    "/facts%c0%af..%c0%afadmin",
    "/facts/%e0%80%ae%e0%80%ae/admin",
    "/%00admin",
    "/admin%00",
    "/admin%00.html",
    "/admin#facts",
    "/admin#/../facts",
    "/facts/../admin#x",
    "/%u0061dmin",
    "/admin%zz",
    "/admin%",
    "/\u00e1/../admin",
    "/ADMIN",
    "/Admin/x"
  };

  /** What a policy that only knows {@code /admin} has nothing against. */
  String[] ELSEWHERE = {
    "/facts",
    "/facts/",
    "/facts?x=/../admin&y=//admin;z",
    "/%66acts",
    "/facts;a=b",
    "/facts//x",
    "/administrator",
    "/x/admin",
    "/a%20b",
    "/a+b",
    "/caf%C3%A9",
    "/100%25",
    "/x%2Fy",
    "/x%3By",
    "/a:b@c,d=e!$&'()*~_-.f",
    "/.well-known/x",
    "/..."
  };

  private static boolean letIn(ServerUnderTest server, Wire wire, String target, String... headers)
      throws IOException {
    int before = server.listener().requestsStarted();
    try (Caller caller = Caller.open(wire, server.port(), "shop")) {
      caller.get(target, headers);
    } catch (IOException e) {
      // Some servers close on what they cannot read, without a word.
    }
    return server.listener().requestsStarted() > before;
  }

  @ParameterizedTest
  @EnumSource
  default void noWayOfWritingAPathLeadsPastADeny(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup())) {
      server
          .listener()
          .rule(new KitPolicy().with("no-admin", "DENY", to("paths", "/admin", "/admin/*")));
      for (String target : TO_ADMIN) {
        assertThat(letIn(server, wire, target)).as(target).isFalse();
      }
      for (String target : ELSEWHERE) {
        assertThat(letIn(server, wire, target)).as(target).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void noWayOfWritingAPathLeadsAroundAnAllowList(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup())) {
      server
          .listener()
          .rule(new KitPolicy().with("facts", "ALLOW", to("paths", "/facts", "/facts/*")));
      for (String target : TO_ADMIN) {
        assertThat(letIn(server, wire, target)).as(target).isFalse();
      }
      String[] outOfIt = {
        "/facts/../echo", "/facts/..;/echo", "/facts/%2e%2e/echo", "/facts/..%2fecho", "/FACTS",
        "/factsx", "/facts%2Fx/../../echo", "/echo/../facts", "/echo//../facts", "//facts",
        "//echo/facts", "/echo%2F..%2Ffacts", "/echo\\..\\facts", "/facts%2F", "/facts%2Fx"
      };
      String[] inIt = {
        "/facts",
        "/facts?/echo",
        "/facts/",
        "/facts/a%20b",
        "/facts/caf%C3%A9",
        "/facts/a+b",
        "/%66%61cts",
        "/facts;x=1",
        "/facts//x",
        "/facts/@scope%2Fname"
      };
      for (String target : outOfIt) {
        assertThat(letIn(server, wire, target)).as(target).isFalse();
      }
      for (String target : inIt) {
        assertThat(letIn(server, wire, target)).as(target).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void headersThatOnlyTheMeshMaySetCountForNothing(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup());
        Caller caller = Caller.open(wire, server.port(), "shop")) {
      KitPolicy admins =
          new KitPolicy()
              .with(
                  "admins",
                  "ALLOW",
                  Map.of(
                      "from",
                      List.of(
                          Map.of(
                              "source",
                              Map.of(
                                  "principals", List.of("weft.internal/ns/default/sa/admin"))))));
      server
          .listener()
          .rule(
              asked -> {
                assertThat(asked.head().header("weft-source")).isEmpty();
                assertThat(asked.head().header("x-forwarded-client-cert")).isEmpty();
                return admins.decide(asked);
              });
      String admin = "spiffe://weft.internal/ns/default/sa/admin";
      assertThat(
              caller.get(
                  "/facts",
                  "Weft-Source",
                  admin,
                  "x-forwarded-client-cert",
                  "By=spiffe://x;URI=" + admin,
                  "X-FORWARDED-CLIENT-CERT",
                  "URI=" + admin))
          .contains("AuthorizationPolicy default/admins");
      assertThat(server.listener().requestsStarted()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  default void headersCountHoweverTheyAreWritten(Wire wire) throws Exception {
    try (ServerUnderTest server = start(wire.setup())) {
      server
          .listener()
          .rule(
              new KitPolicy()
                  .with("no-bad", "DENY", when("X-Role", "bad", "*\u00ff"))
                  .with("staff", "ALLOW", when("x-role", "good*")));
      assertThat(letIn(server, wire, "/facts", "x-role", "good")).isTrue();
      assertThat(letIn(server, wire, "/facts", "X-ROLE", "good")).isTrue();
      assertThat(letIn(server, wire, "/facts", "x-role", "good", "x-role", "good 2")).isTrue();
      assertThat(letIn(server, wire, "/facts", "x-role", "good\u00e9")).isTrue();
      assertThat(letIn(server, wire, "/facts", "x-role", "good\u00ff")).isFalse();
      assertThat(letIn(server, wire, "/facts", "x-role", "bad")).isFalse();
      assertThat(letIn(server, wire, "/facts", "x-role", "good", "X-Role", "bad")).isFalse();
      assertThat(letIn(server, wire, "/facts", "x-role", "bad", "x-role", "good")).isFalse();
      assertThat(letIn(server, wire, "/facts", "x-role", "good", "x-role", "other")).isFalse();
      assertThat(letIn(server, wire, "/facts")).isFalse();
    }
  }

  @Test
  default void hostsCountHoweverTheyAreWritten() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      server
          .listener()
          .rule(new KitPolicy().with("no-admin", "DENY", to("hosts", "admin.example.com")));
      for (boolean tls : new boolean[] {false, true}) {
        String[] denied = {
          "GET /facts HTTP/1.1\r\nHost: admin.example.com\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: ADMIN.Example.com\r\n\r\n",
          "GET /facts HTTP/1.1\r\nhOST: admin.example.com:8080\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: admin.example.com.\r\n\r\n",
          "GET http://admin.example.com/facts HTTP/1.1\r\nHost: admin.example.com\r\n\r\n",
          "GET http://admin.example.com/facts HTTP/1.1\r\nHost: orders\r\n\r\n",
          "GET http://orders/facts HTTP/1.1\r\nHost: admin.example.com\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: orders\r\nHost: admin.example.com\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: admin.example.com\r\nHost: orders\r\n\r\n",
        };
        for (String request : denied) {
          assertThat(letIn(server, tls, request)).as(request).isFalse();
        }
        String[] others = {
          "GET /facts HTTP/1.1\r\nHost: orders\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: orders:8080\r\n\r\n",
          "GET /facts HTTP/1.1\r\nHost: xadmin.example.com\r\n\r\n",
          "GET http://orders/facts HTTP/1.1\r\nHost: orders\r\n\r\n",
          "GET /facts HTTP/1.0\r\n\r\n",
        };
        for (String request : others) {
          assertThat(letIn(server, tls, request)).as(request).isTrue();
        }
      }
    }
  }

  @Test
  default void aTargetWithAnotherHostIsRefused_whateverPolicyLooksAt() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN)) {
      server.listener().rule(new KitPolicy().with("no-admin", "DENY", to("paths", "/admin")));
      for (boolean tls : new boolean[] {false, true}) {
        String other = "GET http://a/facts HTTP/1.1\r\nHost: b\r\n\r\n";
        assertThat(letIn(server, tls, other)).isFalse();
        String same = "GET http://a/facts HTTP/1.1\r\nHost: a\r\n\r\n";
        assertThat(letIn(server, tls, same)).isTrue();
      }
    }
  }

  /** Whether the application answers; some servers ask about what they have refused already. */
  private static boolean letIn(ServerUnderTest server, boolean tls, String request)
      throws IOException {
    try (Http1 client = tls ? Http1.tls(server.port(), "shop") : Http1.plain(server.port())) {
      return client.send(request).read().text().contains("scheme=");
    } catch (IOException e) {
      return false; // closed without a word
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"H2C", "H2_TLS"})
  default void authoritiesCountHoweverTheyAreWritten(Wire wire) throws Exception {
    try (ServerUnderTest server = start(Setup.HTTP_2)) {
      server
          .listener()
          .rule(new KitPolicy().with("no-admin", "DENY", to("hosts", "admin.example.com")));
      for (String authority :
          new String[] {"admin.example.com", "ADMIN.example.COM", "admin.example.com:8080"}) {
        assertThat(letInTo(server, wire, authority)).as(authority).isFalse();
      }
      String[] other = {"host", "admin.example.com"};
      assertThat(letInTo(server, wire, "orders", other)).isFalse();
      assertThat(letInTo(server, wire, "orders")).isTrue();
      assertThat(letInTo(server, wire, "orders:8080")).isTrue();
    }
  }

  private static boolean letInTo(
      ServerUnderTest server, Wire wire, String authority, String... headers) throws IOException {
    int before = server.listener().requestsStarted();
    try (Http2 h2 =
        Http2.over(
            wire.tls() ? Http1.tls(server.port(), "shop", "h2") : Http1.plain(server.port()))) {
      h2.get(1, "http", authority, "/facts", headers).body(1);
    } catch (IOException e) {
      // Closed without a word.
    }
    return server.listener().requestsStarted() > before;
  }

  @Test
  default void theAddressIsTheClients_andTheQueryIsAsItWasSent() throws Exception {
    try (ServerUnderTest server = start(Setup.PLAIN);
        Http1 tls = Http1.tls(server.port(), "shop")) {
      TestListener listener = server.listener();
      listener.rule(
          asked -> {
            assertThat(asked.head().source()).matches(InetAddress::isLoopbackAddress);
            assertThat(asked.head().query()).isEqualTo("q=%2e");
            return new KitPolicy().with("facts", "ALLOW", to("paths", "/facts")).decide(asked);
          });
      assertThat(tls.get("/%66acts?q=%2e").text()).contains("scheme=http\n");
    }
  }
}
