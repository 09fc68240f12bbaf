package dev.weft.perf;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The Service of the engine's benchmarks: 1,000 instances, all ready. */
final class BenchService {
  static final ServiceName NAME = new ServiceName("default", "orders");
  private static final int ENDPOINTS = 1_000;

  private BenchService() {}

  /** The real clock and real chance; nothing is ever late enough for a timer. */
  static Surroundings surroundings() {
    return new Surroundings(
        System::nanoTime, (task, delay) -> {}, bound -> ThreadLocalRandom.current().nextInt(bound));
  }

  static Service make(Surroundings surroundings) {
    Service service = new Service(NAME, surroundings);
    List<Service.Member> members = new ArrayList<>();
    for (int i = 0; i < ENDPOINTS; i++) {
      String address = "10.0." + i / 250 + "." + i % 250;
      members.add(
          new Service.Member(
              "instance-" + i,
              List.of(new Service.MemberPort(address, 8080, true, TlsMode.PERMISSIVE)),
              Map.of("version", "v1"),
              Endpoint.Standing.READY));
    }
    service.update(members);
    return service;
  }
}
