package dev.weft.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code spec} of a Service. What Kubernetes fills in, and says nothing here, is accepted
 * with the values that it fills in.
 */
final class ServiceSpecReader {
  private static final int MAX_PORTS = 100;
  private static final String APP_EXPECTED =
      "the label app (or app.kubernetes.io/name): the name under which instances register";
  private static final String INSIDE = "the mesh opens no ports to the outside";
  private static final String ADDRESSES = "the mesh gives a Service no address of its own";

  private static final Pattern APP_PROTOCOL =
      Pattern.compile(
          "(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

  private ServiceSpecReader() {}

  static ServiceSpec read(Metadata metadata, FieldReader spec) {
    Map<String, String> labels = new LinkedHashMap<>();
    if (spec.has("selector")) {
      labels.putAll(spec.stringMap("selector", Selector.MAX_LABELS));
      Selector.check(spec, "selector", labels);
    }
    String app = app(spec, labels);
    labels.remove(Labels.APP);
    labels.remove(Labels.APP_NAME);
    List<ServiceSpec.Port> ports = ports(spec);
    readTheRest(spec);
    return new ServiceSpec(metadata, app, labels, ports);
  }

  private static String app(FieldReader spec, Map<String, String> selector) {
    String app = selector.get(Labels.APP);
    String other = selector.get(Labels.APP_NAME);
    if (app == null && other == null) {
      if (spec.has("selector")) {
        spec.wrong("selector", spec.any("selector"), APP_EXPECTED);
      } else {
        spec.problem(Problem.missing(spec.path("selector"), APP_EXPECTED));
      }
      return "";
    }
    String name = app != null ? app : other;
    if (other != null && !other.equals(name)) {
      spec.wrong(
          "selector",
          Labels.APP + "=" + app + ", " + Labels.APP_NAME + "=" + other,
          "the same value for both, for they are the same label here");
    } else if (name != null && !Dns1123.isLabel(name)) {
      spec.wrong("selector", name, "for " + Labels.APP + " " + Dns1123.LABEL);
    }
    return name == null ? "" : name;
  }

  private static List<ServiceSpec.Port> ports(FieldReader spec) {
    List<ServiceSpec.Port> ports = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    boolean several = spec.any("ports") instanceof List<?> list && list.size() > 1;
    spec.objects(
        "ports",
        MAX_PORTS,
        reader -> {
          ServiceSpec.Port port = port(reader);
          if (port.name() == null && several && !reader.has("name")) {
            reader.problem(
                Problem.missing(reader.path("name"), "a name, for there are several ports"));
          } else if (port.name() != null && !names.add(port.name())) {
            reader.wrong("name", port.name(), "a name that no other port has");
          }
          if (port.port() > 0 && !numbers.add(port.port())) {
            reader.wrong("port", port.port(), "a port that no other entry has");
          }
          ports.add(port);
        });
    return ports;
  }

  private static ServiceSpec.Port port(FieldReader reader) {
    String name = reader.string("name", Dns1123.LABEL);
    if (name != null && name.isEmpty()) {
      name = null;
    }
    if (name != null && !Dns1123.isLabel(name)) {
      reader.wrong("name", name, Dns1123.LABEL);
    }
    if (!reader.has("port")) {
      reader.problem(Problem.missing(reader.path("port"), "a port number from 1 to 65535"));
    }
    Integer port = reader.integer("port", 1, 65535);
    Integer target = null;
    if (reader.any("targetPort") instanceof String text) {
      reader.wrong(
          "targetPort",
          text,
          "a port number from 1 to 65535: instances have no ports by name here");
    } else {
      target = reader.integer("targetPort", 1, 65535);
    }
    reader.only("protocol", "TCP", "the mesh carries TCP");
    reader.only("nodePort", 0L, INSIDE);
    return new ServiceSpec.Port(
        name,
        port == null ? 0 : port,
        target != null ? target : port == null ? 0 : port,
        appProtocol(reader));
  }

  private static @Nullable String appProtocol(FieldReader reader) {
    String expected = "a protocol such as http, https, tcp or kubernetes.io/h2c";
    String protocol = reader.string("appProtocol", expected);
    if (protocol != null && !APP_PROTOCOL.matcher(protocol).matches()) {
      reader.wrong("appProtocol", protocol, expected);
    }
    return protocol;
  }

  private static void readTheRest(FieldReader spec) {
    // Addresses that Kubernetes gave it elsewhere; None, a headless Service, is what all are here.
    spec.ignore("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy");
    spec.only("type", "ClusterIP", INSIDE + "; an external name is a matter of DNS");
    spec.only(
        "sessionAffinity",
        "None",
        "a BackendTrafficPolicy with loadBalancer.type ConsistentHash keeps a user on an endpoint");
    spec.only("internalTrafficPolicy", "Cluster", "the mesh knows no nodes");
    spec.only("externalTrafficPolicy", "Cluster", "the mesh knows no nodes");
    spec.only("publishNotReadyAddresses", false, "instances get calls when they are ready");
    spec.only("allocateLoadBalancerNodePorts", true, INSIDE);
    spec.refuse("sessionAffinityConfig", "see sessionAffinity");
    spec.refuse("externalName", "names outside of the mesh are a matter of DNS");
    spec.refuse("externalIPs", ADDRESSES);
    spec.refuse("loadBalancerIP", INSIDE);
    spec.refuse("loadBalancerClass", INSIDE);
    spec.refuse("loadBalancerSourceRanges", INSIDE);
    spec.refuse("healthCheckNodePort", INSIDE);
    spec.refuse("trafficDistribution", "endpoints are chosen by how fast they answer");
  }
}
