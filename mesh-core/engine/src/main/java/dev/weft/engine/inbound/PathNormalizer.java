package dev.weft.engine.inbound;

import org.jspecify.annotations.Nullable;

/**
 * Reads a path as the servers behind read it, once, for whatever compares it. The form that comes
 * out is the text that is meant: escapes are decoded, parameters of segments ({@code ;a=b}) cut
 * off, doubled slashes one. Letter case stays. These stay escaped, in capitals: {@code %2F} and
 * {@code %3B}, which only some servers take for a slash and a semicolon ({@link #otherReading} says
 * how those read it), {@code %25}, and control characters.
 *
 * <p>What servers read as different paths, none of which is safe to go by, cannot be normalized:
 * segments {@code .} and {@code ..} (Tomcat resolves them, the JDK's server does not), an empty
 * first segment (the JDK's server takes the second for a host), backslashes, NUL, escapes of
 * escapes, what is not UTF-8, and what may not stand in a path at all. docs/policy.md has the table
 * and the reasons.
 *
 * <p>The application is handed the path as it was sent, whatever comes out here.
 */
public final class PathNormalizer {
  private static final boolean[] PLAIN = plain();

  private PathNormalizer() {}

  /**
   * The normal form of a path; the argument itself where nothing is to be done, which allocates
   * nothing. Null if it has none: {@link #problem} says why.
   *
   * @param path as sent, without the query
   */
  public static @Nullable String normalize(String path) {
    if (isNormal(path)) {
      return path;
    }
    StringBuilder out = new StringBuilder(path.length());
    return read(path, out) == null ? out.toString() : null;
  }

  /**
   * The normal form of a path for servers that decode before they split it: {@code %2F} is a slash
   * and {@code %3B} a semicolon. Null if it reads the same, or has no normal form.
   */
  public static @Nullable String otherReading(String path) {
    int escape = path.indexOf('%');
    if (escape < 0) {
      return null;
    }
    String decoded = decodeSeparators(path, escape);
    return decoded == null ? null : normalize(decoded);
  }

  /** Why a path has no normal form; null if it has one. */
  public static @Nullable String problem(String path) {
    return isNormal(path) ? null : read(path, new StringBuilder(path.length()));
  }

  /**
   * A path, or a part of one, of a policy, in the form in which paths are compared: escapes are
   * decoded. What cannot be decoded is returned as it is; policy that has been read has no such.
   */
  public static String pattern(String part) {
    if (part.indexOf('%') < 0) {
      return part;
    }
    StringBuilder out = new StringBuilder(part.length());
    return decode(part, 0, part.length(), out) == null ? out.toString() : part;
  }

  /**
   * A part of a normal form as it may be sent: what may not stand in a path is escaped.
   *
   * @param part of what {@link #normalize} has made
   */
  public static String escape(String part) {
    StringBuilder out = new StringBuilder(part.length() + 16);
    for (int i = 0; i < part.length(); ) {
      int point = part.codePointAt(i);
      int length = Character.charCount(point);
      // A percent sign begins an escape in this form, and nothing else.
      if (point == '%' || (point < 128 && PLAIN[point])) {
        out.append((char) point);
      } else {
        escape(point, out);
      }
      i += length;
    }
    return out.toString();
  }

  private static void escape(int point, StringBuilder out) {
    if (point < 0x80) {
      octet(point, out);
    } else if (point < 0x800) {
      octet(0xc0 | point >> 6, out);
      octet(0x80 | point & 0x3f, out);
    } else if (point < 0x10000) {
      octet(0xe0 | point >> 12, out);
      octet(0x80 | point >> 6 & 0x3f, out);
      octet(0x80 | point & 0x3f, out);
    } else {
      octet(0xf0 | point >> 18, out);
      octet(0x80 | point >> 12 & 0x3f, out);
      octet(0x80 | point >> 6 & 0x3f, out);
      octet(0x80 | point & 0x3f, out);
    }
  }

  private static void octet(int octet, StringBuilder out) {
    out.append('%').append(hex(octet >> 4)).append(hex(octet & 15));
  }

  /** The path of a request's target, which in the absolute form stands after the authority. */
  public static String path(String target) {
    int authority = authorityStart(target);
    if (authority < 0) {
      return target;
    }
    int path = target.indexOf('/', authority);
    return path < 0 ? "/" : target.substring(path);
  }

  /** The authority of a target in the absolute form; null if it has another form. */
  static @Nullable String authority(String target) {
    int authority = authorityStart(target);
    if (authority < 0) {
      return null;
    }
    int path = target.indexOf('/', authority);
    return target.substring(authority, path < 0 ? target.length() : path);
  }

  private static int authorityStart(String target) {
    if (target.startsWith("/")) {
      return -1;
    }
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      return 7;
    }
    return target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
  }

  private static boolean isNormal(String path) {
    int length = path.length();
    if (length == 0 || path.charAt(0) != '/') {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char c = path.charAt(i);
      char before = path.charAt(i - 1);
      // A dot that begins a segment is rare enough to be looked at slowly.
      if (c >= 128 || !PLAIN[c] || (before == '/' && (c == '/' || c == '.'))) {
        return false;
      }
    }
    return true;
  }

  /** Writes the normal form. Returns what is wrong; null if nothing is. */
  private static @Nullable String read(String path, StringBuilder out) {
    if (path.equals("*")) {
      out.append('*'); // OPTIONS of the server itself
      return null;
    }
    if (path.isEmpty() || path.charAt(0) != '/') {
      return "the path does not begin with /";
    }
    String problem = reading(path, out);
    if (problem != null) {
      return problem;
    }
    // What the first reading cuts off with the parameters can be a segment of the second.
    String decoded = decodeSeparators(path, 0);
    return decoded == null ? null : reading(decoded, new StringBuilder(path.length()));
  }

  private static @Nullable String reading(String path, StringBuilder out) {
    String problem = segments(path, out);
    return problem == null && escapedTwice(out)
        ? "the path is escaped twice, and a server that decodes twice reads another"
        : problem;
  }

  private static @Nullable String segments(String path, StringBuilder out) {
    int length = path.length();
    for (int start = 1; start <= length; ) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? length : slash;
      int parameters = path.indexOf(';', start);
      int begin = out.length();
      out.append('/');
      String problem = decode(path, start, parameters < 0 ? end : Math.min(parameters, end), out);
      if (problem == null && parameters >= 0 && parameters < end) {
        // Cut off, but not a place to hide what a server may choke on.
        problem = decode(path, parameters, end, new StringBuilder(end - parameters));
      }
      if (problem != null) {
        return problem;
      }
      if (isDots(out, begin + 1)) {
        return "the path has a segment . or .., which servers take differently; send it resolved";
      }
      if (out.length() == begin + 1 && slash >= 0) {
        if (start == 1) {
          return "the path's first segment is empty, which servers take differently";
        }
        out.setLength(begin); // doubled slashes are one
      }
      start = end + 1;
    }
    return null;
  }

  private static boolean isDots(StringBuilder out, int begin) {
    int length = out.length() - begin;
    return length >= 1
        && length <= 2
        && out.charAt(begin) == '.'
        && out.charAt(out.length() - 1) == '.';
  }

  private static @Nullable String decode(String path, int start, int end, StringBuilder out) {
    for (int i = start; i < end; i++) {
      char c = path.charAt(i);
      if (c != '%') {
        if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#' || c == '?') {
          return "the path has the character " + show(c) + " where only an escape may stand";
        }
        out.append(c);
        continue;
      }
      int octet = escaped(path, i, end);
      if (octet < 0) {
        return "the path has a % that no two hexadecimal digits follow";
      }
      if (octet == 0 || octet == '\\') {
        return "the path has an escaped " + show((char) octet) + ", which servers take differently";
      }
      if (octet < 0x80) {
        append(out, octet);
        i += 2;
      } else {
        int used = utf8(path, i, end, octet, out);
        if (used < 0) {
          return "the path's escapes are not UTF-8";
        }
        i += used - 1;
      }
    }
    return null;
  }

  private static void append(StringBuilder out, int octet) {
    if (octet < ' ' || octet == 0x7f || octet == '/' || octet == ';' || octet == '%') {
      octet(octet, out);
    } else {
      out.append((char) octet);
    }
  }

  /** The octet that is escaped at a percent sign; -1 if none is. */
  private static int escaped(String path, int percent, int end) {
    if (percent + 2 >= end) {
      return -1;
    }
    int high = Character.digit(path.charAt(percent + 1), 16);
    int low = Character.digit(path.charAt(percent + 2), 16);
    boolean ascii = path.charAt(percent + 1) < 128 && path.charAt(percent + 2) < 128;
    return high < 0 || low < 0 || !ascii ? -1 : high << 4 | low;
  }

  /**
   * Decodes one character of several octets, in its shortest form only.
   *
   * @return how many characters of the path it took; -1 if it is none
   */
  private static int utf8(String path, int start, int end, int first, StringBuilder out) {
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    int least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
    if (first < 0xc2 || first > 0xf4) {
      return -1;
    }
    int point = first & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
      int at = start + 3 * i;
      int octet = at < end && path.charAt(at) == '%' ? escaped(path, at, end) : -1;
      if (octet < 0 || (octet & 0xc0) != 0x80) {
        return -1;
      }
      point = point << 6 | octet & 0x3f;
    }
    if (point < least || point > Character.MAX_CODE_POINT || isSurrogate(point)) {
      return -1;
    }
    out.appendCodePoint(point);
    return 3 * (more + 1);
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }

  /**
   * Whether what was decoded holds escapes again. Those that were left as they are do not count.
   */
  private static boolean escapedTwice(StringBuilder out) {
    for (int at = out.indexOf("%25"); at >= 0; at = out.indexOf("%25", at + 3)) {
      if (at + 4 < out.length()
          && Character.digit(out.charAt(at + 3), 16) >= 0
          && Character.digit(out.charAt(at + 4), 16) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** The path with its escaped slashes and semicolons decoded; null if it has none. */
  private static @Nullable String decodeSeparators(String path, int from) {
    StringBuilder decoded = null;
    int copied = 0;
    int end = path.length();
    for (int at = path.indexOf('%', from); at >= 0; at = path.indexOf('%', at + 1)) {
      int octet = escaped(path, at, end);
      if (octet == '/' || octet == ';') {
        decoded = decoded == null ? new StringBuilder(end) : decoded;
        decoded.append(path, copied, at).append((char) octet);
        copied = at + 3;
      }
    }
    return decoded == null ? null : decoded.append(path, copied, end).toString();
  }

  private static char hex(int digit) {
    return (char) (digit < 10 ? '0' + digit : 'A' + digit - 10);
  }

  private static String show(char c) {
    return c > ' ' && c < 0x7f ? String.valueOf(c) : "U+" + String.format("%04X", (int) c);
  }

  private static boolean[] plain() {
    boolean[] plain = new boolean[128];
    for (char c = '0'; c <= 'z'; c++) {
      plain[c] = Character.isLetterOrDigit(c);
    }
    for (char c : "/-._~!$&'()*+,=:@".toCharArray()) {
      plain[c] = true;
    }
    return plain;
  }
}
