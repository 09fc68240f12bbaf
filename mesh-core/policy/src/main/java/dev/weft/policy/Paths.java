package dev.weft.policy;

import java.util.List;
import java.util.regex.Pattern;

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
}
