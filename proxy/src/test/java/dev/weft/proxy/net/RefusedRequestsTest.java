package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.testkit.Http1;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever could be read in two ways is refused, and nothing of it reaches the application. */
@Tag("same-on-every-jdk")
class RefusedRequestsTest {
  private static final String HOST = "Host: orders\r\n";

  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void malformed_isAnsweredAndClosed(String what, int status, String request) throws IOException {
    refused(status, request);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        // lengths
        bad("two Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello!"),
        bad("the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello"),
        bad("a list of lengths", post("Content-Length: 5, 5\r\n") + "hello"),
        bad("a sign before the length", post("Content-Length: +5\r\n") + "hello"),
        bad("a negative length", post("Content-Length: -5\r\n")),
        bad("a hexadecimal length", post("Content-Length: 0x5\r\n") + "hello"),
        bad("a length with a space in it", post("Content-Length: 1 0\r\n") + "hello"),
        bad("an empty length", post("Content-Length:\r\n")),
        bad("an overflowing length", post("Content-Length: 18446744073709551621\r\n") + "hello"),
        bad(
            "length and chunks",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        bad(
            "chunks and length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"),
        // transfer codings
        bad("an unknown coding", post("Transfer-Encoding: gzip\r\n")),
        bad("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"),
        bad("chunked, identity", post("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n"),
        bad("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"),
        bad(
            "chunked on two lines",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        bad(
            "chunked on two lines, hidden",
            post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        bad(
            "a vertical tab before chunked",
            post("Transfer-Encoding: \u000bchunked\r\n") + "0\r\n\r\n"),
        bad("chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n"),
        bad("an empty coding", post("Transfer-Encoding:\r\n")),
        bad(
            "chunks in HTTP/1.0",
            "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        // chunks
        bad("no size", chunked("\r\nhello\r\n0\r\n\r\n")),
        bad("no digits", chunked("xyz\r\nhello\r\n0\r\n\r\n")),
        bad("a size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")),
        bad("a negative size", chunked("-5\r\nhello\r\n0\r\n\r\n")),
        bad("a sign before the size", chunked("+5\r\nhello\r\n0\r\n\r\n")),
        bad("an underscore in the size", chunked("0_5\r\nhello\r\n0\r\n\r\n")),
        bad("a space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n")),
        bad("a space after the size", chunked("5 \r\nhello\r\n0\r\n\r\n")),
        bad("an overflowing size", chunked("fffffffffffffffff\r\nhello\r\n0\r\n\r\n")),
        bad("a size that wraps to 5", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")),
        bad("a size ended by LF", chunked("5\nhello\r\n0\r\n\r\n")),
        bad("data ended by LF", chunked("5\r\nhello\n0\r\n\r\n")),
        bad("data longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n")),
        bad("a last chunk ended by LF", chunked("0\n\n")),
        bad("a long extension", chunked("5;a=" + "x".repeat(2000) + "\r\nhello\r\n0\r\n\r\n")),
        bad("an extension with a CR", chunked("5;a=\rb\r\nhello\r\n0\r\n\r\n")),
        bad("an extension with a NUL", chunked("5;a=\0\r\nhello\r\n0\r\n\r\n")),
        bad("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")),
        bad("a trailer without a colon", chunked("0\r\nA\r\n\r\n")),
        arguments("too many trailers", 431, chunked("0\r\n" + "A: b\r\n".repeat(300) + "\r\n")),
        // lines
        bad("a folded line", get("A: b\r\n c: d\r\n")),
        bad("a line folded by a tab", get("A: b\r\n\tc: d\r\n")),
        bad("a first field that is folded", "GET / HTTP/1.1\r\n Host: orders\r\n\r\n"),
        bad("LF alone", "GET / HTTP/1.1\nHost: orders\n\n"),
        bad("LF alone after a field", "GET / HTTP/1.1\r\nHost: orders\nA: b\r\n\r\n"),
        bad("CR alone in a field", get("A: b\rc: d\r\n")),
        bad("CR CR LF", get("A: b\r\r\n")),
        bad("CR alone in the request line", "GET /\r HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("an empty head ended by LF", "GET / HTTP/1.1\r\n" + HOST + "\n"),
        // fields
        bad("a space before the colon", get("A : b\r\n")),
        bad("a space before the colon of Content-Length", post("Content-Length : 5\r\n") + "hello"),
        bad("a tab before the colon", get("A\t: b\r\n")),
        bad("a field without a colon", get("Ab\r\n")),
        bad("a field without a name", get(": b\r\n")),
        bad("a NUL in a name", get("A\0: b\r\n")),
        bad("a NUL in a value", get("A: b\0c\r\n")),
        bad("a control character in a value", get("A: b\u0001c\r\n")),
        bad("DEL in a value", get("A: b\u007f\r\n")),
        bad("a parenthesis in a name", get("A(b): c\r\n")),
        bad("a name with an octet above ASCII", get("\u00e4: c\r\n")),
        // the request line
        bad("no version", "GET /\r\n" + HOST + "\r\n"),
        bad("no target", "GET HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("two spaces", "GET  / HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a space at the end", "GET / HTTP/1.1 \r\n" + HOST + "\r\n"),
        bad("a space at the begin", " GET / HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a tab", "GET\t/ HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a space in the target", "GET /a b HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a NUL in the target", "GET /a\0b HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("an octet above ASCII in the target", "GET /\u00e4 HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a fragment", "GET /a#b HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a method with a colon", "GE:T / HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a lower-case version", "GET / http/1.1\r\n" + HOST + "\r\n"),
        bad("a version with two digits", "GET / HTTP/1.10\r\n" + HOST + "\r\n"),
        bad("a target of no form", "GET orders/a HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a star with GET", "GET * HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n"),
        arguments("HTTP/2.0", 505, "GET / HTTP/2.0\r\n" + HOST + "\r\n"),
        arguments("the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        arguments("HTTP/0.9", 505, "GET / HTTP/0.9\r\n" + HOST + "\r\n"),
        // Host
        bad("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
        bad("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        bad("two Hosts", get("Host: orders\r\n")),
        bad("two different Hosts", get("hOST: admin\r\n")),
        bad("a Host with a path", "GET / HTTP/1.1\r\nHost: orders/a\r\n\r\n"),
        bad("a Host with a user", "GET / HTTP/1.1\r\nHost: a@orders\r\n\r\n"),
        bad("a Host with a bad port", "GET / HTTP/1.1\r\nHost: orders:99999\r\n\r\n"),
        bad("a list of Hosts", "GET / HTTP/1.1\r\nHost: orders, admin\r\n\r\n"),
        bad("another Host than the URI's", "GET http://orders/ HTTP/1.1\r\nHost: admin\r\n\r\n"),
        bad("another port than the URI's", "GET http://orders:81/ HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a URI with a user", "GET http://a@orders/ HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a URI of another scheme", "GET ftp://orders/ HTTP/1.1\r\n" + HOST + "\r\n"),
        bad("a URI without a host", "GET http:///a HTTP/1.1\r\n" + HOST + "\r\n"),
        arguments("CONNECT", 405, "CONNECT orders:80 HTTP/1.1\r\nHost: orders:80\r\n\r\n"),
        // sizes
        arguments(
            "a long request line",
            414,
            "GET /" + "a".repeat(9_000) + " HTTP/1.1\r\n" + HOST + "\r\n"),
        arguments("many fields", 431, get("A: b\r\n".repeat(300))),
        arguments("a large head", 431, get(("A: " + "b".repeat(5_500) + "\r\n").repeat(3))));
  }

  private static Arguments bad(String what, String request) {
    return arguments(what, 400, request);
  }

  private static String get(String fields) {
    return "GET / HTTP/1.1\r\n" + HOST + fields + "\r\n";
  }

  private static String post(String fields) {
    return "POST / HTTP/1.1\r\n" + HOST + fields + "\r\n";
  }

  private static String chunked(String body) {
    return post("Transfer-Encoding: chunked\r\n") + body;
  }

  /** A smuggled request must not be read from what is left of a refused one. */
  private void refused(int status, String request) throws IOException {
    boolean body = request.startsWith("POST");
    try (Http1 caller = proxy.caller()) {
      caller.send(request + "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n");
      Http1.Response response = caller.read();
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.header("connection")).isEqualTo("close");
      assertThat(response.header("proxy-status")).startsWith("weft; error=");
      assertThat(caller.closedByPeer()).isTrue();
    }
    // Of a body that turns out to be bad, the head may have been passed on; never as a whole.
    List<String> lines = proxy.backend().received().stream().map(Backend.Received::line).toList();
    assertThat(lines).noneMatch(line -> line.contains("smuggled"));
    if (!body) {
      assertThat(lines).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHo",
        "GET / HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: orders\r\nA: b\r",
        "POST / HTTP/1.1\r\nHost: orders\r\nContent-Length: 5\r\n\r\nhel",
        "POST / HTTP/1.1\r\nHost: orders\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      })
  void unfinished_isNotWaitedForForever(String request) throws IOException {
    try (Http1 caller = proxy.caller()) {
      caller.send(request);
      assertThat(caller.read().status()).isEqualTo(408);
      assertThat(caller.closedByPeer()).isTrue();
    }
  }
}
