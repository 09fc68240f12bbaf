package dev.weft.agent;

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

  /** Jar files, by the end of their names, that are tools. */
  private static final String[] TOOL_JARS = {
    "maven-wrapper.jar", "gradle-wrapper.jar", "sbt-launch.jar", "weft-control.jar", "weft.jar",
  };

  private LaunchCheck() {}

  static boolean wanted(Properties properties, Map<String, String> environment) {
    String enabled = setting(properties, environment, "weft.enabled", "WEFT_ENABLED");
    if (enabled != null && enabled.trim().equalsIgnoreCase("false")) {
      return false;
    }
    return !isTool(properties) && hasServiceName(properties, environment);
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
    for (String jar : TOOL_JARS) {
      if (main.endsWith(jar)) {
        return true;
      }
    }
    // Surefire's forks run the application's tests, not the application.
    return main.contains("surefirebooter");
  }

  private static boolean hasServiceName(Properties properties, Map<String, String> environment) {
    return setting(properties, environment, "weft.service", "WEFT_SERVICE") != null
        || setting(properties, environment, "otel.service.name", "OTEL_SERVICE_NAME") != null
        || setting(properties, environment, "spring.application.name", "SPRING_APPLICATION_NAME")
            != null
        || properties.getProperty("sun.java.command", "").contains("--spring.application.name=")
        || setting(properties, environment, "weft.config", "WEFT_CONFIG") != null;
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
