package dev.weft.wire;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages between agent and coordinator, both ways; {@code docs/protocol.md} says who says
 * which when. A field that the protocol does not know is ignored, so that a newer peer can be
 * spoken to.
 */
public sealed interface Message {
  /** The protocol's version. A coordinator speaks this one and the one before. */
  int PROTOCOL = 1;

  /** The application protocol negotiated in TLS (ALPN). */
  String ALPN = "weft/1";

  /** The name in {@code t}. */
  String type();

  /** All fields but {@code t}. */
  Map<String, @Nullable Object> fields();

  /** The payload of this message's frame; nothing in it is beyond its bounds. */
  default byte[] encode() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("t", type());
    tree.putAll(Bounds.fitted(type(), fields()));
    return Json.bytes(tree);
  }

  // ---- agent → coordinator

  /** Asks for a first certificate, on a connection without one. */
  record Join(
      String token, byte[] csr, String namespace, String service, String instance, String agent)
      implements Message {
    @Override
    public String type() {
      return "join";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "token",
          token,
          "csr",
          base64(csr),
          "ns",
          namespace,
          "service",
          service,
          "instance",
          instance,
          "agent",
          agent);
    }
  }

  /** Asks for the next certificate, on a connection that has one. Answered by {@link Joined}. */
  record Renew(byte[] csr) implements Message {
    @Override
    public String type() {
      return "renew";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("csr", base64(csr));
    }
  }

  /**
   * Opens the conversation.
   *
   * @param epoch of the coordinator that {@code revisions} were learnt from; empty at first
   * @param revisions last known revision of each subscribed service, {@code namespace/service}
   * @param woven what is woven and what is not
   * @param deflate whether it reads {@link Deflated} frames
   */
  record Hello(
      int proto,
      String agent,
      String instance,
      Map<String, String> labels,
      String zone,
      String epoch,
      Map<String, Long> revisions,
      List<Woven> woven,
      boolean deflate)
      implements Message {
    @Override
    public String type() {
      return "hello";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "proto",
          proto,
          "agent",
          agent,
          "instance",
          instance,
          "labels",
          labels,
          "zone",
          zone,
          "resume",
          tree("epoch", epoch, "services", revisions),
          "woven",
          woven.stream().map(Woven::tree).toList(),
          "deflate",
          deflate);
    }
  }

  /**
   * One instrumentation module's state, for {@code weft agents}. Reason is empty when all is well.
   */
  record Woven(String module, boolean active, String reason) {
    Map<String, @Nullable Object> tree() {
      return Message.tree("module", module, "active", active, "reason", reason);
    }
  }

  /**
   * Something of a process that the mesh does not reach.
   *
   * @param library the class that made it
   * @param host where its connections lead; empty for a port of the process's own
   */
  record Outside(String library, String host, int port) {
    Map<String, @Nullable Object> tree() {
      return Message.tree("library", library, "host", host, "port", port);
    }
  }

  /** What is woven now, and what the mesh does not reach; sent when it changes. */
  record WovenNow(List<Woven> woven, List<Outside> outside) implements Message {
    @Override
    public String type() {
      return "woven";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "woven",
          woven.stream().map(Woven::tree).toList(),
          "outside",
          outside.stream().map(Outside::tree).toList());
    }
  }

  /** Begins and ends interest in services, each {@code namespace/service}. */
  record Subscribe(List<String> add, List<String> remove) implements Message {
    @Override
    public String type() {
      return "subscribe";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("add", add, "remove", remove);
    }
  }

  /** Asks which service a host and port belong to. Port -1: the URI had none. */
  record Resolve(String host, int port) implements Message {
    @Override
    public String type() {
      return "resolve";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("host", host, "port", port);
    }
  }

  /** What this instance serves, whole, whenever it changes. */
  record Register(List<Port> ports, InstanceState state) implements Message {
    @Override
    public String type() {
      return "register";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("ports", ports.stream().map(Port::tree).toList(), "state", state.name());
    }
  }

  /** Push {@code n} is in force. */
  record Ack(long n) implements Message {
    @Override
    public String type() {
      return "ack";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("n", n);
    }
  }

  /** One resource of push {@code n} is not understood; the rest of the push is in force. */
  record Nack(long n, String resource, String path, String reason) implements Message {
    @Override
    public String type() {
      return "nack";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("n", n, "resource", resource, "path", path, "reason", reason);
    }
  }

  /** The last revision of a service was not the base of its delta: send it whole. */
  record Resync(String service) implements Message {
    @Override
    public String type() {
      return "resync";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("service", service);
    }
  }

  /**
   * What this process has counted since it started, whole each time. May be dropped on either side.
   *
   * @param metrics {@code address:port} of its metrics; empty: none
   */
  record Report(List<EdgeReport> edges, List<Plaintext> plaintext, String metrics)
      implements Message {
    @Override
    public String type() {
      return "report";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "edges",
          edges.stream().map(EdgeReport::tree).toList(),
          "plaintext",
          plaintext.stream()
              .map(p -> tree("from", p.from(), "requests", p.requests(), "lastMs", p.lastMillis()))
              .toList(),
          "metrics",
          metrics);
    }
  }

  /**
   * Somebody who calls without mesh TLS.
   *
   * @param from IP address
   * @param lastMillis wall-clock milliseconds of the last request
   */
  record Plaintext(String from, long requests, long lastMillis) {}

  /**
   * The roots that are in force, by the SHA-256 of their certificates in lower-case hexadecimal.
   * Said when a stream opens, and after each {@link Bundle} and {@link Joined}.
   */
  record Trusts(List<String> roots) implements Message {
    @Override
    public String type() {
      return "trusts";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("roots", roots);
    }
  }

  /** Any frame renews the lease; this one does nothing else. Answered by {@link Pong}. */
  record Ping() implements Message {
    @Override
    public String type() {
      return "ping";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  /** This instance is gone for good; its endpoints leave at once. */
  record Bye() implements Message {
    @Override
    public String type() {
      return "bye";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  // ---- coordinator → agent

  /**
   * A certificate: leaf first, then intermediates; and the roots to trust, all DER; and what of
   * theirs is not to be believed.
   */
  record Joined(List<byte[]> chain, List<byte[]> bundle, List<Revoked> revoked, String trustDomain)
      implements Message {
    @Override
    public String type() {
      return "joined";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "chain",
          base64(chain),
          "bundle",
          base64(bundle),
          "revoked",
          Revoked.trees(revoked),
          "trustDomain",
          trustDomain);
    }
  }

  /** The request before was refused; the connection closes if it was a join or a hello. */
  record Refused(String code, String message) implements Message {
    @Override
    public String type() {
      return "refused";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("code", code, "message", message);
    }
  }

  /**
   * Answers {@link Hello}. Peers are the mesh addresses, {@code host:port}, of all coordinators.
   * Namespace and service are those of the certificate.
   */
  record Welcome(
      String epoch, List<String> peers, long heartbeatMillis, String namespace, String service)
      implements Message {
    @Override
    public String type() {
      return "welcome";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "epoch",
          epoch,
          "peers",
          peers,
          "heartbeatMs",
          heartbeatMillis,
          "ns",
          namespace,
          "service",
          service);
    }
  }

  /**
   * Policy. The first push of a connection is the whole ({@code full}); those after it are changes.
   * Resources are as in the admin API; {@code remove} holds {@code Kind/namespace/name}. {@code
   * more} tells that it goes on in the next push: nothing of it counts before all of it is there.
   */
  record Push(
      long n, boolean full, List<Map<String, Object>> upsert, List<String> remove, boolean more)
      implements Message {
    /** One that is whole. */
    public Push(long n, boolean full, List<Map<String, Object>> upsert, List<String> remove) {
      this(n, full, upsert, remove, false);
    }

    @Override
    public String type() {
      return "push";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("n", n, "full", full, "upsert", upsert, "remove", remove, "more", more);
    }
  }

  /**
   * Instances of one service. Base -1: {@code add} is all there are; otherwise a change of revision
   * {@code base}. {@code explicit} tells that every removed instance said bye or left its lease: an
   * unexplained empty list is suspect.
   */
  record Endpoints(
      String service,
      long revision,
      long base,
      List<Instance> add,
      List<String> remove,
      boolean explicit)
      implements Message {
    @Override
    public String type() {
      return "endpoints";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "service",
          service,
          "rev",
          revision,
          "base",
          base,
          "add",
          add.stream().map(Instance::tree).toList(),
          "remove",
          remove,
          "explicit",
          explicit);
    }
  }

  /**
   * Answers {@link Resolve}, and is said again unasked when the answer changes. Service null:
   * nobody knows this name; instance empty: a service's name, otherwise the address of that
   * instance.
   */
  record Resolved(String host, int port, @Nullable String service, String instance, long ttlMillis)
      implements Message {
    @Override
    public String type() {
      return "resolved";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree(
          "host", host, "port", port, "service", service, "instance", instance, "ttlMs", ttlMillis);
    }
  }

  /** The roots to trust from now on, DER, and what of theirs is not to be believed. */
  record Bundle(List<byte[]> bundle, List<Revoked> revoked) implements Message {
    @Override
    public String type() {
      return "bundle";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("bundle", base64(bundle), "revoked", Revoked.trees(revoked));
    }
  }

  /** Renew the certificate now, whatever its age (the CA rotates or somebody asked for it). */
  record RenewNow() implements Message {
    @Override
    public String type() {
      return "renewNow";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  /** This connection ends after so many milliseconds: connect again, somewhere else if possible. */
  record GoAway(long afterMillis) implements Message {
    @Override
    public String type() {
      return "goaway";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return tree("afterMs", afterMillis);
    }
  }

  /** Answers {@link Ping}. */
  record Pong() implements Message {
    @Override
    public String type() {
      return "pong";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  /** Every subscriber has acknowledged that this instance is draining, or two seconds are over. */
  record Drained() implements Message {
    @Override
    public String type() {
      return "drained";
    }

    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  /** A type that this side does not know: from a newer peer; to be ignored. */
  record Unknown(String type) implements Message {
    @Override
    public Map<String, @Nullable Object> fields() {
      return Map.of();
    }
  }

  /**
   * Reads a frame's payload.
   *
   * @throws WireException if it is not JSON, has no type, or a field of a known type is missing,
   *     wrong, or beyond its bound; the message names the field
   */
  static Message decode(byte[] payload) throws WireException {
    return MessageReader.read(payload);
  }

  private static Map<String, @Nullable Object> tree(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      tree.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return tree;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static List<String> base64(List<byte[]> all) {
    return all.stream().map(Message::base64).toList();
  }
}
