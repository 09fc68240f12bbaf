package dev.weft.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Whether this JVM is to join the mesh at all. {@code JAVA_TOOL_OPTIONS} hands the agent to every
 * JVM of a container, so the answer is mostly about who is not meant: tools of the JDK, build
 * tools, and programs without a service name get nothing, not even a line of log.
 */
final class LaunchCheck {
  /** Main classes, or their beginnings, of launchers that are tools. */
  private static final String[] TOOLS = {
    "org.codehaus.plexus.classworlds.launcher.Launcher",
    "org.codehaus.classworlds.Launcher",
    "org.apache.maven.",
    "org.gradle.",
    "worker.org.gradle.",
    "xsbt.boot.Boot",
    "sbt.",
    "dev.weft.",
    "com.sun.tools.",
    "sun.tools.",
    "org.jetbrains.kotlin.cli.",
  };

  /** Jar files, by their names, that are tools. */
  private static final String[] TOOL_JARS = {
    "maven-wrapper.jar", "gradle-wrapper.jar", "sbt-launch.jar", "weft-control.jar", "weft.jar",
  };

  private LaunchCheck() {}

  static boolean wanted(Properties properties, Map<String, String> environment) {
    String enabled = setting(properties, environment, "weft.enabled", "WEFT_ENABLED");
    if (enabled != null && enabled.trim().equalsIgnoreCase("false")) {
      return false;
    }
    return !isTool(properties)
        && (named(properties, environment) || floor(properties, environment) != null);
  }

  /**
   * What keeps servers closed until a mesh has started.
   *
   * @param setting with its value
   * @param ownTlsSuffices whether it leaves alone what has a TLS of the application's own
   */
  record Floor(String setting, boolean ownTlsSuffices) {}

  /** The floor that is set, as {@code Settings} reads it; null if there is none. */
  static @Nullable Floor floor(Properties properties, Map<String, String> environment) {
    Properties file = file(properties, environment);
    String mtls = layered(properties, environment, file, "weft.mtls.floor", "WEFT_MTLS_FLOOR");
    String authorization =
        layered(
            properties, environment, file, "weft.authorization.floor", "WEFT_AUTHORIZATION_FLOOR");
    // Whatever it is that cannot be read is closed.
    if (!authorization.isEmpty() && !authorization.equalsIgnoreCase("ALLOW")) {
      return new Floor("weft.authorization.floor=DENY", false);
    }
    if (mtls.isEmpty() || mtls.equalsIgnoreCase("PERMISSIVE") || mtls.equalsIgnoreCase("DISABLE")) {
      return null;
    }
    String ownTls =
        layered(properties, environment, file, "weft.mtls.own.tls", "WEFT_MTLS_OWN_TLS");
    return new Floor("weft.mtls.floor=STRICT", ownTls.equalsIgnoreCase("allowed"));
  }

  private static Properties file(Properties properties, Map<String, String> environment) {
    Properties file = new Properties();
    String path = setting(properties, environment, "weft.config", "WEFT_CONFIG");
    if (path != null) {
      try (InputStream in = Files.newInputStream(Path.of(path.trim()))) {
        file.load(in);
      } catch (IOException | IllegalArgumentException e) {
        // Settings says so.
      }
    }
    return file;
  }

  private static String layered(
      Properties properties,
      Map<String, String> environment,
      Properties file,
      String key,
      String variable) {
    String value = properties.getProperty(key, environment.get(variable));
    value = value == null ? file.getProperty(key, "") : value;
    return value.trim();
  }

  static boolean isTool(Properties properties) {
    String module = properties.getProperty("jdk.module.main", "");
    if (module.startsWith("java.")
        || (module.startsWith("jdk.") && !module.equals("jdk.httpserver"))) {
      return true;
    }
    String command = properties.getProperty("sun.java.command", "");
    int space = command.indexOf(' ');
    String main = space < 0 ? command : command.substring(0, space);
    for (String tool : TOOLS) {
      if (main.startsWith(tool)) {
        return true;
      }
    }
    String file = main.substring(Math.max(main.lastIndexOf('/'), main.lastIndexOf('\\')) + 1);
    for (String jar : TOOL_JARS) {
      if (file.equals(jar)) {
        return true;
      }
    }
    // Surefire's forks run the application's tests, not the application.
    return main.contains("surefirebooter");
  }

  /** Whether the process has a name, as far as that can be seen here. */
  static boolean named(Properties properties, Map<String, String> environment) {
    return setting(properties, environment, "weft.service", "WEFT_SERVICE") != null
        || setting(properties, environment, "otel.service.name", "OTEL_SERVICE_NAME") != null
        || setting(properties, environment, "spring.application.name", "SPRING_APPLICATION_NAME")
            != null
        || properties.getProperty("sun.java.command", "").contains("--spring.application.name=")
        || setting(properties, environment, "weft.config", "WEFT_CONFIG") != null;
  }

  /**
   * What was probably meant to name a process that has no name; null if it has one, or nothing
   * comes near. Without a name there is nothing that would read settings, and complain.
   */
  static @Nullable String mistyped(Properties properties, Map<String, String> environment) {
    String enabled = setting(properties, environment, "weft.enabled", "WEFT_ENABLED");
    if (isTool(properties) || "false".equalsIgnoreCase(enabled) || named(properties, environment)) {
      return null;
    }
    for (String name : environment.keySet()) {
      if (name.regionMatches(true, 0, "WEFT", 0, 4) && isNearly(name, "WEFT_SERVICE")) {
        return name + ": unknown variable (nearest: WEFT_SERVICE)";
      }
    }
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith("weft.") && isNearly(name, "weft.service")) {
        return name + ": unknown setting (nearest: weft.service)";
      }
    }
    return null;
  }

  /** Whether at most two letters of a word were left out, added, changed or swapped. */
  private static boolean isNearly(String word, String meant) {
    int shorter = Math.min(word.length(), meant.length());
    int longer = Math.max(word.length(), meant.length());
    if (longer - shorter > 2) {
      return false;
    }
    int head = 0;
    while (head < shorter && same(word.charAt(head), meant.charAt(head))) {
      head++;
    }
    int tail = 0;
    while (tail < shorter - head
        && same(word.charAt(word.length() - 1 - tail), meant.charAt(meant.length() - 1 - tail))) {
      tail++;
    }
    return longer - head - tail <= 2;
  }

  private static boolean same(char a, char b) {
    return Character.toUpperCase(a) == Character.toUpperCase(b);
  }

  private static @Nullable String setting(
      Properties properties, Map<String, String> environment, String key, String variable) {
    String value = properties.getProperty(key);
    if (value == null) {
      value = environment.get(variable);
    }
    return value == null || value.isBlank() ? null : value;
  }
}
