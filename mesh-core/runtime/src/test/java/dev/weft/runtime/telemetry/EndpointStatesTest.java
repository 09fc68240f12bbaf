package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Pick;
import dev.weft.engine.Pool;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.Traffic;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointStatesTest {
  private final Surroundings surroundings =
      new Surroundings(() -> 0L, (task, delay) -> {}, bound -> 0);

  private Service service(String name, Service.Member... members) {
    Service service = new Service(new ServiceName("default", name), surroundings);
    service.update(List.of(members));
    return service;
  }

  private static Service.Member member(String id, String address, Endpoint.Standing standing) {
    return new Service.Member(
        id,
        List.of(
            new Service.MemberPort(address, 8080, true, TlsMode.PERMISSIVE),
            new Service.MemberPort(address, 9090, false, TlsMode.PERMISSIVE)),
        Map.of(),
        standing);
  }

  private static Pool called(Service service) {
    return service.pool(Map.of(), -1, Traffic.DEFAULT);
  }

  private static List<String> samples(Service... services) {
    Exposition out = new Exposition();
    new EndpointStates(() -> List.of(services)).write(out);
    return out.toString().lines().filter(line -> !line.startsWith("#")).toList();
  }

  private static String sample(String destination, String endpoint, String state, int count) {
    return "weft_endpoint_state{destination=\"%s\",endpoint=\"%s\",state=\"%s\"} %d"
        .formatted(destination, endpoint, state, count);
  }

  @Test
  void everyEndpointThatCouldBeCalled_isInOneState() {
    Service orders =
        service(
            "orders",
            member("a", "10.0.0.1", Endpoint.Standing.READY),
            member("b", "10.0.0.2", Endpoint.Standing.READY),
            member("c", "10.0.0.3", Endpoint.Standing.READY),
            member("d", "10.0.0.4", Endpoint.Standing.DRAINING),
            member("e", "fd00::5", Endpoint.Standing.SUSPECT));
    assertThat(samples(orders)).as("nobody calls it").isEmpty();
    Pool pool = called(orders);
    endpoint(pool, "10.0.0.2").becomeUnreachable();
    Endpoint failing = endpoint(pool, "10.0.0.3");
    for (int i = 0; i < 5; i++) {
      failing.begin();
      failing.end(0, 1, Endpoint.Outcome.FAILURE);
    }
    assertThat(samples(orders))
        .as("of the port that is called")
        .containsExactly(
            sample("default/orders", "10.0.0.1:8080", "ready", 1),
            sample("default/orders", "10.0.0.2:8080", "unreachable", 1),
            sample("default/orders", "10.0.0.3:8080", "ejected", 1),
            sample("default/orders", "10.0.0.4:8080", "draining", 1),
            sample("default/orders", "[fd00::5]:8080", "suspect", 1));
    orders.update(List.of(member("a", "10.0.0.1", Endpoint.Standing.READY)));
    assertThat(samples(orders))
        .as("who has left leaves")
        .containsExactly(sample("default/orders", "10.0.0.1:8080", "ready", 1));
  }

  private static Endpoint endpoint(Pool pool, String address) {
    Endpoint found = pool.pinned(address, 8080);
    if (found == null) {
      throw new AssertionError(address);
    }
    return found;
  }

  @Test
  void twoInstancesAtOneAddress_areOneSeries() {
    Service orders =
        service(
            "orders",
            member("before", "10.0.0.1", Endpoint.Standing.READY),
            member("after", "10.0.0.1", Endpoint.Standing.READY));
    assertThat(called(orders).pick(Pick.ANY, 0)).isNotNull();
    assertThat(samples(orders))
        .containsExactly(sample("default/orders", "10.0.0.1:8080", "ready", 2));
  }

  @Test
  void tooManyEndpoints_areOneMore() {
    List<Service.Member> members = new ArrayList<>();
    for (int i = 0; i < EndpointStates.MAX_ENDPOINTS + 50; i++) {
      String address = "10.0." + i / 200 + "." + i % 200;
      members.add(member("i" + i, address, Endpoint.Standing.READY));
    }
    Service orders = service("orders", members.toArray(new Service.Member[0]));
    Service stock = service("stock", member("s", "10.9.0.1", Endpoint.Standing.READY));
    assertThat(called(orders).pick(Pick.ANY, 0)).isNotNull();
    assertThat(called(stock).pick(Pick.ANY, 0)).isNotNull();
    assertThat(samples(stock, orders))
        .hasSize(EndpointStates.MAX_ENDPOINTS + 1)
        .contains(sample("other", "other", "ready", 51));
  }
}
