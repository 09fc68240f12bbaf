package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.EgressMode;
import dev.weft.policy.MeshConfig;
import dev.weft.policy.TlsMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private final Properties properties = new Properties();
  private final Map<String, String> environment = new HashMap<>();

  @Test
  void everyKey_andItsDefault() {
    Map<String, String> defaults = new HashMap<>();
    Settings.KEYS.forEach(key -> defaults.put(key.name(), key.absent()));
    assertThat(defaults)
        .isEqualTo(
            Map.ofEntries(
                Map.entry("weft.enabled", "true"),
                Map.entry("weft.service", ""),
                Map.entry("weft.namespace", "default"),
                Map.entry("weft.version", ""),
                Map.entry("weft.labels", ""),
                Map.entry("weft.zone", ""),
                Map.entry("weft.coordinator", "127.0.0.1:7471"),
                Map.entry("weft.home", ""),
                Map.entry("weft.join.token", ""),
                Map.entry("weft.join.token.file", ""),
                Map.entry("weft.state.dir", ""),
                Map.entry("weft.identity.store", "memory"),
                Map.entry("weft.mtls.floor", "PERMISSIVE"),
                Map.entry("weft.mtls.loopback", "required"),
                Map.entry("weft.mtls.own.tls", "refused"),
                Map.entry("weft.authorization.floor", "ALLOW"),
                Map.entry("weft.forward.identity", "false"),
                Map.entry("weft.egress", "ALLOW_ANY"),
                Map.entry("weft.adopt.addresses", "pinned"),
                Map.entry("weft.retry.body.limit", "64KiB"),
                Map.entry("weft.deadline.inherit", "false"),
                Map.entry("weft.metrics.port", "9464"),
                Map.entry("weft.metrics.compat", "none"),
                Map.entry("weft.access.log", ""),
                Map.entry("weft.access.log.sample", "0.1"),
                Map.entry("weft.port", ""),
                Map.entry("weft.advertise", ""),
                Map.entry("weft.ready.path", ""),
                Map.entry("weft.startup.wait", "3s"),
                Map.entry("weft.drain.delay", "2s"),
                Map.entry("weft.drain.timeout", "10s"),
                Map.entry("weft.errors.verbose", "false"),
                Map.entry("weft.log.level", "warn"),
                Map.entry("weft.log.file", ""),
                Map.entry("weft.config", ""),
                Map.entry("weft.admin", "http://127.0.0.1:7470"),
                Map.entry("weft.admin.token", "")));
  }

  @Test
  void systemProperty_thenEnvironment_thenFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("weft.properties");
    Files.writeString(file, "weft.zone=file\nweft.version=file\nweft.namespace=file\n");
    environment.put("WEFT_CONFIG", file.toString());
    environment.put("WEFT_VERSION", "env");
    environment.put("WEFT_NAMESPACE", "env");
    properties.setProperty("weft.namespace", "property");

    Settings settings = read();

    assertThat(settings.text(Settings.ZONE)).isEqualTo("file");
    assertThat(settings.text(Settings.VERSION)).isEqualTo("env");
    assertThat(settings.text(Settings.NAMESPACE)).isEqualTo("property");
  }

  @Test
  void theServiceName_fallsBack() {
    properties.setProperty(
        "sun.java.command", "shop.jar --server.port=1 --spring.application.name=a");
    assertThat(read().text(Settings.SERVICE)).isEqualTo("a");
    environment.put("SPRING_APPLICATION_NAME", "b");
    assertThat(read().text(Settings.SERVICE)).isEqualTo("b");
    environment.put("OTEL_SERVICE_NAME", "c");
    assertThat(read().text(Settings.SERVICE)).isEqualTo("c");
    environment.put("WEFT_SERVICE", "d");
    assertThat(read().text(Settings.SERVICE)).isEqualTo("d");
  }

  @Test
  void aWrongValue_isReplacedByTheDefault_andSaid() {
    properties.setProperty("weft.startup.wait", "soon");
    properties.setProperty("weft.port", "70000");
    properties.setProperty("weft.mtls.loopback", "TIGHT");
    properties.setProperty("weft.labels", "team=a,app=orders,nonsense");
    Settings settings = read();

    assertThat(settings.duration(Settings.STARTUP_WAIT)).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.port(Settings.PORT)).isEqualTo(-1);
    assertThat(settings.constant(Settings.MTLS_LOOPBACK, Settings.Loopback.class))
        .isEqualTo(Settings.Loopback.REQUIRED);
    assertThat(settings.labels()).isEqualTo(Map.of("team", "a"));
    assertThat(settings.takeWarnings())
        .containsExactly(
            "weft.startup.wait: soon (expected: a duration such as 250ms, 3s, 10m, 24h)",
            "weft.port: 70000 (expected: a port, 1 to 65535)",
            "weft.mtls.loopback: TIGHT (expected: one of [REQUIRED, PLAINTEXT])",
            "weft.labels: app=orders (expected: key=value, with a key other than app)",
            "weft.labels: nonsense (expected: key=value, with a key other than app)");
  }

  @Test
  void aFloorThatCannotBeRead_isTheClosedOne_andSaid() {
    properties.setProperty("weft.mtls.floor", "TIGHT");
    Settings settings = read();
    assertThat(settings.floor(Settings.MTLS_FLOOR, TlsMode.class, TlsMode.STRICT))
        .isEqualTo(TlsMode.STRICT);
    assertThat(settings.takeWarnings())
        .containsExactly(
            "weft.mtls.floor: TIGHT (expected: one of [DISABLE, PERMISSIVE, STRICT]; taken for"
                + " STRICT)");
  }

  @Test
  void sizes() {
    assertThat(read().size(Settings.RETRY_BODY_LIMIT, 1 << 20)).isEqualTo(65_536);
    for (Map.Entry<String, Long> one :
        Map.of("0", 0L, "512", 512L, "2KiB", 2_048L, "1MiB", 1L << 20).entrySet()) {
      properties.setProperty("weft.retry.body.limit", one.getKey());
      assertThat(read().size(Settings.RETRY_BODY_LIMIT, 1 << 20)).isEqualTo(one.getValue());
    }
    for (String wrong : List.of("-1", "64K", "64 KiB", "2MiB", "KiB", "9999999999")) {
      properties.setProperty("weft.retry.body.limit", wrong);
      Settings settings = read();
      assertThat(settings.size(Settings.RETRY_BODY_LIMIT, 1 << 20)).isEqualTo(65_536);
      assertThat(settings.takeWarnings())
          .containsExactly(
              "weft.retry.body.limit: "
                  + wrong
                  + " (expected: a size such as 512, 64KiB, 1MiB, at most 1048576 bytes)");
    }
  }

  @Test
  void whatIsSetHere_isToldFromTheDefault() {
    assertThat(read().own(Settings.EGRESS, EgressMode.class)).isNull();
    properties.setProperty("weft.egress", "allow_any");
    assertThat(read().own(Settings.EGRESS, EgressMode.class)).isEqualTo(EgressMode.ALLOW_ANY);
    properties.setProperty("weft.egress", "REGISTRY_ONLY");
    assertThat(read().own(Settings.EGRESS, EgressMode.class)).isEqualTo(EgressMode.REGISTRY_ONLY);
    properties.setProperty("weft.egress", "NONE");
    Settings wrong = read();
    assertThat(wrong.own(Settings.EGRESS, EgressMode.class)).isNull();
    assertThat(wrong.takeWarnings())
        .containsExactly("weft.egress: NONE (expected: one of [ALLOW_ANY, REGISTRY_ONLY])");
  }

  @Test
  void everyKey_canBeSaidForTheWholeMesh_orIsRefusedThereForAReason() {
    List<String> known = new ArrayList<>(MeshConfig.names());
    known.addAll(MeshConfig.refusedNames().keySet());
    assertThat(known)
        .containsExactlyInAnyOrderElementsOf(
            Settings.KEYS.stream().map(Settings.Key::name).toList());
  }

  @Test
  void anUnknownKey_isSaidWithTheNearestKnownOne() {
    properties.setProperty("weft.serivce", "orders");
    assertThat(read().takeWarnings())
        .containsExactly("weft.serivce: unknown setting (nearest: weft.service)");
  }

  /**
   * Kubernetes gives each process variables for each Service, of one called weft-coordinator too.
   */
  @Test
  void aMistypedVariable_isSaid_andOthersAreLeftAlone() {
    environment.put("WEFT_SERVICE", "orders");
    environment.put("WEFT_MTLS_FLOR", "STRICT");
    environment.put("WEFT_JOINTOKEN", "x");
    environment.put("WEFT_COORDINATOR_SERVICE_HOST", "10.0.0.1");
    environment.put("WEFT_COORDINATOR_PORT", "tcp://10.0.0.1:7471");
    environment.put("WEFT_COORDINATOR_PORT_7471_TCP", "tcp://10.0.0.1:7471");
    environment.put("WEFT_JAVA_OPTIONS", "-Xmx64m");
    environment.put("WEFT_ADMIN_CA", "ca.pem");
    environment.put("WEFT_JDK17", "/jdk");
    environment.put("WEFT_DEBUG", "1");
    assertThat(read().takeWarnings())
        .containsExactlyInAnyOrder(
            "WEFT_MTLS_FLOR: unknown variable (nearest: WEFT_MTLS_FLOOR)",
            "WEFT_JOINTOKEN: unknown variable (nearest: WEFT_JOIN_TOKEN)");
  }

  @Test
  void modules_areSwitchedOffOneByOne() {
    properties.setProperty("weft.module.tomcat.enabled", "false");
    Settings settings = read();
    assertThat(settings.moduleEnabled("tomcat")).isFalse();
    assertThat(settings.moduleEnabled("java-http-client")).isTrue();
    assertThat(settings.takeWarnings()).isEmpty();
  }

  private Settings read() {
    return Settings.read(properties, environment);
  }
}
