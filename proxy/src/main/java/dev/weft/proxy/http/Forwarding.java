package dev.weft.proxy.http;

import dev.weft.bridge.Reserved;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which fields go on to the next one, and which end here. */
public final class Forwarding {
  /** They speak about one connection, not about the message (RFC 9110 §7.6.1), or frame it. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authorization",
          "proxy-authenticate",
          "te",
          "transfer-encoding",
          "upgrade",
          "http2-settings");

  /** What frames a message, or names its receiver: nobody is to find a second of those. */
  private static final Set<String> NEVER_ALIKE = Set.of("host", "content-length");

  /**
   * What servers take for the part of a path that they stand below, and take off it: gunicorn (of
   * whoever comes from loopback, as the proxy does) and Daphne. Their application would be asked
   * for another path than the one that was decided about.
   */
  private static final Set<String> MOUNT = Set.of("script-name", "path-info", "daphne-root-path");

  /** What a message cannot do without, whatever {@code Connection} names. */
  private static final Set<String> NEVER_NOMINATED =
      Set.of("host", "content-length", "content-type", "authorization", "cookie", "expect");

  /** What a trailer must not say: it would come too late, or be taken for what it is not. */
  private static final Set<String> NOT_IN_TRAILERS =
      Set.of(
          "host",
          "content-length",
          "content-encoding",
          "content-type",
          "content-range",
          "trailer",
          "expect",
          "authorization",
          "cookie",
          "set-cookie",
          "max-forwards",
          "range");

  private Forwarding() {}

  /** Takes away what is about the connection that a head came on. */
  public static void endConnection(Fields fields) {
    Set<String> nominated = nominated(fields);
    fields.removeIf(
        name -> {
          String lower = name.toLowerCase(Locale.ROOT);
          return HOP_BY_HOP.contains(lower) || nominated.contains(lower);
        });
  }

  private static Set<String> nominated(Fields fields) {
    List<String> values = fields.all("connection");
    if (values.isEmpty()) {
      return Set.of();
    }
    Set<String> names = new HashSet<>();
    for (String value : values) {
      names.addAll(Fields.tokens(value));
    }
    names.removeAll(NEVER_NOMINATED);
    return names;
  }

  /**
   * Takes away what only the mesh may say, what moves the path, and what applications that see
   * fields as variables (CGI, WSGI, PHP) would take for something else: {@code Proxy}, which is no
   * field of HTTP, is the variable {@code HTTP_PROXY} there, the proxy of every call they make.
   * They cannot tell {@code _} from {@code -}, nor PHP {@code .}, so neither do we.
   */
  public static void dropReserved(Fields fields) {
    fields.removeIf(Forwarding::isReserved);
  }

  private static boolean isReserved(String name) {
    if (Reserved.is(name) || name.equalsIgnoreCase("proxy")) {
      return true;
    }
    String alike = alike(name);
    return MOUNT.contains(alike)
        || (!alike.equalsIgnoreCase(name)
            && (Reserved.is(alike)
                || HOP_BY_HOP.contains(alike)
                || NEVER_ALIKE.contains(alike)
                || alike.equals("proxy")));
  }

  /** A name as those have it who see fields as variables: letters, digits, and one other. */
  static String alike(String name) {
    char[] alike = name.toCharArray();
    for (int i = 0; i < alike.length; i++) {
      char c = alike[i];
      if (c >= 'A' && c <= 'Z') {
        alike[i] = (char) (c + ('a' - 'A'));
      } else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
        alike[i] = '-';
      }
    }
    return new String(alike);
  }

  /** Takes away what may not stand in a trailer section, or only the mesh may say. */
  public static void trailers(Fields trailers) {
    endConnection(trailers);
    dropReserved(trailers);
    trailers.removeIf(name -> NOT_IN_TRAILERS.contains(name.toLowerCase(Locale.ROOT)));
  }
}
