package dev.weft.coordinator.admin;

import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.AuditView;
import dev.weft.policy.Labels;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** How instances, services and agents look in JSON. */
final class Views {
  static final Comparator<AgentInfo> AGENTS =
      Comparator.comparing(AgentInfo::namespace)
          .thenComparing(AgentInfo::service)
          .thenComparing(AgentInfo::instance);

  private Views() {}

  /** Instances by their service, {@code namespace/name}. */
  static Map<String, List<Instance>> services(List<Instance> instances) {
    Map<String, List<Instance>> services = new TreeMap<>();
    for (Instance instance : instances) {
      services
          .computeIfAbsent(instance.namespace() + "/" + instance.service(), s -> new ArrayList<>())
          .add(instance);
    }
    return services;
  }

  /** A service in short, from all of its instances, of which there is at least one. */
  static Map<String, Object> service(List<Instance> instances) {
    TreeSet<Integer> ports = new TreeSet<>();
    TreeSet<String> versions = new TreeSet<>();
    TreeSet<String> modes = new TreeSet<>();
    int ready = 0;
    for (Instance instance : instances) {
      ready += usable(instance) ? 1 : 0;
      for (Port port : instance.ports()) {
        ports.add(port.number());
        modes.add(port.tls().name());
      }
      String version = instance.labels().get("version");
      if (version != null) {
        versions.add(version);
      }
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("namespace", instances.get(0).namespace());
    tree.put("name", instances.get(0).service());
    tree.put("instances", instances.size());
    tree.put("ready", ready);
    tree.put("versions", versions);
    tree.put("ports", ports);
    tree.put("mtls", modes);
    return tree;
  }

  /** A service, its instances, and which rule decides the mode of each of their ports. */
  static Map<String, Object> serviceInFull(
      List<Instance> instances, Collection<Resource> resources) {
    List<PeerAuthentication> policies = new ArrayList<>();
    for (Resource resource : resources) {
      if (resource.spec() instanceof PeerAuthentication policy) {
        policies.add(policy);
      }
    }
    List<Object> details = new ArrayList<>();
    for (Instance instance : instances) {
      Map<String, Object> tree = instance(instance);
      Map<String, String> labels = new HashMap<>(instance.labels());
      labels.put(Labels.APP, instance.service());
      List<Object> ports = new ArrayList<>();
      for (Port port : instance.ports()) {
        PeerAuthentication.Decision decision =
            PeerAuthentication.effective(policies, instance.namespace(), labels, port.number());
        Map<String, Object> withRule = new LinkedHashMap<>(port.tree());
        withRule.put("policy", decision.mode().name());
        withRule.put("rule", decision.rule());
        ports.add(withRule);
      }
      tree.put("ports", ports);
      details.add(tree);
    }
    Map<String, Object> tree = service(instances);
    tree.put("items", details);
    return tree;
  }

  static Map<String, Object> instance(Instance instance) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", instance.id());
    tree.put("namespace", instance.namespace());
    tree.put("service", instance.service());
    tree.put("state", instance.state().name());
    tree.put("ports", instance.ports().stream().map(Port::tree).toList());
    tree.put("labels", new TreeMap<>(instance.labels()));
    tree.put("zone", instance.zone());
    tree.put("since", time(instance.sinceMillis()));
    return tree;
  }

  static Map<String, Object> agent(AgentInfo agent) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("instance", agent.instance());
    tree.put("namespace", agent.namespace());
    tree.put("service", agent.service());
    tree.put("remote", agent.remote());
    tree.put("version", agent.agentVersion());
    tree.put("connected", time(agent.connectedMillis()));
    tree.put("pushed", agent.pushed());
    tree.put("acked", agent.acked());
    tree.put("nacks", agent.nacks());
    tree.put("subscriptions", agent.subscriptions());
    List<Object> woven = new ArrayList<>();
    for (Message.Woven module : agent.woven()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("module", module.module());
      one.put("active", module.active());
      one.put("reason", module.reason());
      woven.add(one);
    }
    tree.put("woven", woven);
    List<Object> outside = new ArrayList<>();
    for (Message.Outside made : agent.outside()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("library", made.library());
      one.put("host", made.host());
      one.put("port", made.port());
      outside.add(one);
    }
    tree.put("outside", outside);
    tree.put("certificateExpiry", time(agent.certificateExpiryMillis()));
    tree.put("certificateSerial", agent.certificateSerial());
    return tree;
  }

  static Map<String, Object> plaintext(Message.Plaintext caller) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("source", caller.from());
    tree.put("requests", caller.requests());
    tree.put("lastSeen", time(caller.lastMillis()));
    return tree;
  }

  static Map<String, Object> audit(AuditView.Entry entry) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("time", time(entry.timeMillis()));
    tree.put("action", entry.action());
    tree.put("actor", entry.actor());
    tree.put("subject", entry.subject());
    tree.put("details", new TreeMap<>(entry.details()));
    return tree;
  }

  /** Whether callers send it requests as a matter of course. */
  private static boolean usable(Instance instance) {
    return instance.state() == InstanceState.READY || instance.state() == InstanceState.ORPHAN;
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
