package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may do what, and how much of it, from the document to the answer. */
class AuthorizationTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  enum Server {
    HTTPSERVER,
    TOMCAT
  }

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Server.class)
  void callersGetWhatTheirIdentityAllows_andLimitsCount(Server server) throws Exception {
    String service = "orders-" + server.name().toLowerCase(Locale.ROOT);
    Child child =
        server == Server.TOMCAT ? mesh.tomcat(JDK, service, "it") : mesh.server(JDK, service, "it");
    int port = child.port();
    mesh.awaitReady(service, 1);
    Caller shop = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    assertThat(get(port, "/open")).startsWith("HTTP/1.1 200");

    apply(
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: only-shop-%1$s}
        spec:
          selector: {matchLabels: {app: %1$s}}
          rules:
          - from: [{source: {principals: [cluster.local/ns/default/sa/shop]}}]
          - to: [{operation: {paths: ["/public/*"]}}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-admin-%1$s}
        spec:
          selector: {matchLabels: {app: %1$s}}
          action: DENY
          rules:
          - to: [{operation: {paths: [/admin, "/admin/*"]}}]
        """
            .formatted(service));
    Await.until("it is enforced", () -> get(port, "/open").startsWith("HTTP/1.1 403"));
    assertThat(get(port, "/open"))
        .contains("AuthorizationPolicy default/only-shop-" + service)
        .containsIgnoringCase("proxy-status: weft; error=http_request_denied");
    assertThat(get(port, "/public/x")).startsWith("HTTP/1.1 200");
    assertThat(get(port, "/healthz")).startsWith("HTTP/1.1 200");
    assertThat(shop.get("http://" + service + "/open")).startsWith("200 name=it|");
    assertThat(shop.get("http://" + service + "/admin")).startsWith("403");
    for (String trick :
        new String[] {"/public/../admin", "/public/..;/admin", "//admin", "/public/%2e%2e/open"}) {
      assertThat(get(port, trick)).as(trick).startsWith("HTTP/1.1 400");
    }

    apply(
        """
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: BackendTrafficPolicy
        metadata: {name: rate-%1$s}
        spec:
          targetRefs: [{group: "", kind: Service, name: %1$s}]
          rateLimit:
            local:
              rules:
              - clientSelectors: [{path: {value: /public/slow}}]
                limit: {requests: 3, unit: Hour}
        """
            .formatted(service));
    Await.until("the limit is reached", () -> isLimited(get(port, "/public/slow")));
    String limited = get(port, "/public/slow/2");
    assertThat(limited)
        .startsWith("HTTP/1.1 429")
        .contains("BackendTrafficPolicy default/rate-" + service)
        .containsIgnoringCase("retry-after: ")
        .containsIgnoringCase("x-ratelimit-limit: 3, 3;w=3600")
        .containsIgnoringCase("x-ratelimit-remaining: 0");
    assertThat(get(port, "/public/fast")).startsWith("HTTP/1.1 200");
    assertThat(child.outLines()).noneMatch(line -> line.contains("admin"));
    assertThat(child.err()).isEmpty();
  }

  @Test
  void aDryRun_isLogged_andNotEnforced() throws Exception {
    Child child =
        mesh.member(JDK, "tried", "it")
            .with("WEFT_LOG_LEVEL", "info")
            .main(Built.programs(), "programs.JdkServer", "it", "0");
    int port = child.port();
    mesh.awaitReady("tried", 1);
    apply(
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-admin, annotations: {istio.io/dry-run: "true"}}
        spec:
          selector: {matchLabels: {app: tried}}
          action: DENY
          rules: [{to: [{operation: {paths: [/admin]}}]}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: only-shop, annotations: {istio.io/dry-run: "true"}}
        spec:
          selector: {matchLabels: {app: tried}}
          rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/shop]}}]}]
        """);
    Await.until(
        "the log says what would be denied",
        () -> {
          assertThat(get(port, "/admin")).startsWith("HTTP/1.1 200");
          assertThat(get(port, "/open")).startsWith("HTTP/1.1 200");
          return child
                  .err()
                  .contains("no-admin rule[0] (dry run) would deny: GET /admin by a caller")
              && child.err().contains("default/only-shop (dry run) would deny: GET /open by");
        });
  }

  @Test
  void strictInIstiosRootNamespace_isForTheWholeMesh() throws Exception {
    Child child = mesh.server(JDK, "closed", "it");
    int port = child.port();
    mesh.awaitReady("closed", 1);
    assertThat(get(port, "/")).startsWith("HTTP/1.1 200");
    apply(
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: default, namespace: istio-system}
        spec: {mtls: {mode: STRICT}}
        """);
    try {
      Await.until("plaintext is refused", () -> get(port, "/").startsWith("HTTP/1.1 403"));
      assertThat(get(port, "/")).contains("PeerAuthentication istio-system/default");
    } finally {
      mesh.admin()
          .send(
              "DELETE",
              "/api/v1/namespaces/istio-system/peerauthentications/default",
              "",
              Map.of());
    }
    Await.until("it is open again", () -> get(port, "/").startsWith("HTTP/1.1 200"));
  }

  private static boolean isLimited(String answer) {
    return answer.startsWith("HTTP/1.1 429");
  }

  private static String get(int port, String path) throws IOException {
    return RawHttp.plaintext(port, "GET " + path + " HTTP/1.1", "Host: x");
  }

  private static void apply(String yaml) {
    Admin.Reply applied = mesh.admin().apply(yaml);
    assertThat(applied.status()).as(applied.body()).isEqualTo(200);
  }
}
