package dev.weft.engine.route;

import static dev.weft.engine.route.TestRoute.backend;
import static dev.weft.engine.route.TestRoute.prefix;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.HttpRoute;
import dev.weft.policy.HttpRoute.Field;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.HeaderChange;
import dev.weft.policy.HttpRoute.PathChange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rewrites, redirects and changes of fields, as the Gateway API's tables have them. */
class EditsTest {
  private final TestServices services = new TestServices();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/foo/bar | /foo  | /xyz  | /xyz/bar",
        "/foo/bar | /foo  | /xyz/ | /xyz/bar",
        "/foo/bar | /foo/ | /xyz  | /xyz/bar",
        "/foo/bar | /foo/ | /xyz/ | /xyz/bar",
        "/foo     | /foo  | /xyz  | /xyz",
        "/foo/    | /foo  | /xyz  | /xyz/",
        "/foo/bar | /foo  | ''    | /bar",
        "/foo/    | /foo  | ''    | /",
        "/foo     | /foo  | ''    | /",
        "/foo/    | /foo  | /     | /",
        "/foo     | /foo  | /     | /",
        "/foo/bar | /     | /xyz  | /xyz/foo/bar",
        "/a%20b/c | /a%20b | /x   | /x/c",
        "/foo/b%20c;v=1 | /foo | /x | /x/b%20c;v=1",
        "/%66oo/b%20c%2Fd/%C3%A9 | /foo | /x | /x/b%20c%2Fd/%C3%A9",
        "/%66oo | /foo | /x | /x",
      })
  void aPrefixIsReplaced(String path, String matched, String value, String expected) {
    assertThat(target(path, matched, new HttpRoute.Rewrite(null, new PathChange(true, value))))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"/one | /one", "/one/two | /one/two", "'' | /"})
  void awholePathIsReplaced(String value, String expected) {
    Filter rewrite = new HttpRoute.Rewrite(null, new PathChange(false, value));
    assertThat(target("/foo/bar", "/foo", rewrite)).isEqualTo(expected);
  }

  @Test
  void theQueryStays_andTheHostOnlyChangesWhereAsked() {
    Filter path = new HttpRoute.Rewrite(null, new PathChange(true, "/x"));
    Backend one = only("/foo", path);
    assertThat(one.target(TestHead.get("/foo/bar?q=%20&r"), 4)).isEqualTo("/x/bar?q=%20&r");
    assertThat(one.authority()).isNull();

    Backend other = only("/foo", new HttpRoute.Rewrite("example.com", null));
    assertThat(other.target(TestHead.get("/foo/bar?q"), 4)).as("as it was").isNull();
    assertThat(other.authority()).isEqualTo("example.com");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // scheme | host | port | request | location
        "- | - | - | http://orders/a | http://orders/a",
        "- | - | - | http://orders:8080/a | http://orders:8080/a",
        "https | - | - | http://orders:8080/a | https://orders/a",
        "https | - | 443 | http://orders/a | https://orders/a",
        "https | - | 8443 | http://orders/a | https://orders:8443/a",
        "http | - | 80 | http://orders:8080/a | http://orders/a",
        "http | - | 8080 | http://orders/a | http://orders:8080/a",
        "- | example.org | - | http://orders/a?b=c | http://example.org/a?b=c",
        "- | example.org | - | http://orders:8080/a | http://example.org:8080/a",
        "- | - | 8443 | http://orders/a | http://orders:8443/a",
        "- | - | 80 | http://orders:8080/a | http://orders/a",
      })
  void aRedirectsLocation(
      String scheme, String host, Integer port, String request, String expected) {
    HttpRoute.Redirect redirect = new HttpRoute.Redirect(scheme, host, port, null, 302);
    assertThat(location(redirect, request, "/")).isEqualTo(expected);
  }

  @Test
  void aRedirectMayReplaceThePath() {
    HttpRoute.Redirect prefix =
        new HttpRoute.Redirect(null, null, null, new PathChange(true, "/new"), 301);
    assertThat(location(prefix, "http://orders/old/x?q", "/old"))
        .isEqualTo("http://orders/new/x?q");
    HttpRoute.Redirect whole =
        new HttpRoute.Redirect(null, null, null, new PathChange(false, "/new"), 301);
    assertThat(location(whole, "http://orders/old/x", "/old")).isEqualTo("http://orders/new");
  }

  @Test
  void fieldsAreChangedByTheRule_thenByTheBackend_asOneChange() {
    Filter rule =
        new HttpRoute.RequestHeaders(
            new HeaderChange(
                List.of(new Field("X-Set", "rule"), new Field("X-Kept", "rule")),
                List.of(new Field("X-Add", "rule"), new Field("X-Gone", "rule")),
                List.of("X-Remove")));
    Filter ofBackend =
        new HttpRoute.RequestHeaders(
            new HeaderChange(
                List.of(new Field("x-set", "backend")),
                List.of(new Field("X-Add", "backend")),
                List.of("x-gone")));
    HttpRoute route =
        TestRoute.named("r")
            .rule(List.of(rule), List.of(backend("b", 1, ofBackend)), null, null, prefix("/"))
            .build();

    HeadEdit edit = select(route, "/").rule().backends().get(0).requestEdit();

    assertThat(edit).isNotNull();
    assertThat(edit.remove()).containsExactly("x-remove", "x-gone");
    assertThat(edit.set()).containsExactly("X-Kept", "rule", "x-set", "backend");
    assertThat(edit.add()).containsExactly("X-Add", "rule", "X-Add", "backend");
  }

  @Test
  void responsesAreChangedApartFromRequests() {
    Filter response =
        new HttpRoute.ResponseHeaders(
            new HeaderChange(List.of(new Field("X-A", "1")), List.of(), List.of("Server")));
    Backend backend = only("/", response);
    assertThat(backend.requestEdit()).isNull();
    HeadEdit edit = backend.responseEdit();
    assertThat(edit).isNotNull();
    assertThat(edit.set()).containsExactly("X-A", "1");
    assertThat(edit.remove()).containsExactly("server");
  }

  private String target(String path, String matched, Filter filter) {
    HttpRoute route = route(matched, filter);
    RouteMatch match = select(route, path);
    return match.rule().backends().get(0).target(TestHead.get(path), match.matched());
  }

  private Backend only(String matched, Filter filter) {
    return select(route(matched, filter), matched).rule().backends().get(0);
  }

  private String location(HttpRoute.Redirect redirect, String uri, String matched) {
    java.net.URI parsed = java.net.URI.create(uri);
    String query = parsed.getRawQuery();
    TestHead head =
        TestHead.get(parsed.getRawPath() + (query == null ? "" : "?" + query))
            .at(parsed.getScheme(), parsed.getHost(), parsed.getPort());
    RouteMatch match = select(route(matched, redirect), parsed.getRawPath());
    RedirectTo to = match.rule().redirect();
    assertThat(to).isNotNull();
    return to.location(head, match.matched());
  }

  private static HttpRoute route(String matched, Filter filter) {
    return TestRoute.named("r")
        .rule(List.of(filter), List.of(backend("b", 1)), null, null, prefix(matched))
        .build();
  }

  private RouteMatch select(HttpRoute route, String path) {
    Routing routing = services.routing(new Policies(List.of(route)), "orders", 80, "default");
    RouteMatch match = routing.select(TestHead.get(path));
    assertThat(match).isNotNull();
    return match;
  }
}
