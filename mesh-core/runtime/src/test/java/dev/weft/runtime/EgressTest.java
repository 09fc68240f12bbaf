package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.policy.EgressMode;
import dev.weft.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class EgressTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final AtomicLong now = new AtomicLong();
  private final PolicyTable policy =
      new PolicyTable(
          "shop",
          "web",
          Map.of(),
          new MeshDefaults(Settings.read(new Properties(), Map.of())),
          service -> {
            throw new AssertionError("nobody is routed to");
          },
          now::get);

  private Egress egress(@Nullable EgressMode own, Duration startupWait) {
    Log log = new Log(Log.Level.WARN, new PrintStream(said, true), InstantSource.system());
    return new Egress(own, policy, "shop", new Joining(startupWait, now::get), now::get, log);
  }

  private void learn(Map<?, ?>... specs) {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (Map<?, ?> spec : specs) {
      trees.add(
          Map.of(
              "apiVersion",
              "weft.dev/v1alpha1",
              "kind",
              "MeshService",
              "metadata",
              Map.of("name", "m" + trees.size(), "namespace", "weft-system"),
              "spec",
              spec));
    }
    policy.apply(
        new Message.Push(1, true, trees, List.of()),
        nack -> {
          throw new AssertionError(nack);
        });
  }

  private static Decision.Refuse refused(Egress egress, String host) {
    Decision.Refuse refuse = egress.refusal(host, 443);
    assertThat(refuse).as(host).isNotNull();
    return refuse;
  }

  @Test
  void nothingSaid_nothingIsClosed() {
    assertThat(egress(null, Duration.ZERO).closed()).isFalse();
    learn();
    assertThat(egress(null, Duration.ZERO).closed()).isFalse();
  }

  @Test
  void whatIsSetHere_countsMoreThanPolicy() {
    learn(Map.of("egress", "REGISTRY_ONLY"));
    assertThat(egress(null, Duration.ZERO).closed()).isTrue();
    assertThat(egress(EgressMode.ALLOW_ANY, Duration.ZERO).closed()).isFalse();
    learn(Map.of("egress", "ALLOW_ANY"));
    assertThat(egress(null, Duration.ZERO).closed()).isFalse();
    assertThat(egress(EgressMode.REGISTRY_ONLY, Duration.ZERO).closed()).isTrue();
  }

  @Test
  void whatIsNotAllowed_isDenied_andSaysHowToAllowIt() {
    learn(Map.of("egress", "REGISTRY_ONLY"), Map.of("egress", "ALLOW", "hosts", List.of("a.b.c")));
    Egress egress = egress(null, Duration.ZERO);

    assertThat(egress.refusal("A.B.C.", 443)).isNull();
    Decision.Refuse refuse = refused(egress, "Api.Example.COM");
    assertThat(refuse.status()).isEqualTo(403);
    assertThat(refuse.error()).isEqualTo("http_request_denied");
    assertThat(refuse.rule()).isEqualTo("MeshService weft-system/m0");
    assertThat(refuse.details())
        .isEqualTo(
            "api.example.com is no host of the mesh that is known here, and MeshService weft-system/m0 is"
                + " REGISTRY_ONLY; to allow it, apply a MeshService in the namespace shop, or in"
                + " weft-system for the whole mesh, with spec: {egress: ALLOW, hosts:"
                + " [\"api.example.com\"]}");
    assertThat(refused(egress, "192.0.2.1").details()).contains("addresses: [\"192.0.2.1\"]");
    assertThat(refused(egress(EgressMode.REGISTRY_ONLY, Duration.ZERO), "example.com").rule())
        .isEqualTo("weft.egress");
  }

  @Test
  void eachHostIsLoggedOnce() {
    learn();
    Egress egress = egress(EgressMode.REGISTRY_ONLY, Duration.ZERO);
    for (int i = 0; i < 3; i++) {
      refused(egress, "example.com");
      refused(egress, "example.net");
    }
    assertThat(said.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains(" WARN refused: example."));
  }

  @Test
  void notEveryHostOfACrawler_isLogged() {
    learn();
    Egress egress = egress(EgressMode.REGISTRY_ONLY, Duration.ZERO);
    for (int i = 0; i < 3 * Egress.MAX_SAID; i++) {
      refused(egress, "host" + i + ".example.com");
    }
    assertThat(said.toString(StandardCharsets.UTF_8).lines())
        .hasSize(Egress.MAX_SAID + 1)
        .last()
        .asString()
        .endsWith("refused: calls to more hosts than 100; of others nothing is said");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "127.1.2.3",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "::1",
        "[::FFFF:127.0.0.1]"
      })
  void loopback_isNotOutside(String host) {
    Egress egress = egress(EgressMode.REGISTRY_ONLY, Duration.ofDays(1));
    egress.await(host, Patience.BLOCKING); // not for a day
    assertThat(egress.refusal(host, 80)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1.example.com",
        "127.0.0",
        "127.0.0.256",
        "127.0.0.1.1",
        "127.example.com",
        "localhost.example.com",
        "0.0.0.0",
        "10.0.0.1",
        "[::2]",
        "[::1%25eth0]",
        "::1::",
        "[::11]",
        "[1::1]",
        "[::ffff:10.0.0.1]",
        "[::fffe:127.0.0.1]",
        "[::1:127.0.0.1]",
        "[127.0.0.1]",
        ":127.0.0.1",
        "[fe80::1]",
        "169.254.169.254"
      })
  void anythingElse_is(String host) {
    learn();
    assertThat(refused(egress(EgressMode.REGISTRY_ONLY, Duration.ZERO), host).status())
        .isEqualTo(403);
  }

  @Test
  void beforeAnythingIsLearnt_closedHere_meansClosed() {
    Egress egress = egress(EgressMode.REGISTRY_ONLY, Duration.ofSeconds(3));
    now.addAndGet(Duration.ofSeconds(3).toNanos());
    egress.await("example.com", Patience.BLOCKING); // no longer
    Decision.Refuse refuse = refused(egress, "example.com");
    assertThat(refuse.status()).isEqualTo(503);
    assertThat(refuse.error()).isEqualTo("destination_unavailable");
    assertThat(refuse.retryAfterSeconds()).isEqualTo(1);
    assertThat(refuse.details())
        .isEqualTo(
            "example.com cannot be known to be allowed: nothing has been learnt from a coordinator"
                + " yet, and weft.egress is REGISTRY_ONLY");

    learn(Map.of("egress", "ALLOW", "hosts", List.of("example.com")));
    assertThat(egress.refusal("example.com", 443)).isNull();
  }

  @Test
  void theFirstPolicy_isWaitedFor() throws Exception {
    Egress egress = egress(EgressMode.REGISTRY_ONLY, Duration.ofDays(1));
    Thread caller = new Thread(() -> egress.await("example.com", Patience.BLOCKING));
    caller.start();
    while (caller.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    learn(Map.of("egress", "ALLOW", "hosts", List.of("example.com")));
    caller.join();
    assertThat(egress.refusal("example.com", 443)).isNull();
  }
}
