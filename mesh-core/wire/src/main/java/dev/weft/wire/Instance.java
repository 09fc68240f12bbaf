package dev.weft.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An instance of a service as subscribers see it, and as the registry keeps it.
 *
 * @param id a UUID, one a process
 * @param namespace from the instance's certificate
 * @param service from the instance's certificate: the {@code app} that selectors match, and the
 *     service account of its SPIFFE ID
 * @param labels free labels ({@code version}, …); never {@code app}
 * @param zone empty if unknown
 * @param sinceMillis when it became ready, in the coordinator's wall-clock milliseconds
 */
public record Instance(
    String id,
    String namespace,
    String service,
    List<Port> ports,
    Map<String, String> labels,
    String zone,
    InstanceState state,
    long sinceMillis) {

  public Instance {
    ports = List.copyOf(ports);
    labels = Map.copyOf(labels);
  }

  static Instance of(Fields fields) throws WireException {
    List<Port> ports = new java.util.ArrayList<>();
    for (Fields port : fields.objects("ports")) {
      ports.add(Port.of(port));
    }
    return new Instance(
        fields.string("id"),
        fields.string("ns"),
        fields.string("service"),
        ports,
        fields.stringMap("labels"),
        fields.has("zone") ? fields.string("zone") : "",
        fields.constant("state", InstanceState.class),
        fields.number("since", 0));
  }

  /** Reads what {@link #tree()} wrote. */
  public static Instance parse(Map<String, ?> tree) throws WireException {
    Bounds.INSTANCE.check(tree, "instance");
    return of(new Fields(tree, "instance"));
  }

  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", id);
    tree.put("ns", namespace);
    tree.put("service", service);
    tree.put("ports", ports.stream().map(Port::tree).toList());
    tree.put("labels", labels);
    tree.put("zone", zone);
    tree.put("state", state.name());
    tree.put("since", sinceMillis);
    return tree;
  }
}
