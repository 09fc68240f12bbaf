package dev.weft.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a host in a URI looks like, before anybody has been asked who it is. */
public final class HostName {
  /** What may be done about a host that is not known yet. */
  public enum Kind {
    /** Names of the mesh have this form and hardly any others have: worth waiting for. */
    MESH_LIKE,
    /** {@code name.namespace} or {@code example.com}: only the coordinator can tell. */
    PERHAPS,
    /** An address: of a registered instance, or none of our business. */
    ADDRESS,
    /** A name of the outside world. */
    FOREIGN
  }

  private HostName() {}

  /**
   * The key under which a host is looked up: lower case, without a trailing dot.
   *
   * @return null if there is no host at all
   */
  public static @Nullable String normalize(@Nullable String host) {
    if (host == null || host.isEmpty()) {
      return null;
    }
    String key = isLowerCase(host) ? host : host.toLowerCase(Locale.ROOT);
    return key.endsWith(".") ? key.substring(0, key.length() - 1) : key;
  }

  /** Classifies a normalized host. */
  public static Kind kind(String host) {
    if (host.equals("localhost") || isAddress(host)) {
      return Kind.ADDRESS;
    }
    int dots = 0;
    for (int i = 0; i < host.length(); i++) {
      if (host.charAt(i) == '.') {
        dots++;
      }
    }
    if (dots == 0 || host.endsWith(".svc") || host.endsWith(".svc.cluster.local")) {
      return Kind.MESH_LIKE;
    }
    return dots == 1 ? Kind.PERHAPS : Kind.FOREIGN;
  }

  /** Whether this is an IP literal: IPv4, or IPv6 with or without brackets. */
  static boolean isAddress(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    boolean digit = false;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c >= '0' && c <= '9') {
        digit = true;
      } else if (c != '.') {
        return false;
      }
    }
    return digit;
  }

  /**
   * Whether a normalized host is this machine's loopback, by a name or an address of it; DNS is
   * never asked.
   */
  public static boolean isLoopback(@Nullable String host) {
    if (host == null || host.equals("localhost")) {
      return host != null;
    }
    return host.indexOf(':') >= 0 ? isLoopback6(host) : isLoopback4(host);
  }

  /**
   * Whether a normalized address means whoever uses it, its own loopback or its own link: nobody in
   * the mesh is at it for somebody else. No harm if another form of one is not known here, for a
   * coordinator does not answer for it.
   */
  public static boolean isOwn(String host) {
    if (host.indexOf(':') < 0) {
      return host.startsWith("127.") || host.startsWith("169.254.") || host.equals("localhost");
    }
    int start = host.startsWith("[") ? 1 : 0;
    return host.startsWith("fe8", start)
        || host.startsWith("fe9", start)
        || host.startsWith("fea", start)
        || host.startsWith("feb", start)
        || host.startsWith("::ffff:169.254.", start)
        || isLoopback6(host);
  }

  /** {@code 127.x.y.z} written out; shorter forms are not known to mean the same everywhere. */
  private static boolean isLoopback4(String host) {
    if (!host.startsWith("127.")) {
      return false;
    }
    String[] parts = host.split("\\.", -1);
    if (parts.length != 4) {
      return false;
    }
    for (String part : parts) {
      if (part.isEmpty()
          || part.length() > 3
          || !part.chars().allMatch(c -> c >= '0' && c <= '9')
          || Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  /** All zeros but for the 1 at the end; or IPv4's, as {@code ::ffff:127.0.0.1}. */
  private static boolean isLoopback6(String host) {
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    int last = bare.lastIndexOf(':') + 1;
    if (bare.indexOf('.') >= 0) {
      return bare.startsWith("ffff:", last - 5)
          && isZeros(bare, last - 5)
          && isLoopback4(bare.substring(last));
    }
    return bare.endsWith("1") && isZeros(bare, bare.length() - 1);
  }

  private static boolean isZeros(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) != '0' && text.charAt(i) != ':') {
        return false;
      }
    }
    return end > 0;
  }

  private static boolean isLowerCase(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return false;
      }
    }
    return true;
  }
}
