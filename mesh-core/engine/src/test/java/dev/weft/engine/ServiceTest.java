package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class ServiceTest {
  private static final long MILLI = 1_000_000L;
  private final Service service = new Service(new ServiceName("default", "orders"));
  private final IntUnaryOperator random = new Random(7)::nextInt;
  private long now = 1_000 * MILLI;

  @Test
  void noPortAndPort80_meanThePrimaryPort() {
    service.update(List.of(member("a", 8081), member("b", 9090)));

    assertThat(pickedPorts(-1)).containsOnlyKeys(8081, 9090);
    assertThat(pickedPorts(80)).containsOnlyKeys(8081, 9090);
  }

  @Test
  void aNamedPort_isThatOfTheInstancesThatHaveIt() {
    service.update(List.of(member("a", 8081), member("b", 9090)));

    assertThat(pickedPorts(9090)).containsOnlyKeys(9090);
    assertThat(service.pick(7777, now, random)).isNull();
    assertThat(refusal(7777).details()).contains("7777").contains("[8081, 9090]");
  }

  @Test
  void aPortThatIsReally80_isPreferredToThePrimary() {
    service.update(
        List.of(
            new Service.Member(
                "a",
                List.of(port(8081, true), port(80, false)),
                Map.of(),
                Endpoint.Standing.READY)));

    assertThat(pickedPorts(-1)).containsOnlyKeys(80);
  }

  @Test
  void drainingInstances_getNothing_suspectOnesOnlyIfThereIsNothingElse() {
    Service.Member draining = with(member("a", 1), Endpoint.Standing.DRAINING);
    Service.Member suspect = with(member("b", 2), Endpoint.Standing.SUSPECT);

    service.update(List.of(draining, suspect, member("c", 3)));
    assertThat(pickedPorts(-1)).containsOnlyKeys(3);

    service.update(List.of(draining, suspect));
    assertThat(pickedPorts(-1)).containsOnlyKeys(2);

    service.update(List.of(draining));
    assertThat(service.pick(-1, now, random)).isNull();
    assertThat(refusal(-1).details()).isEqualTo("no instance is ready");
  }

  @Test
  void anUnreachableEndpoint_isAvoided_untilThereIsNothingElse() {
    service.update(List.of(member("a", 1), member("b", 2)));
    Endpoint a = service.pinned("10.0.0.1", 1, now);
    assertThat(a).isNotNull();
    assertThat(a.becomeUnreachable()).isTrue();
    assertThat(a.becomeUnreachable()).as("only the first one starts a probe").isFalse();

    assertThat(pickedPorts(-1)).containsOnlyKeys(2);

    service.update(List.of(member("a", 1)));
    assertThat(pickedPorts(-1)).containsOnlyKeys(1);
  }

  @Test
  void whatWasSeenOfAnEndpoint_outlivesAnUpdate_butNotTheInstance() {
    service.update(List.of(member("a", 1), member("b", 2)));
    Endpoint before = service.pinned("10.0.0.1", 1, now);
    assertThat(before).isNotNull();
    before.becomeUnreachable();

    service.update(List.of(with(member("a", 1), Endpoint.Standing.SUSPECT), member("b", 2)));
    Endpoint after = service.pinned("10.0.0.1", 1, now);
    assertThat(after).isNotNull();
    assertThat(after.health()).isEqualTo(Endpoint.Health.UNREACHABLE);

    service.update(List.of(member("b", 2)));
    assertThat(before.gone()).isTrue();
    service.update(List.of(member("a", 1), member("b", 2)));
    Endpoint reborn = service.pinned("10.0.0.1", 1, now);
    assertThat(reborn).isNotNull();
    assertThat(reborn.health()).isEqualTo(Endpoint.Health.READY);
  }

  @Test
  void equallyQuickEndpoints_getAboutTheSame() {
    service.update(List.of(member("a", 1), member("b", 2), member("c", 3)));

    Map<Integer, Integer> picked = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      Endpoint endpoint = pickOne();
      endpoint.begin();
      now += MILLI;
      endpoint.end(now, MILLI);
      picked.merge(endpoint.facts().port(), 1, Integer::sum);
    }
    assertThat(picked.values()).allSatisfy(n -> assertThat(n).isBetween(800, 1_200));
  }

  @Test
  void aSlowEndpoint_getsLess_andMoreAgainWhenItIsQuickAgain() {
    service.update(List.of(member("a", 1), member("b", 2), member("c", 3)));

    assertThat(shareOfPort1(40 * MILLI)).as("slow").isLessThan(0.1);
    assertThat(shareOfPort1(MILLI)).as("after it has recovered").isGreaterThan(0.2);
  }

  @Test
  void outstandingRequests_weighOnAnEndpoint() {
    service.update(List.of(member("a", 1), member("b", 2)));
    List<Endpoint> held = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Endpoint endpoint = pickOne();
      endpoint.begin();
      held.add(endpoint);
    }
    long onA = held.stream().filter(e -> e.facts().port() == 1).count();
    assertThat(onA).isBetween(49L, 51L);
  }

  private double shareOfPort1(long rttOfPort1) {
    int onPort1 = 0;
    int calls = 60_000;
    for (int i = 0; i < calls; i++) {
      Endpoint endpoint = pickOne();
      boolean first = endpoint.facts().port() == 1;
      endpoint.begin();
      now += MILLI;
      endpoint.end(now, first ? rttOfPort1 : MILLI);
      // The second half is what counts: the averages have settled.
      onPort1 += first && i >= calls / 2 ? 1 : 0;
    }
    return onPort1 / (calls / 2.0);
  }

  private Endpoint pickOne() {
    Endpoint endpoint = service.pick(-1, now, random);
    assertThat(endpoint).isNotNull();
    return endpoint;
  }

  private Map<Integer, Integer> pickedPorts(int port) {
    Map<Integer, Integer> picked = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      Endpoint endpoint = service.pick(port, now, random);
      if (endpoint != null) {
        picked.merge(endpoint.facts().port(), 1, Integer::sum);
      }
    }
    return picked;
  }

  private Decision.Refuse refusal(int port) {
    Decision decision = Decision.outbound(service, port, null, true, now, random);
    assertThat(decision).isInstanceOf(Decision.Refuse.class);
    return (Decision.Refuse) decision;
  }

  private static Service.Member with(Service.Member member, Endpoint.Standing standing) {
    return new Service.Member(member.id(), member.ports(), member.labels(), standing);
  }

  private static Service.Member member(String id, int port) {
    return new Service.Member(id, List.of(port(port, true)), Map.of(), Endpoint.Standing.READY);
  }

  private static Service.MemberPort port(int number, boolean primary) {
    return new Service.MemberPort("10.0.0.1", number, primary, TlsMode.PERMISSIVE);
  }
}
