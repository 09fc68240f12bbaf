package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaunchCheckTest {
  private static final Map<String, String> NAMED = Map.of("WEFT_SERVICE", "orders");

  @Test
  void aProgramWithAName_isWanted() {
    assertThat(LaunchCheck.wanted(command("orders.jar --server.port=1"), NAMED)).isTrue();
    assertThat(LaunchCheck.wanted(command("com.example.Main"), Map.of("OTEL_SERVICE_NAME", "a")))
        .isTrue();
    assertThat(LaunchCheck.wanted(command("orders.jar --spring.application.name=orders"), Map.of()))
        .isTrue();
  }

  @Test
  void aProgramWithoutAName_isNot() {
    assertThat(LaunchCheck.wanted(command("orders.jar"), Map.of())).isFalse();
    assertThat(LaunchCheck.wanted(command("orders.jar"), Map.of("WEFT_SERVICE", " "))).isFalse();
  }

  @Test
  void theKillSwitch() {
    Properties off = command("orders.jar");
    off.setProperty("weft.enabled", "false");
    assertThat(LaunchCheck.wanted(off, NAMED)).isFalse();
    assertThat(
            LaunchCheck.wanted(
                command("orders.jar"), Map.of("WEFT_SERVICE", "a", "WEFT_ENABLED", "False")))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.codehaus.plexus.classworlds.launcher.Launcher package",
        "org.apache.maven.wrapper.MavenWrapperMain test",
        "org.gradle.launcher.daemon.bootstrap.GradleDaemon 8",
        "/app/gradle/wrapper/gradle-wrapper.jar build",
        "/x/target/surefire/surefirebooter123.jar /x y",
        "/opt/weft/dist/weft-control.jar coordinator",
      })
  void buildTools_areNot(String command) {
    assertThat(LaunchCheck.wanted(command(command), NAMED)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk.jcmd", "jdk.compiler", "java.base", "jdk.jshell", "jdk.jartool"})
  void toolsOfTheJdk_areNot(String module) {
    Properties properties = command("");
    properties.setProperty("jdk.module.main", module);
    assertThat(LaunchCheck.wanted(properties, NAMED)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk.httpserver", "com.example.orders"})
  void serversOnTheModulePath_are(String module) {
    Properties properties = command("");
    properties.setProperty("jdk.module.main", module);
    assertThat(LaunchCheck.wanted(properties, NAMED)).isTrue();
  }

  private static Properties command(String command) {
    Properties properties = new Properties();
    properties.setProperty("sun.java.command", command);
    return properties;
  }
}
