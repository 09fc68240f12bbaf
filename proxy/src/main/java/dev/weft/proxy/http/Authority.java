package dev.weft.proxy.http;

import java.util.Locale;

/**
 * Host and port, as {@code Host} and request targets have them.
 *
 * @param text as it was written
 * @param host in lower case; an IPv6 literal in brackets
 * @param port -1 if there is none
 */
public record Authority(String text, String host, int port) {
  private static final String MARKS = "-._~!$&'()*+;=%";

  /**
   * @param where it stands, for the error
   */
  static Authority parse(String text, String where) throws BadMessage {
    int colon = text.lastIndexOf(':');
    if (colon >= 0 && text.indexOf(']', colon) >= 0) {
      colon = -1; // it is inside of an IPv6 literal
    }
    String host = colon < 0 ? text : text.substring(0, colon);
    int port = colon < 0 ? -1 : port(text.substring(colon + 1));
    if (port == BAD_PORT || !isHost(host)) {
      throw BadMessage.of(where + ": \"" + printable(text) + "\" (expected: host or host:port)");
    }
    return new Authority(text, host.toLowerCase(Locale.ROOT), port);
  }

  private static final int BAD_PORT = -2;

  private static int port(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    int port = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9' || i == 5) {
        return BAD_PORT;
      }
      port = 10 * port + (c - '0');
    }
    return port >= 1 && port <= 65535 ? port : BAD_PORT;
  }

  private static boolean isHost(String host) {
    boolean literal = host.startsWith("[");
    if (literal && (!host.endsWith("]") || host.length() < 4)) {
      return false;
    }
    int end = literal ? host.length() - 1 : host.length();
    for (int i = literal ? 1 : 0; i < end; i++) {
      char c = host.charAt(i);
      boolean good =
          literal
              ? Octets.hex(c) >= 0 || c == ':' || c == '.'
              : Octets.isAlphanumeric(c) || MARKS.indexOf(c) >= 0;
      if (!good) {
        return false;
      }
    }
    return !host.isEmpty() && host.length() <= 255;
  }

  private static String printable(String text) {
    String start = text.length() > 64 ? text.substring(0, 64) + "…" : text;
    return start.replaceAll("[^ -~…]|\"", "?");
  }

  /**
   * Whether both name the same.
   *
   * @param absent the port that a missing one stands for
   */
  boolean sameAs(Authority other, int absent) {
    return host.equals(other.host)
        && (port == -1 ? absent : port) == (other.port == -1 ? absent : other.port);
  }

  @Override
  public String toString() {
    return text;
  }
}
