package dev.weft.policy;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names and values of header fields. */
final class Headers {
  static final String NAME =
      "the name of a header field: 1 to 256 of letters, digits and any of !#$%&'*+-.^_`|~";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+\\-.^_`|~]{1,256}");

  /** Visible characters, with spaces and tabs between them only; other bytes as they are. */
  private static final Pattern VALUE =
      Pattern.compile("[!-~\\u0080-\\u00ff](?:[\\t !-~\\u0080-\\u00ff]*[!-~\\u0080-\\u00ff])?");

  private static final int MAX_VALUE = 4096;

  /** How a message is framed is between the library and its peer. */
  private static final Set<String> FRAMING =
      Set.of(
          "connection",
          "content-length",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private Headers() {}

  /** The field as a name, or null, reported, if it is missing or none. */
  static @Nullable String name(FieldReader parent, String field) {
    String name = parent.requiredString(field, NAME);
    if (name != null && !isName(name)) {
      parent.wrong(field, name, NAME);
      return null;
    }
    return name;
  }

  static boolean isName(String name) {
    return TOKEN.matcher(name).matches();
  }

  static boolean isValue(String value) {
    return value.length() <= MAX_VALUE && VALUE.matcher(value).matches();
  }

  /** What a value has to be, for error messages. */
  static String value() {
    return "1 to " + MAX_VALUE + " visible characters, with spaces only between them";
  }

  /** Why a header must not be changed by a route; null if it may be. */
  static @Nullable String untouchable(String name, boolean ofRequest) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (FRAMING.contains(lower)) {
      return "another header: this one says how the message is framed";
    }
    if (lower.startsWith("weft-") || lower.equals("x-forwarded-client-cert")) {
      return "another header: this one is the mesh's own";
    }
    return ofRequest && lower.equals("host")
        ? "another header: a URLRewrite with hostname changes this one"
        : null;
  }
}
