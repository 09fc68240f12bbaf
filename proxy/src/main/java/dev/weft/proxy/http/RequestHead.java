package dev.weft.proxy.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request, well-formed, without what was about the connection that it came on: its
 * fields are those that the next one sees, and so those that are decided about. Mutable: what is
 * forwarded is made of it.
 */
public final class RequestHead {
  /** The form of a request target (RFC 9112 §3.2). */
  public enum Form {
    /** {@code /path?query} */
    ORIGIN,
    /** {@code http://host/path?query} */
    ABSOLUTE,
    /** {@code host:port}, with CONNECT */
    AUTHORITY,
    /** {@code *}, with OPTIONS */
    ASTERISK
  }

  private final String method;
  private final Form form;
  private final @Nullable Authority authority;
  private final String target;
  private final boolean http10;
  private final Fields fields;
  private final Framing framing;
  private final boolean keepAlive;
  private final boolean webSocket;
  private final int size;

  private RequestHead(
      String method,
      Form form,
      @Nullable Authority authority,
      String target,
      boolean http10,
      Fields fields,
      Framing framing,
      int size) {
    this.method = method;
    this.form = form;
    this.authority = authority;
    this.target = target;
    this.http10 = http10;
    this.fields = fields;
    this.framing = framing;
    this.keepAlive = !http10 && !fields.has("connection", "close");
    this.webSocket = asksForWebSocket(method, http10, fields, framing);
    this.size = size;
    Forwarding.endConnection(fields);
  }

  static RequestHead parse(String line, Fields fields, int size) throws BadMessage {
    int first = line.indexOf(' ');
    int second = line.indexOf(' ', first + 1);
    if (first < 0 || second < 0) {
      throw BadMessage.of("request line (expected: method, target and version)");
    }
    String method = line.substring(0, first);
    String target = line.substring(first + 1, second);
    boolean http10 = http10(line.substring(second + 1));
    if (!Octets.isToken(method)) {
      throw BadMessage.of("request line: the method is no token");
    }
    if (!Octets.isTarget(target)) {
      throw BadMessage.of(
          "request line: the target is empty, or has a character that none may have");
    }
    Framing framing = Framing.of(fields, http10, Framing.NONE);
    Authority host = host(fields, http10);
    Form form = form(method, target);
    Authority named = null;
    String path = target;
    if (form == Form.ABSOLUTE) {
      int start = "http://".length();
      int slash = end(target, start);
      named = Authority.parse(target.substring(start, slash), "request target");
      path = target.substring(slash);
      path = path.isEmpty() ? "/" : path.charAt(0) == '?' ? "/" + path : path;
    } else if (form == Form.AUTHORITY) {
      named = Authority.parse(target, "request target");
      if (named.port() == -1) {
        throw BadMessage.of("request target: " + target + " (expected: host:port)");
      }
    }
    if (form == Form.AUTHORITY && !framing.isEmpty()) {
      throw BadMessage.of("CONNECT with a body (expected: none, for what follows is the tunnel's)");
    }
    int port = form == Form.AUTHORITY && named != null ? named.port() : 80;
    if (named != null && host != null && !named.sameAs(host, port)) {
      throw BadMessage.of(
          "Host: " + host + " is not the host of the request target, " + named.text());
    }
    if (host == null) {
      // Whoever is behind is told of one in any case.
      fields.set("Host", named == null ? "localhost" : named.text());
    }
    return new RequestHead(
        method, form, named != null ? named : host, path, http10, fields, framing, size);
  }

  private static boolean http10(String version) throws BadMessage {
    if (version.equals("HTTP/1.1")) {
      return false;
    }
    if (version.equals("HTTP/1.0")) {
      return true;
    }
    boolean other =
        version.length() == 8
            && version.startsWith("HTTP/")
            && Character.isDigit(version.charAt(5))
            && version.charAt(6) == '.'
            && Character.isDigit(version.charAt(7));
    throw new BadMessage(other ? 505 : 400, "request line: version (expected: HTTP/1.1)");
  }

  private static @Nullable Authority host(Fields fields, boolean http10) throws BadMessage {
    int count = fields.count("host");
    String host = fields.first("host");
    if (count > 1 || (host == null && !http10)) {
      throw BadMessage.of("Host: " + count + " times (expected: once)");
    }
    return host == null ? null : Authority.parse(host, "Host");
  }

  private static Form form(String method, String target) throws BadMessage {
    if (method.equals("CONNECT")) {
      return Form.AUTHORITY;
    }
    if (target.charAt(0) == '/') {
      return Form.ORIGIN;
    }
    if (target.equals("*") && method.equals("OPTIONS")) {
      return Form.ASTERISK;
    }
    if (target.regionMatches(true, 0, "http://", 0, "http://".length())) {
      return Form.ABSOLUTE;
    }
    throw BadMessage.of("request target (expected: /path or http://host/path)");
  }

  /** Where the authority that begins at {@code start} ends. */
  private static int end(String target, int start) {
    int at = start;
    while (at < target.length() && target.charAt(at) != '/' && target.charAt(at) != '?') {
      at++;
    }
    return at;
  }

  public String method() {
    return method;
  }

  public Form form() {
    return form;
  }

  /** Host and port that the target names, or else {@code Host}; null in HTTP/1.0 without both. */
  public @Nullable Authority authority() {
    return authority;
  }

  /** Path and query as they go on the wire; {@code *} as it is; of CONNECT the authority. */
  public String target() {
    return target;
  }

  /** {@link #target} without the query. */
  public String path() {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }

  /** The query without its question mark; null if there is none. */
  public @Nullable String query() {
    int question = target.indexOf('?');
    return question < 0 ? null : target.substring(question + 1);
  }

  /** Bytes of memory that it takes. */
  public int size() {
    return size;
  }

  public boolean http10() {
    return http10;
  }

  public Fields fields() {
    return fields;
  }

  public Framing framing() {
    return framing;
  }

  /** Whether the client waits for {@code 100 Continue} before it sends the body. */
  public boolean expectsContinue() {
    String expect = fields.first("expect");
    return !http10
        && expect != null
        && expect.toLowerCase(Locale.ROOT).equals("100-continue")
        && !framing.isEmpty();
  }

  /**
   * Whether the connection is to become a WebSocket. Other upgrades are not offered to servers:
   * what comes after them could not be read, and so not be decided about.
   */
  public boolean asksForWebSocket() {
    return webSocket;
  }

  private static boolean asksForWebSocket(
      String method, boolean http10, Fields fields, Framing framing) {
    return !http10
        && method.equals("GET")
        && framing.isEmpty()
        && fields.count("upgrade") == 1
        && fields.has("upgrade", "websocket")
        && fields.has("connection", "upgrade");
  }

  /** Whether the client would send another request on this connection. */
  public boolean keepAlive() {
    return keepAlive;
  }
}
