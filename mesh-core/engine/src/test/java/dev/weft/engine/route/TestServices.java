package dev.weft.engine.route;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Service;
import dev.weft.engine.TestSurroundings;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Live services for tests; those that are asked for come to be, without any instance. */
public final class TestServices implements Live {
  private final Map<ServiceName, Service> services = new LinkedHashMap<>();
  private final TestSurroundings surroundings;

  public TestServices() {
    this(new TestSurroundings());
  }

  public TestServices(TestSurroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Service service(ServiceName app) {
    return services.computeIfAbsent(app, name -> new Service(name, surroundings.get()));
  }

  /** Gives an app this many instances, on ports from {@code firstPort} on. */
  public void instances(String app, int count, int firstPort, Map<String, String> labels) {
    List<Service.Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(member(app + "-" + i, firstPort + i, TlsMode.PERMISSIVE, labels));
    }
    service(TestRoute.service(app)).update(members);
  }

  public static Service.Member member(
      String id, int port, TlsMode tls, Map<String, String> labels) {
    return new Service.Member(
        id,
        List.of(new Service.MemberPort("10.0.0.1", port, true, tls)),
        labels,
        Endpoint.Standing.READY);
  }

  public Routing routing(Policies policies, String service, int port, String caller) {
    return Routing.compile(
        TestRoute.service(service), port, caller, policies, this, new Expressions());
  }

  /** The name of the first backend of the rule that matches; {@code none} if none does. */
  String backend(Policies policies, String service, int port, String caller, RequestHead head) {
    RouteMatch match = routing(policies, service, port, caller).select(head);
    return match == null ? "none" : match.rule().backends().get(0).service().name();
  }
}
