package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.TlsMode;
import dev.weft.wire.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** As they come, with policy, and go. */
class MeshDefaultsTest {
  private final Properties properties = new Properties();
  private MeshDefaults defaults = new MeshDefaults(Settings.read(properties, Map.of()));

  private PolicyTable table() {
    defaults = new MeshDefaults(Settings.read(properties, Map.of()));
    return new PolicyTable(
        "default",
        "web",
        Map.of(),
        defaults,
        service -> {
          throw new AssertionError("nobody is routed to");
        },
        System::nanoTime);
  }

  private static void push(PolicyTable table, Map<String, Object> settings) {
    table.apply(
        new Message.Push(
            1,
            false,
            List.of(
                Map.of(
                    "apiVersion",
                    "weft.dev/v1alpha1",
                    "kind",
                    "MeshConfig",
                    "metadata",
                    Map.of("name", "mesh", "namespace", "weft-system"),
                    "spec",
                    Map.of("settings", settings))),
            List.of()),
        nack -> {
          throw new AssertionError(nack);
        });
  }

  @Test
  void theMeshsHold_asLongAsTheyAreThere() {
    PolicyTable table = table();
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    push(
        table,
        Map.of(
            "weft.mtls.floor",
            "STRICT",
            "weft.errors.verbose",
            true,
            "weft.access.log.sample",
            0.5,
            "weft.drain.delay",
            "1m",
            "weft.drain.timeout",
            "7s"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(table.tlsMode(8080).rule()).isEqualTo("weft.mtls.floor");
    assertThat(defaults.verbose()).isTrue();
    assertThat(defaults.accessLogSample()).isEqualTo(0.5);
    assertThat(defaults.drainDelay()).isEqualTo(Duration.ofMinutes(1));
    assertThat(defaults.drainTimeout()).isEqualTo(Duration.ofSeconds(7));

    push(table, Map.of("weft.mtls.floor", "STRICT"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(defaults.verbose()).isFalse();
    table.apply(
        new Message.Push(2, false, List.of(), List.of("MeshConfig/weft-system/mesh")), nack -> {});
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    assertThat(defaults.drainDelay()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void whatClosesPortsThatCannotBeGuarded() {
    assertThat(closes()).isEqualTo("null null");
    properties.setProperty("weft.mtls.floor", "STRICT");
    assertThat(closes()).isEqualTo("weft.mtls.floor=STRICT weft.mtls.floor=STRICT");
    properties.setProperty("weft.mtls.own.tls", "allowed");
    assertThat(closes()).isEqualTo("weft.mtls.floor=STRICT null");
    properties.setProperty("weft.authorization.floor", "DENY");
    assertThat(closes()).isEqualTo("weft.authorization.floor=DENY weft.authorization.floor=DENY");
  }

  /** One that speaks plaintext, and one with a TLS of its own. */
  private String closes() {
    MeshDefaults read = new MeshDefaults(Settings.read(properties, Map.of()));
    return read.closes(false) + " " + read.closes(true);
  }

  @Test
  void whatTheProcessSaysItself_countsMore() {
    properties.setProperty("weft.mtls.floor", "PERMISSIVE");
    properties.setProperty("weft.errors.verbose", "false");
    PolicyTable table = table();
    push(
        table,
        Map.of("weft.mtls.floor", "STRICT", "weft.errors.verbose", true, "weft.drain.delay", "9s"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    assertThat(defaults.verbose()).isFalse();
    assertThat(defaults.drainDelay()).isEqualTo(Duration.ofSeconds(9));
  }
}
