package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request is decided about as the application sees it. */
@Timeout(60)
class DecidedAboutTest {
  private static final List<String> NAMES =
      List.of(
          "host",
          "x-tenant",
          "x-forwarded-client-cert",
          "proxy",
          "transfer-encoding",
          "content-length",
          "upgrade",
          "expect",
          "te");

  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  private final Map<String, List<String>> decided = new HashMap<>();

  /** Sends a head, and returns what the application saw, which is what was decided about. */
  private Backend.Received pass(String head) throws IOException {
    proxy
        .listener()
        .rule(
            asked -> {
              for (String name : NAMES) {
                decided.put(name, asked.head().header(name));
              }
              return null;
            });
    try (Http1 caller = proxy.meshCaller()) {
      assertThat(caller.send(head + "\r\n").read().status()).isEqualTo(200);
    }
    Backend.Received seen = proxy.backend().received().remove();
    for (String name : NAMES) {
      if (!name.equals("x-forwarded-client-cert")) { // that is said after the decision
        assertThat(decided.get(name)).as(name).isEqualTo(seen.all(name));
      }
    }
    return seen;
  }

  @Test
  void whatConnectionNames_isGoneByThen() throws IOException {
    String head =
        "GET / HTTP/1.1\r\nHost: orders\r\nX-Tenant: sandbox\r\n"
            + "Connection: x-tenant, host, X-Forwarded-Client-Cert\r\nTE: trailers\r\n";
    assertThat(pass(head).head()).containsExactly("GET / HTTP/1.1", "Host: orders");
    proxy.listener().forward();
    assertThat(pass(head).field("x-forwarded-client-cert")).startsWith("URI=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET http://admin.internal/x HTTP/1.0\r\n",
        "GET http://admin.internal/x HTTP/1.0\r\nHost: admin.internal\r\n",
        "GET http://Admin.Internal:80/x HTTP/1.1\r\nHost: admin.internal\r\n",
        "GET /x HTTP/1.0\r\nHost: admin.internal\r\n",
      })
  void theHostIsTheApplications(String head) throws IOException {
    assertThat(pass(head).line()).isEqualTo("GET /x HTTP/1.1");
    assertThat(decided.get("host")).containsExactly("admin.internal");
  }

  @Test
  void aHostThatNobodyNamed_isStillOne() throws IOException {
    pass("GET /x HTTP/1.0\r\n");
    assertThat(decided.get("host")).containsExactly("localhost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1.1"})
  void twoHostsAreRefused(String version) throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.send("GET http://admin.internal/x HTTP/" + version + "\r\nHost: orders\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(400);
    }
    assertThat(proxy.listener().asked()).isEmpty();
  }

  @Test
  void whatFramesIt_isSeen() throws IOException {
    pass("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    assertThat(decided.get("transfer-encoding")).containsExactly("chunked");
  }

  @Test
  void whatCgiWouldTakeForAVariable_isTakenAway() throws IOException {
    String head =
        "GET / HTTP/1.1\r\nHost: a\r\nProxy: http://evil\r\nContent_Length: 5\r\n"
            + "Transfer_Encoding: chunked\r\npROXY: x\r\nProxy-Status: stays\r\n"
            + "X.Forwarded.Client.Cert: URI=spiffe://x\r\nContent.Length: 5\r\napi_key: stays\r\n";
    assertThat(pass(head).head())
        .containsExactly("GET / HTTP/1.1", "Host: a", "Proxy-Status: stays", "api_key: stays");
  }

  /** gunicorn's and Daphne's: their applications would be asked for another path. */
  @Test
  void whatMovesThePath_isTakenAway() throws IOException {
    String head =
        "GET /actuator/health/admin HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /actuator/health\r\n"
            + "script-name: /x\r\nPATH_INFO: /admin\r\nDaphne-Root-Path: /actuator/health\r\n";
    assertThat(pass(head).head()).containsExactly("GET /actuator/health/admin HTTP/1.1", "Host: a");
  }

  /** CGI and WSGI cannot tell them apart, so nobody is let in by one of them alone. */
  @Test
  void anUnderscoreOrADotIsAHyphen_forPolicy() throws IOException {
    proxy
        .listener()
        .rule(
            asked ->
                asked.head().header("x-tenant").equals(List.of("sandbox"))
                    ? null
                    : TestListener.refusal(403, "" + asked.head().header("x-tenant")));
    for (String other : List.of("X_Tenant: gold", "X.Tenant: gold")) {
      try (Http1 caller = proxy.caller()) {
        assertThat(caller.get("/", "X-Tenant: sandbox").status()).isEqualTo(200);
        assertThat(caller.get("/", "X-Tenant: sandbox", other).text()).contains("[sandbox, gold]");
      }
    }
  }
}
