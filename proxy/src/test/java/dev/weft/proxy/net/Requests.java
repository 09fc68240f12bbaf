package dev.weft.proxy.net;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Requests by chance: good ones, of which is known what they mean, and bad ones. Repeatable. */
final class Requests {
  private static final List<String> METHODS =
      List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "X-OWN");
  private static final String INNER = "GET /inner HTTP/1.1\r\nHost: orders\r\nX-In: 1\r\n\r\n";
  private static final List<String> ENDS =
      List.of("\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\r", "\0\r\n", " \r\n");
  private static final List<String> FIELDS =
      List.of(
          "Content-Length: 5",
          "Content-Length: 0",
          "Content-Length: 5, 5",
          "Content-Length: 00005",
          "Content-Length: 5 ",
          "Content-Length: 05x",
          "Content-Length: 99999999999999999999",
          "content-length:5",
          "Content-Length : 5",
          "Content_Length: 7",
          "Transfer-Encoding: chunked",
          "Transfer-Encoding:chunked",
          "Transfer-Encoding: \tchunked \t",
          "Transfer-Encoding: CHUNKED",
          "Transfer-Encoding: identity",
          "Transfer-Encoding: chunked, identity",
          "Transfer-Encoding: x\u00a0chunked",
          "Transfer-Encoding: chunked;q=1",
          "Transfer-Encoding : chunked",
          "Transfer_Encoding: chunked",
          "Transfer-Encoding",
          "Host: orders",
          "Host: other",
          "Host: or ders",
          "Host:",
          "Connection: close",
          "Connection: content-length",
          "Connection: transfer-encoding, host",
          "Connection: upgrade",
          "Upgrade: websocket",
          "Upgrade: h2c",
          "Expect: 100-continue",
          "Expect: something",
          "TE: trailers, chunked",
          "Trailer: content-length",
          " folded",
          "\tfolded",
          "X-A: \u00e4\u00ff",
          "X-A: a\u0000b",
          "X-A: a\rb",
          "X-A: \u007f",
          "X\u0000A: b",
          ": empty",
          "=",
          "X-A:b:c");
  private static final List<String> TARGETS =
      List.of(
          "/",
          "/a/../b",
          "/a%2fb",
          "//a",
          "/a;b=c",
          "/a\\b",
          "/a b",
          "/a\tb",
          "/a#b",
          "/%00",
          "/\u00e4",
          "*",
          "http://orders/a",
          "http://other/a",
          "http://a@orders/",
          "http:///a",
          "https://orders/",
          "orders",
          "orders:80",
          "",
          "?q",
          "/?a=/b?c");
  private static final List<String> VERSIONS =
      List.of(
          "HTTP/1.1",
          "HTTP/1.1",
          "HTTP/1.1",
          "HTTP/1.1",
          "HTTP/1.0",
          "HTTP/2.0",
          "HTTP/1.2",
          "HTTP/01.1",
          "http/1.1",
          "HTTP/1.1x",
          "HTTP",
          "");
  private static final List<String> SIZES =
      List.of(
          "5",
          "05",
          "5;a",
          "5;a=\"b\"",
          "5 ;a",
          " 5",
          "5 ",
          "0x5",
          "+5",
          "-5",
          "5g",
          "",
          "5,5",
          "ffffffffffffffff",
          "fffffffffffffffffff5",
          "5\t",
          "5;\0",
          "5\r");

  private final Random random;

  Requests(long seed) {
    random = new Random(seed);
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean rarely(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  // ---- good ones

  /** A request, as it is sent and as it is meant. */
  record Good(String bytes, TomcatBehind.Understood meant) {}

  Good good(int number) {
    String method = any(METHODS);
    String path = "/" + number + any(List.of("", "/a", "/a;b=c", "/%61%2Fb", "//c", "/a/../b"));
    // Paths that Tomcat itself refuses, or makes another of, are others' business.
    path = path.contains("%2F") || path.contains("..") ? "/" + number : path;
    String target = path + any(List.of("", "?", "?a=b&c", "?x=%0d%0a", "?/../?"));
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ');
    head.append(rarely(5) ? "http://orders" : "").append(target).append(" HTTP/1.1\r\n");
    head.append(any(List.of("Host: orders", "host:orders", "HOST: \t orders ", "Host: ORDERS:80")));
    head.append("\r\n");
    Map<String, List<String>> fields = new TreeMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String value = any(List.of("", "a", "a, b", "\"q\"", "a:b", "x".repeat(300)));
      head.append(any(List.of("X-", "x-"))).append('F').append(i);
      head.append(any(List.of(":", ": ", ":\t"))).append(value).append(any(List.of("", " ")));
      head.append("\r\n");
      fields.put("x-f" + i, List.of(value));
    }
    String body = "";
    if (rarely(2)) {
      head.append(rarely(4) ? "Content-Length: 0\r\n" : "").append("\r\n");
    } else {
      body = body();
      if (rarely(2)) {
        head.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
      } else {
        head.append("Transfer-Encoding: chunked\r\n\r\n");
        chunks(head, body);
      }
    }
    String meant =
        target.endsWith("?") && target.indexOf('?') == target.length() - 1 ? target : target;
    return new Good(head.toString(), new TomcatBehind.Understood(method, meant, body, fields));
  }

  /** Often one that looks like a request. */
  private String body() {
    return switch (random.nextInt(4)) {
      case 0 -> INNER;
      case 1 -> "0\r\n\r\n" + INNER;
      case 2 -> "x".repeat(random.nextInt(40_000));
      default -> "hello";
    };
  }

  private void chunks(StringBuilder to, String body) {
    for (int at = 0; at < body.length(); ) {
      int size = 1 + random.nextInt(Math.min(body.length() - at, 10_000));
      to.append(rarely(3) ? "00" : "").append(Integer.toHexString(size));
      to.append(any(List.of("", "", ";a", "; a=\"b c\"", " ;a=b"))).append("\r\n");
      to.append(body, at, at + size).append("\r\n");
      at += size;
    }
    to.append(any(List.of("0", "000", "0;a"))).append("\r\n");
    to.append(rarely(3) ? "X-Trailer: 1\r\n" : "").append("\r\n");
  }

  // ---- bad ones

  /** Something like requests; most are malformed in one way or in several. */
  String bad() {
    StringBuilder bytes = new StringBuilder();
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      one(bytes);
    }
    for (int i = random.nextInt(3); i > 0 && rarely(2); i--) {
      spoil(bytes);
    }
    return bytes.toString();
  }

  private void one(StringBuilder to) {
    to.append(
        rarely(8) ? any(List.of("GE T", "", "get", "G\u0000ET", "CONNECT", "PRI")) : any(METHODS));
    to.append(rarely(10) ? any(List.of("  ", "\t", "")) : " ");
    to.append(rarely(2) ? "/" : any(TARGETS));
    to.append(rarely(10) ? any(List.of("  ", "\t", "")) : " ");
    to.append(rarely(4) ? any(VERSIONS) : "HTTP/1.1").append(end());
    if (!rarely(8)) {
      to.append("Host: orders").append(end());
    }
    boolean chunked = rarely(2);
    to.append(
        chunked
            ? "Transfer-Encoding: chunked" + end()
            : rarely(2) ? "Content-Length: 5" + end() : "");
    for (int i = random.nextInt(3); i > 0; i--) {
      to.append(any(FIELDS)).append(end());
    }
    to.append(end());
    if (chunked) {
      for (int i = random.nextInt(3); i > 0; i--) {
        to.append(rarely(2) ? any(SIZES) : "5").append(end());
        to.append(rarely(6) ? "hello!" : "hello").append(end());
      }
      to.append(rarely(6) ? any(SIZES) : "0").append(end());
      to.append(rarely(5) ? any(FIELDS) + end() : "").append(end());
    } else {
      to.append(rarely(2) ? "hello" : rarely(2) ? INNER : "");
    }
  }

  private String end() {
    return rarely(12) ? any(ENDS) : "\r\n";
  }

  /** Changes, takes away or repeats a byte or some. */
  private void spoil(StringBuilder bytes) {
    if (bytes.length() < 2) {
      return;
    }
    int at = random.nextInt(bytes.length());
    switch (random.nextInt(4)) {
      case 0 -> bytes.setCharAt(at, (char) random.nextInt(256));
      case 1 -> bytes.deleteCharAt(at);
      case 2 -> bytes.setLength(at + 1);
      default -> bytes.insert(at, bytes.substring(at, Math.min(bytes.length(), at + 20)));
    }
  }
}
