package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.drive.Drive;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.Member;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Calls to addresses of instances, by clients that look services up by themselves. */
class AddressCallTest {
  private static final String SERVED = "http://10.0.0.1:8081/";
  private static final String MANAGED = "http://10.0.0.1:9090/";

  private final Properties properties = new Properties();

  @Test
  void pinned_goesWhereItWasSent() {
    Member member = TestMember.of(properties);
    Drive outbound = knowing(member, "a");
    assertThat(reached(outbound, SERVED)).containsExactly("10.0.0.1:8081");
    assertThat(reached(outbound, MANAGED)).containsExactly("10.0.0.1:9090");
  }

  @Test
  void rebalanced_goesToAnyInstance_whateverItsPort() {
    properties.setProperty("weft.adopt.addresses", "rebalance");
    Member member = TestMember.of(properties);
    Drive outbound = knowing(member, "a");
    assertThat(reached(outbound, SERVED)).containsExactly("10.0.0.1:8081", "10.0.0.2:8082");
    assertThat(reached(outbound, MANAGED))
        .as("one instance's own management is not another's")
        .containsExactly("10.0.0.1:9090");
  }

  @Test
  void rebalanced_followsTheServicesRoutes() {
    properties.setProperty("weft.adopt.addresses", "rebalance");
    Member member = TestMember.of(properties);
    Drive outbound = knowing(member, "a");
    member
        .policy()
        .apply(
            new Message.Push(1, true, List.of(redirect()), List.of()),
            nack -> {
              throw new AssertionError(nack);
            });
    Call call = TestMember.call(outbound, new TestMember.Get(URI.create(SERVED)));
    assertThat(call).isNotNull();
    Attempt attempt = call.attempt();
    assertThat(attempt.refusal()).isNotNull();
    assertThat(attempt.refusal().status()).isEqualTo(302);
    attempt.abandoned();
  }

  @Test
  void rebalanced_isNeverACallToOneself() {
    properties.setProperty("weft.adopt.addresses", "rebalance");
    Member member = TestMember.of(properties);
    Drive outbound = knowing(member, member.node().instance());
    assertThat(reached(outbound, SERVED)).containsExactly("10.0.0.1:8081");
  }

  @Test
  void rebalanced_addressesOfNobodyAreNoneOfTheMeshs() {
    properties.setProperty("weft.adopt.addresses", "rebalance");
    Member member = TestMember.of(properties);
    Drive outbound = knowing(member, "a");
    member
        .directory()
        .endpoints(new Message.Endpoints("default/orders", 2, 1, List.of(), List.of("a"), true));
    assertThat(TestMember.call(outbound, new TestMember.Get(URI.create(SERVED)))).isNull();
  }

  /** Two instances of orders, with a port of service and one of management each. */
  private static Drive knowing(Member member, String first) {
    member.directory().connected();
    Drive outbound = new HostMesh(member, (what, why) -> {}).outbound();
    for (String uri : List.of(SERVED, MANAGED)) {
      assertThat(TestMember.call(outbound, new TestMember.Get(URI.create(uri))))
          .as("not known yet")
          .isNull();
      int port = URI.create(uri).getPort();
      member
          .directory()
          .resolved(new Message.Resolved("10.0.0.1", port, "default/orders", first, 30_000));
    }
    member
        .directory()
        .endpoints(
            new Message.Endpoints(
                "default/orders",
                1,
                -1,
                List.of(instance(first, "10.0.0.1", 8081), instance("b", "10.0.0.2", 8082)),
                List.of(),
                true));
    return outbound;
  }

  private static Instance instance(String id, String address, int port) {
    return new Instance(
        id,
        "default",
        "orders",
        List.of(
            new Port(address, port, "test", true, TlsMode.DISABLE),
            new Port(address, 9090, "test", false, TlsMode.DISABLE)),
        Map.of(),
        "",
        InstanceState.READY,
        1);
  }

  private static Map<String, Object> redirect() {
    return Map.of(
        "apiVersion",
        "gateway.networking.k8s.io/v1",
        "kind",
        "HTTPRoute",
        "metadata",
        Map.of("name", "away", "namespace", "default"),
        "spec",
        Map.of(
            "parentRefs",
            List.of(Map.of("group", "", "kind", "Service", "name", "orders")),
            "rules",
            List.of(
                Map.of(
                    "filters",
                    List.of(
                        Map.of(
                            "type",
                            "RequestRedirect",
                            "requestRedirect",
                            Map.of("hostname", "elsewhere")))))));
  }

  /** Where a hundred calls go. */
  private static Set<String> reached(Drive outbound, String uri) {
    Set<String> reached = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      Call call = TestMember.call(outbound, new TestMember.Get(URI.create(uri)));
      assertThat(call).isNotNull();
      Attempt attempt = call.attempt();
      assertThat(attempt.refusal()).isNull();
      reached.add(
          attempt.address().getAddress().getHostAddress() + ":" + attempt.address().getPort());
      attempt.responded(200, null);
    }
    return reached;
  }
}
