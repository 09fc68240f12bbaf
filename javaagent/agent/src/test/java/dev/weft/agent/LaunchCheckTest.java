package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.MeshDefaults;
import dev.weft.runtime.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @ValueSource(
      strings = {"WEFT_SERVCE", "WEFT_SERIVCE", "WEFT_SERVICES", "WEFTSERVICE", "weft_service"})
  void aNameThatWasMistyped_isSaid_butNotInTools(String variable) {
    Map<String, String> environment = Map.of(variable, "orders");
    assertThat(LaunchCheck.wanted(command("orders.jar"), environment)).isFalse();
    assertThat(LaunchCheck.mistyped(command("orders.jar"), environment))
        .isEqualTo(variable + ": unknown variable (nearest: WEFT_SERVICE)");
    assertThat(LaunchCheck.mistyped(command("org.apache.maven.cli.MavenCli"), environment))
        .isNull();
    Properties off = command("orders.jar");
    off.setProperty("weft.enabled", "false");
    assertThat(LaunchCheck.mistyped(off, environment)).isNull();
  }

  @Test
  void aPropertyToo_andNothingElseIsTakenForOne() {
    Properties mistyped = command("orders.jar");
    mistyped.setProperty("weft.servce", "orders");
    assertThat(LaunchCheck.mistyped(mistyped, Map.of()))
        .isEqualTo("weft.servce: unknown setting (nearest: weft.service)");
    Map<String, String> others =
        Map.of("WEFT_SERVICE_HOST", "10.0.0.1", "WEFT_HOME", "/h", "WEFT_ZONE", "a", "PATH", "x");
    assertThat(LaunchCheck.mistyped(command("orders.jar"), others)).isNull();
  }

  @Test
  void aFloorIsWantedWithoutAName_butNotByTools() {
    Map<String, String> floor = Map.of("WEFT_MTLS_FLOOR", "STRICT");
    assertThat(LaunchCheck.wanted(command("orders.jar"), floor)).isTrue();
    assertThat(LaunchCheck.wanted(command("org.apache.maven.cli.MavenCli"), floor)).isFalse();
    Properties off = command("orders.jar");
    off.setProperty("weft.enabled", "false");
    assertThat(LaunchCheck.wanted(off, floor)).isFalse();
  }

  /** Two readers of one setting: premain has no Settings. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, -",
        "PERMISSIVE, ALLOW, -",
        "disable, ' ', -",
        "strict, -, -",
        " STRICT , -, allowed",
        "TIGHT, -, ALLOWED",
        "-, deny, allowed",
        "STRICT, DENY, refused",
        "PERMISSIVE, nobody, -",
      })
  void floors_areReadAsSettingsReadsThem(String mtls, String authorization, String ownTls) {
    Properties properties = command("orders.jar");
    put(properties, "weft.mtls.floor", mtls);
    put(properties, "weft.authorization.floor", authorization);
    put(properties, "weft.mtls.own.tls", ownTls);
    MeshDefaults defaults = new MeshDefaults(Settings.read(properties, Map.of()));
    LaunchCheck.Floor floor = LaunchCheck.floor(properties, Map.of());
    assertThat(floor == null ? null : floor.setting()).isEqualTo(defaults.closes(false));
    assertThat(floor == null || floor.ownTlsSuffices()).isEqualTo(defaults.closes(true) == null);
  }

  @Test
  void aFloorMayStandInTheFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("weft.properties");
    Files.writeString(file, "weft.mtls.floor=STRICT\n");
    Properties properties = command("orders.jar");
    properties.setProperty("weft.config", file.toString());
    assertThat(LaunchCheck.floor(properties, Map.of())).isNotNull();
    assertThat(LaunchCheck.floor(properties, Map.of("WEFT_MTLS_FLOOR", "PERMISSIVE"))).isNull();
  }

  private static void put(Properties properties, String key, String value) {
    if (value != null) {
      properties.setProperty(key, value);
    }
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
  @ValueSource(strings = {"crossweft.jar", "/opt/my-weft.jar x", "C:\\app\\a-gradle-wrapper.jar"})
  void whatIsOnlyCalledLikeOne_isNoTool(String command) {
    assertThat(LaunchCheck.wanted(command(command), NAMED)).isTrue();
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
