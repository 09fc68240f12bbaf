package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.Dns1123;
import dev.weft.policy.Kinds;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused: each names the field, the value and what was expected, and changes nothing. */
class AdminRefusalsTest extends AbstractAdminTest {
  static Stream<Arguments> badRequests() {
    String good = yaml("a", "STRICT");
    return Stream.of(
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("mtls", "mtl"),
            422,
            "spec.mtl",
            "an object with [mode]",
            "a known field: mtls, portLevelMtls, selector; did you mean mtls?"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("PeerAuthentication", "PeerAuth"),
            422,
            "kind",
            "PeerAuth",
            Kinds.expected()),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("istio.io/v1", "istio.io/v9"),
            422,
            "apiVersion",
            "security.istio.io/v9",
            "security.istio.io/v1 or security.istio.io/v1beta1 for PeerAuthentication"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "just text",
            422,
            "",
            "just text",
            "an object with apiVersion, kind, metadata and spec"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "[1]",
            422,
            "",
            "1",
            "an object with apiVersion, kind, metadata and spec"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good + "---\n" + good,
            422,
            "metadata.name",
            "a",
            "each resource once; document 0 holds it already"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "{\"kind\":\"List\",\"items\":[" + json("a", "NO") + "]}",
            422,
            "items[0].spec.mtls.mode",
            "NO",
            "one of UNSET, DISABLE, PERMISSIVE, STRICT"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "",
            400,
            "body",
            null,
            "at least one resource"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "a: [",
            400,
            "",
            "while parsing a flow node expected the node content, but found '<stream end>' (line 1,"
                + " column 5)",
            "YAML of JSON's types"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "a: 1\na: 2\n",
            400,
            "",
            "key a again (expected: once) (line 2, column 1)",
            "YAML of JSON's types"),
        bad("POST", "/api/v1/apply", "application/json", "{\"a\":", 400, "", null, "JSON"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "{\"a\":1,\"a\":2}",
            400,
            "",
            null,
            "JSON"),
        bad(
            "POST",
            "/api/v1/apply",
            "text/plain",
            good,
            415,
            "Content-Type",
            "text/plain",
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml; charset=latin1",
            good,
            415,
            "Content-Type",
            "application/yaml; charset=latin1",
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply",
            null,
            good,
            415,
            "Content-Type",
            null,
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply?dryrun=true",
            "application/yaml",
            good,
            400,
            "dryrun",
            "true",
            "a known query parameter: dryRun; did you mean dryRun?"),
        bad(
            "POST",
            "/api/v1/apply?dryRun=yes",
            "application/yaml",
            good,
            400,
            "dryRun",
            "yes",
            "true or false"),
        bad(
            "POST",
            "/api/v1/apply?dryRun=true&dryRun=false",
            "application/yaml",
            good,
            400,
            "dryRun",
            "false",
            "to be given once"),
        bad("GET", "/api/v1/resources?kind=Foo", null, "", 400, "kind", "Foo", Kinds.expected()),
        bad("GET", "/api/v1/resources?namespace=A", null, "", 400, "namespace", "A", Dns1123.LABEL),
        bad(
            "GET",
            "/api/v1/resources?x=%zz",
            null,
            "",
            400,
            "path",
            "cannot be read",
            "a path and a query, percent-encoded (RFC 3986)"),
        bad(
            "GET",
            "/api/v1/resources?kind=%ff",
            null,
            "",
            400,
            "kind",
            "%FF",
            "percent-encoded UTF-8"),
        bad(
            "GET",
            "/api/v1/namespaces/default/foos/a",
            null,
            "",
            404,
            "kind",
            "foos",
            Kinds.expected()),
        bad("GET", "/api/v1/namespaces/D/pa/a", null, "", 400, "namespace", "D", Dns1123.LABEL),
        bad(
            "GET",
            "/api/v1/namespaces/default/pa/a_b",
            null,
            "",
            400,
            "name",
            "a_b",
            Dns1123.SUBDOMAIN),
        bad(
            "GET",
            "/api/v1/namespaces/default/pa/nope",
            null,
            "",
            404,
            "name",
            "nope",
            "the name of a resource that exists"),
        bad("PUT", PA + "Bad", "application/yaml", good, 400, "name", "Bad", Dns1123.SUBDOMAIN),
        bad(
            "GET",
            "/api/v1/nope",
            null,
            "",
            404,
            "path",
            "/api/v1/nope",
            "a path of /openapi.json"),
        bad(
            "GET",
            "/api/v1/resources/",
            null,
            "",
            404,
            "path",
            "/api/v1/resources/",
            "a path of /openapi.json"),
        bad(
            "GET",
            "/api/v1/agents?limit=0",
            null,
            "",
            400,
            "limit",
            "0",
            "a number from 1 to 100000"),
        bad(
            "GET",
            "/api/v1/audit?limit=5000",
            null,
            "",
            400,
            "limit",
            "5000",
            "a number from 1 to 1000"),
        bad(
            "GET",
            "/api/v1/services/default/nope",
            null,
            "",
            404,
            "service",
            "default/nope",
            "a service with at least one instance"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{}",
            400,
            "service",
            null,
            Dns1123.LABEL),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"ttl\":\"30x\"}",
            400,
            "ttl",
            "30x",
            "a duration from 1m to 366d, such as 30d, 12h or 15m"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"ttl\":\"367d\"}",
            400,
            "ttl",
            "367d",
            "a duration from 1m to 366d, such as 30d, 12h or 15m"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"uses\":0}",
            400,
            "uses",
            "0",
            "a number from 1 to 1000000"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"use\":1}",
            400,
            "use",
            "1",
            "a known field: addresses, namespace, service, ttl, uses; did you mean uses?"),
        bad("POST", "/api/v1/tokens", "application/json", "[]", 400, "body", "[]", "a JSON object"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/yaml",
            "service: a",
            415,
            "Content-Type",
            "application/yaml",
            "application/json"),
        bad(
            "DELETE",
            "/api/v1/tokens/nope",
            null,
            "",
            404,
            "id",
            "nope",
            "the id of a token, or its beginning"),
        badRevocation("{}", "service", null, Dns1123.LABEL),
        badRevocation(
            "{\"serial\":\"xyz\"}",
            "serial",
            "xyz",
            "the serial number of a certificate, or its beginning, hexadecimal"),
        badRevocation(
            "{\"serial\":\"a1\",\"service\":\"orders\"}",
            "service",
            "orders",
            "absent beside serial"),
        badRevocation(
            "{\"service\":\"coordinator\",\"namespace\":\"weft-system\"}",
            "namespace",
            "weft-system",
            "another one; it is the mesh's own"),
        badRevocation(
            "{\"serials\":\"a1\",\"service\":\"orders\"}",
            "serials",
            "a1",
            "a known field: force, namespace, serial, service; did you mean serial?"));
  }

  private static Arguments badRevocation(
      String body, String field, @Nullable String value, String expected) {
    return bad(
        "POST", "/api/v1/revocations", "application/json", body, 400, field, value, expected);
  }

  @ParameterizedTest(name = "{0} {1} {3}")
  @MethodSource
  void badRequests(
      String method,
      String path,
      String type,
      String body,
      int status,
      String field,
      String value,
      String expected)
      throws Exception {
    long revision = admin.store.current().revision();
    Answer answer = send(method, path, type, body);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    assertThat(answer.at("status")).isEqualTo((long) status);
    assertThat((String) answer.at("type")).startsWith("urn:weft:problem:");
    assertThat(answer.tree()).containsKeys("title", "detail");
    Map<String, Object> error = answer.items("errors").get(0);
    assertThat(error).containsEntry("path", field).containsEntry("expected", expected);
    if (value != null) {
      assertThat(error).containsEntry("value", value);
    }
    assertThat(admin.store.current().revision()).isEqualTo(revision);
  }

  @Test
  void wrongMethod() throws Exception {
    Answer answer = send("PATCH", PA + "a", "application/yaml", "x");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("DELETE, GET, HEAD, PUT");
    assertThat(answer.at("detail")).isEqualTo("method: PATCH (expected: DELETE, GET, HEAD, PUT)");
  }

  @Test
  void billionLaughs() throws Exception {
    StringBuilder text = new StringBuilder("a0: &a0 x\n");
    for (int i = 1; i < 40; i++) {
      text.append("a" + i + ": &a" + i + " [*a" + (i - 1) + ", *a" + (i - 1) + "]\n");
    }
    Answer answer = post("/api/v1/apply", "application/yaml", text.toString());
    assertThat(answer.status()).isEqualTo(400);
    assertThat((String) answer.at("detail")).contains("more than 200000 values");
  }

  @Test
  void tooManyDocuments() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      text.append("---\n").append(yaml("p" + i, "STRICT"));
    }
    assertThat(post("/api/v1/apply?dryRun=true", "application/yaml", text.toString()).status())
        .isEqualTo(200);
    text.append("---\n").append(yaml("one-more", "STRICT"));
    Answer answer = post("/api/v1/apply?dryRun=true", "application/yaml", text.toString());
    assertThat(answer.status()).isEqualTo(400);
    assertThat((String) answer.at("detail")).contains("more than 1000 documents");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargeBodyIsRefusedBeforeItIsRead(boolean chunked) throws Exception {
    // Raw, since the server answers while the client still writes.
    try (Socket socket = new Socket("127.0.0.1", admin.server.port())) {
      OutputStream out = socket.getOutputStream();
      int size = 10 << 20;
      out.write(
          ("POST /api/v1/apply HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                  + admin.token()
                  + "\r\nContent-Type: application/yaml\r\nConnection: close\r\n"
                  + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + size)
                  + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      out.flush();
      if (chunked) {
        byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(ISO_8859_1);
        try {
          for (int sent = 0; sent < size; sent += 0x10000) {
            out.write(chunk);
          }
        } catch (SocketException e) {
          // it has hung up already
        }
      }
      Answer answer = answer(socket.getInputStream());
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
      assertThat(answer.at("type")).isEqualTo("urn:weft:problem:too-large");
    }
  }

  private static Arguments bad(
      String method,
      String path,
      String type,
      String body,
      int status,
      String field,
      String value,
      String expected) {
    return Arguments.of(method, path, type, body, status, field, value, expected);
  }
}
