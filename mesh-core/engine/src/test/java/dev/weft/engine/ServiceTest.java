package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceTest {
  private static final long MILLI = 1_000_000L;
  private final TestSurroundings time = new TestSurroundings();
  private final Service service = new Service(new ServiceName("default", "orders"), time.get());

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
    assertThat(pick(7777)).isNull();
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
    assertThat(pick(-1)).isNull();
    assertThat(refusal(-1).details()).isEqualTo("no instance is ready");
  }

  @Test
  void anUnreachableEndpoint_isAvoided_untilThereIsNothingElse() {
    service.update(List.of(member("a", 1), member("b", 2)));
    Endpoint a = pool(-1).pinned("10.0.0.1", 1);
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
    Endpoint before = pool(-1).pinned("10.0.0.1", 1);
    assertThat(before).isNotNull();
    before.becomeUnreachable();

    service.update(List.of(with(member("a", 1), Endpoint.Standing.SUSPECT), member("b", 2)));
    Endpoint after = pool(-1).pinned("10.0.0.1", 1);
    assertThat(after).isNotNull();
    assertThat(after.health()).isEqualTo(Endpoint.Health.UNREACHABLE);

    service.update(List.of(member("b", 2)));
    assertThat(before.gone()).isTrue();
    service.update(List.of(member("a", 1), member("b", 2)));
    Endpoint reborn = pool(-1).pinned("10.0.0.1", 1);
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
      time.advance(MILLI);
      endpoint.end(time.now(), MILLI, Endpoint.Outcome.SUCCESS);
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
      time.advance(MILLI);
      endpoint.end(time.now(), first ? rttOfPort1 : MILLI, Endpoint.Outcome.SUCCESS);
      // The second half is what counts: the averages have settled.
      onPort1 += first && i >= calls / 2 ? 1 : 0;
    }
    return onPort1 / (calls / 2.0);
  }

  private Pool pool(int port) {
    return service.pool(Map.of(), port, Traffic.DEFAULT);
  }

  private Endpoint pick(int port) {
    return pool(port).pick(Pick.ANY, time.now());
  }

  private Endpoint pickOne() {
    Endpoint endpoint = pick(-1);
    assertThat(endpoint).isNotNull();
    return endpoint;
  }

  private Map<Integer, Integer> pickedPorts(int port) {
    Map<Integer, Integer> picked = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      Endpoint endpoint = pick(port);
      if (endpoint != null) {
        picked.merge(endpoint.facts().port(), 1, Integer::sum);
      }
    }
    return picked;
  }

  private Decision.Refuse refusal(int port) {
    assertThat(pick(port)).isNull();
    return Decision.nobody(pool(port), service.rule());
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
