package dev.weft.runtime.telemetry;

import dev.weft.engine.Service;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * {@code weft_endpoint_state}: what this process thinks of the endpoints that it calls. Of each
 * endpoint there is one sample, with the state that it is in, so that a state that nothing is in
 * costs nothing. Stateless.
 */
final class EndpointStates {
  /** Endpoints with a series of their own; those beyond are counted together. */
  static final int MAX_ENDPOINTS = 1_000;

  private static final String NAME = "weft_endpoint_state";

  private final Supplier<? extends Collection<Service>> services;

  EndpointStates(Supplier<? extends Collection<Service>> services) {
    this.services = services;
  }

  void write(Exposition out) {
    List<Service> inOrder = new ArrayList<>(services.get());
    inOrder.sort(Comparator.comparing(service -> service.name().toString()));
    Map<String, Long> samples = new TreeMap<>();
    int known = 0;
    for (Service service : inOrder) {
      List<Service.Shown> endpoints = new ArrayList<>(service.endpoints());
      endpoints.sort(
          Comparator.comparing(Service.Shown::address).thenComparingInt(Service.Shown::port));
      for (Service.Shown endpoint : endpoints) {
        boolean folded = ++known > MAX_ENDPOINTS;
        String labels =
            Exposition.labels(
                "destination",
                folded ? Edge.OTHER : service.name().toString(),
                "endpoint",
                folded ? Edge.OTHER : address(endpoint),
                "state",
                endpoint.state().name().toLowerCase(Locale.ROOT));
        // One that died and one that took over its address may be there side by side.
        samples.merge(labels, 1L, Long::sum);
      }
    }
    out.metric(NAME, "gauge", "Endpoints, by the state in which this process sees them.");
    samples.forEach((labels, count) -> out.sample(NAME, labels, count));
  }

  private static String address(Service.Shown endpoint) {
    String address = endpoint.address();
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + endpoint.port();
  }
}
