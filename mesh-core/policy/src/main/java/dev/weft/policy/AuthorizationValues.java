package dev.weft.policy;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values that an AuthorizationPolicy compares with: each exact, {@code prefix*}, {@code
 * *suffix} or {@code *}. What could never match is refused, because a DENY that never matches is a
 * door left open.
 */
final class AuthorizationValues {
  private static final int MAX = 1024;
  private static final String STARS =
      "a value, prefix*, *suffix or *: a star stands at the beginning or at the end";

  private static final Pattern PRINCIPAL = Pattern.compile("[a-z0-9._/-]+");
  private static final Pattern WHOLE_PRINCIPAL =
      Pattern.compile("[a-z0-9._-]+/ns/[a-z0-9-]+/sa/[a-z0-9-]+");
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9-]+");
  private static final Pattern HOST = Pattern.compile("[a-z0-9._:\\[\\]-]+");
  private static final Pattern METHOD = Pattern.compile("[!#$%&'+.^_`|~0-9A-Za-z-]+");
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
  private static final String SPIFFE = "spiffe://";

  /**
   * A value in the form in which it is compared, or what was expected.
   *
   * @param value null if it cannot be used
   */
  record Checked(@Nullable String value, String expected) {}

  /** Checks one value. */
  interface Form {
    Checked check(String text);
  }

  private AuthorizationValues() {}

  static Checked principal(String text) {
    if (text.startsWith(SPIFFE)) {
      return wrong("the same without " + SPIFFE + ", as in Istio");
    }
    String expected =
        "<trust domain>/ns/<namespace>/sa/<service>, such as weft.internal/ns/default/sa/shop; or"
            + " prefix*, *suffix or *";
    Checked checked = starred(text, PRINCIPAL, expected);
    boolean exact = text.indexOf('*') < 0;
    return exact && !WHOLE_PRINCIPAL.matcher(text).matches() ? wrong(expected) : checked;
  }

  static Checked namespace(String text) {
    return starred(text, NAMESPACE, "a namespace, prefix*, *suffix or *");
  }

  static Checked addresses(String text) {
    return Cidr.parse(text) == null ? wrong(Cidr.EXPECTED) : new Checked(text, "");
  }

  static Checked host(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    // Istio's way of saying "with any port"; here a host without a port means just that.
    if (host.endsWith(":*") && host.length() > 2) {
      host = host.substring(0, host.length() - 2);
    }
    return starred(
        host, HOST, "a host, with a port or without: orders, *.example.com or orders:8080");
  }

  static Checked method(String text) {
    String expected = "a method, such as GET";
    Checked checked = starred(text, METHOD, expected);
    boolean lower = checked.value() != null && !text.equals(text.toUpperCase(Locale.ROOT));
    return lower ? wrong("a method in capitals: methods are told apart by case") : checked;
  }

  static Checked port(String text) {
    return PORT.matcher(text).matches() && Integer.parseInt(text) <= 65535
        ? new Checked(text, "")
        : wrong("a port number from 1 to 65535, as text (in quotes)");
  }

  static Checked header(String text) {
    String bare = text.replace("*", "");
    boolean good = bare.isEmpty() || Headers.isValue(bare);
    return good ? starred(text, null, STARS) : wrong(Headers.value());
  }

  static Checked plain(String text) {
    return starred(text, null, STARS);
  }

  static Checked path(String text) {
    if (text.contains("{*}") || text.contains("{**}")) {
      return wrong("a path, prefix*, *suffix or *: templates are not honoured");
    }
    Checked checked = starred(text, null, STARS);
    if (checked.value() == null || text.equals("*")) {
      return checked;
    }
    String bare = text.replace("*", "");
    String problem = Paths.normalProblem(bare, !text.startsWith("*"));
    return problem == null ? checked : wrong(problem);
  }

  /**
   * @param characters of which all but the star must be; null: any
   */
  private static Checked starred(String text, @Nullable Pattern characters, String expected) {
    if (text.isEmpty() || text.length() > MAX) {
      return wrong("1 to " + MAX + " characters");
    }
    int star = text.indexOf('*');
    if (star >= 0 && (star != text.lastIndexOf('*') || star > 0 && star < text.length() - 1)) {
      return wrong(STARS);
    }
    String bare = text.replace("*", "");
    boolean good = bare.isEmpty() || characters == null || characters.matcher(bare).matches();
    return good ? new Checked(text, "") : wrong(expected);
  }

  private static Checked wrong(String expected) {
    return new Checked(null, expected);
  }
}
