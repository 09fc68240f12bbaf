package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Call;
import dev.weft.drive.Drive;
import dev.weft.runtime.Member;
import dev.weft.wire.Message;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Calls that would leave the mesh, as an adapter asks about them. No coordinator is there. */
class EgressCallTest {
  private final Properties properties = new Properties();

  private static void learn(Member member, Map<?, ?>... specs) {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (Map<?, ?> spec : specs) {
      trees.add(
          Map.of(
              "apiVersion",
              "weft.dev/v1alpha1",
              "kind",
              "MeshService",
              "metadata",
              Map.of("name", "m" + trees.size(), "namespace", "default"),
              "spec",
              spec));
    }
    member
        .policy()
        .apply(
            new Message.Push(1, true, trees, List.of()),
            nack -> {
              throw new AssertionError(nack);
            });
  }

  private static Drive outbound(Member member) {
    return new HostMesh(member, (what, why) -> {}).outbound();
  }

  private static @Nullable Call call(Drive outbound, String uri) {
    return TestMember.call(outbound, new TestMember.Get(URI.create(uri)));
  }

  private static Refusal refusal(Drive outbound, String uri) {
    Call call = call(outbound, uri);
    assertThat(call).as(uri).isNotNull();
    assertThat(call.outside()).isTrue();
    assertThat(call.mirror()).isNull();
    Refusal refusal = call.attempt().refusal();
    assertThat(refusal).as(uri).isNotNull();
    return refusal;
  }

  @Test
  void open_everythingPasses() {
    Drive outbound = outbound(TestMember.of(properties));
    assertThat(call(outbound, "http://api.example.com/")).isNull();
    assertThat(call(outbound, "https://api.example.com/")).isNull();
  }

  @Test
  void closed_httpAndHttpsAreRefusedAlike_andCounted() {
    Member member = TestMember.of(properties);
    learn(member, Map.of("egress", "REGISTRY_ONLY"));
    Drive outbound = outbound(member);
    for (String uri :
        List.of(
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "http://192.0.2.1/",
            "https://[2001:db8::1]/")) {
      Refusal refusal = refusal(outbound, uri);
      assertThat(refusal.status()).isEqualTo(403);
      assertThat(refusal.summary())
          .startsWith("403 weft; error=http_request_denied; details=\"rule=MeshService default/m0");
      assertThat(new String(refusal.body(), StandardCharsets.UTF_8))
          .contains("\"rule\":\"MeshService default/m0\"", "egress: ALLOW");
    }
    assertThat(member.telemetry().exposition())
        .contains(
            "weft_requests_total{reporter=\"source\",source=\"default/web\","
                + "destination=\"outside\",route=\"MeshService default/m0\",method=\"GET\","
                + "code=\"403\",reason=\"http_request_denied\",mtls=\"false\"} 4");
  }

  @Test
  void closed_theMeshItselfAndLoopbackAndWhatIsAllowed_areNot() {
    Member member = TestMember.of(properties);
    learn(
        member,
        Map.of("egress", "REGISTRY_ONLY"),
        Map.of(
            "egress",
            "ALLOW",
            "hosts",
            List.of("*.example.com"),
            "addresses",
            List.of("192.0.2.1:443")),
        Map.of("service", "orders", "hosts", List.of("orders.example.com")));
    Drive outbound = outbound(member);
    assertThat(call(outbound, "http://api.example.com/")).isNull();
    assertThat(call(outbound, "https://api.example.com/")).isNull();
    assertThat(call(outbound, "https://192.0.2.1/")).isNull();
    assertThat(refusal(outbound, "http://192.0.2.1/").status()).isEqualTo(403);
    assertThat(call(outbound, "http://localhost:8080/")).isNull();
    assertThat(call(outbound, "https://127.0.0.1/")).isNull();
    // What is the mesh's stays the mesh's, though the outside of it may be called.
    Call adopted = call(outbound, "http://orders.example.com/");
    assertThat(adopted).isNotNull();
    assertThat(adopted.outside()).isFalse();
    assertThat(call(outbound, "https://orders.example.com/")).isNull();
  }

  @Test
  void closedHere_nothingLearnt_isClosed() {
    properties.setProperty("weft.egress", "REGISTRY_ONLY");
    Member member = TestMember.of(properties);
    Drive outbound = outbound(member);
    assertThat(refusal(outbound, "https://api.example.com/").status()).isEqualTo(503);
    assertThat(refusal(outbound, "http://orders/").status()).isEqualTo(503);
    assertThat(call(outbound, "http://localhost/")).isNull();
    learn(member);
    assertThat(refusal(outbound, "http://api.example.com/").summary())
        .contains("403", "rule=weft.egress");
  }
}
