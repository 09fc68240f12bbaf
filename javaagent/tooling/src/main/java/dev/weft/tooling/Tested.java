package dev.weft.tooling;

import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import org.jspecify.annotations.Nullable;

/**
 * The versions with which an adapter has been tried, by their first two numbers. Another one is
 * woven all the same, and said.
 *
 * @param artifact the name of the library's jar, without its version; {@code jdk} for the JDK
 * @param from the lowest, such as {@code 5.1}
 * @param to the highest
 */
public record Tested(String artifact, String from, String to) {
  private static final String JDK = "jdk";

  /** Of what is part of the JDK: its versions 17 to 25. */
  public static Tested jdk() {
    return new Tested(JDK, "17", "25");
  }

  /**
   * What is to be said of a class of the library.
   *
   * @param domain of the class
   * @return null if its version has been tried, or is not known: a jar without a version in its
   *     name says nothing
   */
  public @Nullable String remark(@Nullable ProtectionDomain domain) {
    String version =
        artifact.equals(JDK) ? String.valueOf(Runtime.version().feature()) : version(domain);
    if (version == null || compare(version, from) >= 0 && compare(version, to) <= 0) {
      return null;
    }
    return artifact + " " + version + " (tested: " + from + " to " + to + ")";
  }

  /** As the name of its jar has it, also of one within another: no file is read for it. */
  private @Nullable String version(@Nullable ProtectionDomain domain) {
    CodeSource source = domain == null ? null : domain.getCodeSource();
    URL location = source == null ? null : source.getLocation();
    String path = location == null ? "" : location.getPath();
    int end = path.lastIndexOf(".jar");
    if (end < 0) {
      return null;
    }
    String name = path.substring(path.lastIndexOf('/', end) + 1, end);
    for (int i = artifact.length(); i < name.length() - 1; i++) {
      if (name.charAt(i) == '-' && isDigit(name.charAt(i + 1))) {
        // okhttp-5.1.0, and okhttp-jvm-5.1.0
        boolean its = name.startsWith(artifact) && name.charAt(artifact.length()) == '-';
        return its ? name.substring(i + 1) : null;
      }
    }
    return null;
  }

  private static int compare(String one, String other) {
    int major = Integer.compare(number(one, 0), number(other, 0));
    return major != 0
        ? major
        : Integer.compare(number(one, afterDot(one)), number(other, afterDot(other)));
  }

  private static int afterDot(String version) {
    int dot = version.indexOf('.');
    return dot < 0 ? version.length() : dot + 1;
  }

  /** The digits that begin there; 0 if there are none. */
  private static int number(String version, int from) {
    int number = 0;
    for (int i = from; i < version.length() && isDigit(version.charAt(i)) && i < from + 6; i++) {
      number = 10 * number + version.charAt(i) - '0';
    }
    return number;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
