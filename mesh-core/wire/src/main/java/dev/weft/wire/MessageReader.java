package dev.weft.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes messages of payloads; a method for each direction. */
final class MessageReader {
  private MessageReader() {}

  /** As {@link Message#decode}. */
  static Message read(byte[] payload) throws WireException {
    Map<String, Object> tree = Json.parseObject(payload, Bounds.NODES);
    Fields top = new Fields(tree, "frame");
    String type = top.string("t");
    Bounds.check(type, tree);
    Fields f = new Fields(tree, type);
    Message read = fromAgent(type, f);
    if (read == null) {
      read = fromCoordinator(type, f);
    }
    // Of any length: whoever shows it cuts it.
    return read == null ? new Message.Unknown(type) : read;
  }

  private static @Nullable Message fromAgent(String type, Fields f) throws WireException {
    switch (type) {
      case "join":
        return new Message.Join(
            f.string("token"),
            f.bytes("csr"),
            f.string("ns"),
            f.string("service"),
            f.string("instance"),
            f.string("agent"));
      case "renew":
        return new Message.Renew(f.bytes("csr"));
      case "hello":
        Fields resume = new Fields(f.tree("resume"), "hello.resume");
        Map<String, Long> revisions = new LinkedHashMap<>();
        Map<String, Object> services = resume.tree("services");
        Fields known = new Fields(services, "hello.resume.services");
        for (String service : services.keySet()) {
          revisions.put(service, known.number(service, -1));
        }
        return new Message.Hello(
            (int) f.number("proto", 0),
            f.string("agent"),
            f.string("instance"),
            f.stringMap("labels"),
            f.has("zone") ? f.string("zone") : "",
            resume.has("epoch") ? resume.string("epoch") : "",
            revisions,
            woven(f),
            f.bool("deflate"));
      case "woven":
        return new Message.WovenNow(woven(f), outside(f));
      case "subscribe":
        return new Message.Subscribe(f.strings("add"), f.strings("remove"));
      case "resolve":
        return new Message.Resolve(f.string("host"), (int) f.number("port", -1));
      case "register":
        List<Port> ports = new ArrayList<>();
        for (Fields port : f.objects("ports")) {
          ports.add(Port.of(port));
        }
        return new Message.Register(List.copyOf(ports), f.constant("state", InstanceState.class));
      case "ack":
        return new Message.Ack(f.number("n", -1));
      case "nack":
        return new Message.Nack(
            f.number("n", -1), f.string("resource"), f.string("path"), f.string("reason"));
      case "resync":
        return new Message.Resync(f.string("service"));
      case "report":
        List<EdgeReport> edges = new ArrayList<>();
        for (Fields edge : f.objects("edges")) {
          edges.add(EdgeReport.of(edge));
        }
        List<Message.Plaintext> plaintext = new ArrayList<>();
        for (Fields one : f.objects("plaintext")) {
          plaintext.add(
              new Message.Plaintext(
                  one.string("from"), one.number("requests", 0), one.number("lastMs", 0)));
        }
        return new Message.Report(
            List.copyOf(edges),
            List.copyOf(plaintext),
            f.has("metrics") ? f.string("metrics") : "");
      case "trusts":
        return new Message.Trusts(f.strings("roots"));
      case "ping":
        return new Message.Ping();
      case "bye":
        return new Message.Bye();
      default:
        return null;
    }
  }

  private static @Nullable Message fromCoordinator(String type, Fields f) throws WireException {
    switch (type) {
      case "joined":
        return new Message.Joined(
            f.bytesList("chain"), f.bytesList("bundle"), Revoked.all(f), f.string("trustDomain"));
      case "refused":
        return new Message.Refused(f.string("code"), f.string("message"));
      case "welcome":
        return new Message.Welcome(
            f.string("epoch"),
            f.strings("peers"),
            f.number("heartbeatMs", 3000),
            f.string("ns"),
            f.string("service"));
      case "push":
        return new Message.Push(
            f.number("n", -1),
            f.bool("full"),
            f.trees("upsert"),
            f.strings("remove"),
            f.bool("more"));
      case "endpoints":
        List<Instance> add = new ArrayList<>();
        for (Fields instance : f.objects("add")) {
          add.add(Instance.of(instance));
        }
        return new Message.Endpoints(
            f.string("service"),
            f.number("rev", -1),
            f.number("base", -1),
            List.copyOf(add),
            f.strings("remove"),
            f.bool("explicit"));
      case "resolved":
        return new Message.Resolved(
            f.string("host"),
            (int) f.number("port", -1),
            f.optionalString("service"),
            f.has("instance") ? f.string("instance") : "",
            f.number("ttlMs", 30_000));
      case "bundle":
        return new Message.Bundle(f.bytesList("bundle"), Revoked.all(f));
      case "renewNow":
        return new Message.RenewNow();
      case "goaway":
        return new Message.GoAway(f.number("afterMs", 0));
      case "pong":
        return new Message.Pong();
      case "drained":
        return new Message.Drained();
      default:
        return null;
    }
  }

  private static List<Message.Outside> outside(Fields f) throws WireException {
    List<Message.Outside> outside = new ArrayList<>();
    for (Fields one : f.objects("outside")) {
      outside.add(
          new Message.Outside(
              one.string("library"), one.string("host"), (int) one.number("port", 0)));
    }
    return List.copyOf(outside);
  }

  private static List<Message.Woven> woven(Fields f) throws WireException {
    List<Message.Woven> woven = new ArrayList<>();
    for (Fields one : f.objects("woven")) {
      woven.add(new Message.Woven(one.string("module"), one.bool("active"), one.string("reason")));
    }
    return List.copyOf(woven);
  }
}
