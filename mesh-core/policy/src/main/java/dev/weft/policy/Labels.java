package dev.weft.policy;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The syntax of Kubernetes labels, and how selectors see the labels of a workload. */
public final class Labels {
  /** The label that carries an instance's service; it comes from its certificate. */
  public static final String APP = "app";

  /** Kubernetes' recommended label, taken as the same as {@link #APP}. */
  public static final String APP_NAME = "app.kubernetes.io/name";

  static final String KEY =
      "a label key: at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', beginning and ending with a"
          + " letter or digit, optionally after a DNS subdomain and '/'";

  static final String VALUE =
      "a label value: empty, or at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', beginning and ending"
          + " with a letter or digit";

  private static final int MAX_NAME = 63;

  private Labels() {}

  public static boolean isKey(String key) {
    int slash = key.indexOf('/');
    return (slash < 0 || Dns1123.isSubdomain(key.substring(0, slash)))
        && isName(key.substring(slash + 1));
  }

  public static boolean isValue(String value) {
    return value.isEmpty() || isName(value);
  }

  /**
   * A workload's label as selectors see it. {@link #APP_NAME} reads {@link #APP} where that is set:
   * a free label must not stand in for what the certificate says.
   */
  static @Nullable String get(Map<String, String> labels, String key) {
    if (key.equals(APP_NAME)) {
      String app = labels.get(APP);
      return app != null ? app : labels.get(key);
    }
    return labels.get(key);
  }

  private static boolean isName(String name) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      boolean inner = c == '-' || c == '_' || c == '.';
      if (!alphanumeric && !(inner && i > 0 && i < length - 1)) {
        return false;
      }
    }
    return true;
  }
}
