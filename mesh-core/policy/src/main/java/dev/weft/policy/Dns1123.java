package dev.weft.policy;

/** Names as RFC 1123 and Kubernetes have them. */
public final class Dns1123 {
  /** Longest label, in characters. */
  public static final int MAX_LABEL = 63;

  /** Longest subdomain, in characters. */
  public static final int MAX_SUBDOMAIN = 253;

  /** What {@link #isLabel} expects, for error messages. */
  public static final String LABEL =
      "a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit";

  /** What {@link #isSubdomain} expects, for error messages. */
  public static final String SUBDOMAIN =
      "a DNS subdomain: 1 to 253 of a-z, 0-9, '-' and '.', each part beginning and ending with a"
          + " letter or digit";

  private Dns1123() {}

  /** Whether this is a DNS-1123 label, as a namespace or a service must be. */
  public static boolean isLabel(String name) {
    return name.length() <= MAX_LABEL && isPart(name, 0, name.length());
  }

  /** Whether this is a DNS-1123 subdomain: labels, of any length together 253, joined by dots. */
  public static boolean isSubdomain(String name) {
    if (name.length() > MAX_SUBDOMAIN) {
      return false;
    }
    int start = 0;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', start)) {
      if (!isPart(name, start, dot)) {
        return false;
      }
      start = dot + 1;
    }
    return isPart(name, start, name.length());
  }

  private static boolean isPart(String name, int start, int end) {
    if (start == end || name.charAt(start) == '-' || name.charAt(end - 1) == '-') {
      return false;
    }
    for (int i = start; i < end; i++) {
      char c = name.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
        return false;
      }
    }
    return true;
  }
}
