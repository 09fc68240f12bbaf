package dev.weft.policy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Paths of URLs as the Gateway API takes them, in matches and in what replaces them. */
final class Paths {
  /** Longest, in characters. */
  static final int MAX = 1024;

  private static final Pattern CHARACTERS =
      Pattern.compile("(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*");

  /** What a server or a proxy before it may read as another path. */
  private static final List<String> AMBIGUOUS = List.of("//", "/./", "/../", "%2f", "%2F");

  private Paths() {}

  /** Reports what is wrong with a path. */
  static void check(FieldReader parent, String field, String path) {
    if (!path.startsWith("/")) {
      parent.wrong(field, path, "a path that begins with /");
    } else {
      checkRest(parent, field, path);
    }
  }

  /** As {@link #check}, for what replaces a prefix: that may be empty. */
  static void checkReplacement(FieldReader parent, String field, String path) {
    if (!path.isEmpty()) {
      check(parent, field, path);
    }
  }

  private static void checkRest(FieldReader parent, String field, String path) {
    if (path.length() > MAX) {
      parent.wrong(field, path, "at most " + MAX + " characters");
      return;
    }
    for (String part : AMBIGUOUS) {
      if (path.contains(part)) {
        parent.wrong(field, path, "a path without " + part);
        return;
      }
    }
    if (path.endsWith("/..") || path.endsWith("/.")) {
      parent.wrong(field, path, "a path that does not end with /. or /..");
    } else if (!CHARACTERS.matcher(path).matches()) {
      parent.wrong(
          field,
          path,
          "a path of A-Z, a-z, 0-9 and any of /-._~!$&'()*+,;=:@; others as % and two digits");
    }
  }

  /** What no path contains that is compared after it was normalized. */
  private static final List<String> NEVER_NORMAL =
      List.of("//", "/./", "/../", "%2e", "%2f", "%3b", "%5c", "%00", ";");

  private static final Pattern TWICE = Pattern.compile("%25[0-9a-fA-F]{2}");

  /**
   * Why a path, or a part of one, can never be that of a request after it was normalized; null if
   * it can.
   *
   * @param beginning whether it is the beginning of a path
   */
  static @Nullable String normalProblem(String part, boolean beginning) {
    if (beginning && !part.startsWith("/")) {
      return "a path that begins with /";
    }
    String lower = part.toLowerCase(Locale.ROOT);
    for (String never : NEVER_NORMAL) {
      if (lower.contains(never)) {
        return "a path without "
            + never
            + ": requests are compared after they were normalized, and none has it then";
      }
    }
    if (part.endsWith("/..") || part.endsWith("/.") || TWICE.matcher(part).find()) {
      return "a path that does not end with /. or /.., and is escaped once only";
    }
    if (!CHARACTERS.matcher(part).matches()) {
      return "a path of A-Z, a-z, 0-9 and any of /-._~!$&'()+,=:@; others as % and two digits";
    }
    return isUtf8(part) ? null : "a path whose escapes are UTF-8";
  }

  private static boolean isUtf8(String escaped) {
    ByteBuffer bytes = ByteBuffer.allocate(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        bytes.put((byte) Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.put((byte) c);
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
