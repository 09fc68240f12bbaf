package dev.weft.wire;

import static dev.weft.wire.Bound.Form.ASCII;
import static dev.weft.wire.Bound.Form.HEX;
import static dev.weft.wire.Bound.Form.LABEL;
import static dev.weft.wire.Bound.Form.LABEL_KEY;
import static dev.weft.wire.Bound.Form.PEER;
import static dev.weft.wire.Bound.Form.SERVICE;
import static dev.weft.wire.Bound.Form.STATUS;
import static dev.weft.wire.Bound.Form.TEXT;
import static dev.weft.wire.Bound.Form.UUID;

import dev.weft.policy.TlsMode;
import dev.weft.wire.Bound.Binary;
import dev.weft.wire.Bound.Flag;
import dev.weft.wire.Bound.Many;
import dev.weft.wire.Bound.Named;
import dev.weft.wire.Bound.Resource;
import dev.weft.wire.Bound.Shape;
import dev.weft.wire.Bound.Text;
import dev.weft.wire.Bound.Whole;
import dev.weft.wire.Bound.Word;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The bound of every field of every message; the one place where they stand. What an agent says is
 * bounded by what one process can have; what a coordinator says, mostly by the frame, so that a
 * large mesh is not refused.
 */
public final class Bounds {
  /** Services in one {@code subscribe}; who follows more says so in several. */
  public static final int SUBSCRIBE = 1_000;

  /** Services that one stream follows, and so those that it may go on with. */
  public static final int SUBSCRIPTIONS = 5_000;

  /** Ports of an instance. */
  public static final int PORTS = 16;

  /** Different status codes, and different reasons, of one edge. */
  public static final int CODES = 64;

  public static final int REASONS = 32;

  /**
   * What a process can have counted. A million requests a second for eleven days; and the sums of
   * 20,000 such processes are still below 2⁶³.
   */
  public static final long COUNT = 1L << 40;

  /** Values in one frame, so that a frame never needs a multiple of its length in memory. */
  static final int NODES = 250_000;

  private static final int DER = 8 << 10;
  private static final Whole ANY = new Whole(0, Long.MAX_VALUE);
  private static final Whole COUNTED = new Whole(0, COUNT);
  private static final Whole PORT_OR_NONE = new Whole(-1, 65_535);
  private static final Text NAME = new Text(63, LABEL);
  private static final Text SERVICE_NAME = new Text(127, SERVICE);
  private static final Text INSTANCE_ID = new Text(36, UUID);
  private static final Text HOST = new Text(255, TEXT);
  private static final Named LABELS = new Named(32, new Text(63, LABEL_KEY), new Text(128, ASCII));
  private static final Text ZONE = new Text(63, ASCII);

  private static final Shape PORT =
      shape(
          "address", new Text(64, ASCII),
          "port", new Whole(1, 65_535),
          "library", new Text(63, ASCII),
          "primary", new Flag(),
          "tls", word(TlsMode.class));

  /** Also of instances in ZooKeeper and in the agent's state on disk. */
  static final Shape INSTANCE =
      shape(
          "id", INSTANCE_ID,
          "ns", NAME,
          "service", NAME,
          "ports", new Many(PORTS, PORT),
          "labels", LABELS,
          "zone", ZONE,
          "state", word(InstanceState.class),
          "since", ANY);

  private static final Many WOVEN =
      new Many(
          200,
          shape(
              "module", new Text(100, TEXT), "active", new Flag(), "reason", new Text(300, TEXT)));

  private static final Many OUTSIDE =
      new Many(
          300,
          shape(
              "library",
              new Text(150, TEXT),
              "host",
              new Text(150, TEXT),
              "port",
              new Whole(0, 65_535)));

  private static final Shape EDGE =
      shape(
          "out", new Flag(),
          "peer", new Text(127, PEER),
          "mtls", new Flag(),
          "codes", new Named(CODES, new Text(3, STATUS), COUNTED),
          "reasons", new Named(REASONS, new Text(64, ASCII), COUNTED),
          "retries", COUNTED,
          "buckets", new Many(LatencyBounds.BUCKETS, COUNTED));

  private static final Shape PLAINTEXT =
      shape("from", new Text(64, ASCII), "requests", COUNTED, "lastMs", ANY);

  static final Shape REVOKED =
      shape("serial", new Text(64, HEX), "ns", NAME, "service", NAME, "before", ANY);

  private static final Many REVOCATIONS = new Many(Revoked.MAX, REVOKED);
  private static final Many CERTIFICATES = new Many(64, new Binary(DER));

  private static final Map<String, Shape> MESSAGES = new LinkedHashMap<>();

  static {
    // ---- agent → coordinator
    message(
        "join",
        "token",
        new Text(512, ASCII),
        "csr",
        new Binary(DER),
        "ns",
        NAME,
        "service",
        NAME,
        "instance",
        new Text(64, ASCII),
        "agent",
        new Text(64, TEXT));
    message("renew", "csr", new Binary(DER));
    message(
        "hello",
        "proto",
        new Whole(0, 1_000),
        "agent",
        new Text(64, TEXT),
        "instance",
        INSTANCE_ID,
        "labels",
        LABELS,
        "zone",
        ZONE,
        "resume",
        shape(
            "epoch", new Text(64, ASCII),
            "services", new Named(SUBSCRIPTIONS, SERVICE_NAME, new Whole(-1, Long.MAX_VALUE))),
        "woven",
        WOVEN,
        "deflate",
        new Flag());
    message("woven", "woven", WOVEN, "outside", OUTSIDE);
    message(
        "subscribe",
        "add",
        new Many(SUBSCRIBE, SERVICE_NAME),
        "remove",
        new Many(SUBSCRIBE, SERVICE_NAME));
    message("resolve", "host", HOST, "port", PORT_OR_NONE);
    message("register", "ports", new Many(PORTS, PORT), "state", word(InstanceState.class));
    message("ack", "n", ANY);
    message(
        "nack",
        "n",
        ANY,
        "resource",
        new Text(400, TEXT),
        "path",
        new Text(400, TEXT),
        "reason",
        new Text(1_000, TEXT));
    message("resync", "service", SERVICE_NAME);
    message(
        "report",
        "edges",
        new Many(EdgeReport.MAX_EDGES, EDGE),
        "plaintext",
        new Many(256, PLAINTEXT),
        "metrics",
        new Text(80, ASCII));
    message("trusts", "roots", new Many(16, new Text(64, HEX)));
    message("ping");
    message("bye");

    // ---- coordinator → agent
    message(
        "joined",
        "chain",
        new Many(16, new Binary(DER)),
        "bundle",
        CERTIFICATES,
        "revoked",
        REVOCATIONS,
        "trustDomain",
        new Text(255, ASCII));
    message("refused", "code", new Text(64, ASCII), "message", new Text(1_000, TEXT));
    message(
        "welcome",
        "epoch",
        new Text(64, ASCII),
        "peers",
        new Many(1_000, new Text(300, ASCII)),
        "heartbeatMs",
        new Whole(1, 3_600_000),
        "ns",
        NAME,
        "service",
        NAME);
    message(
        "push",
        "n",
        ANY,
        "full",
        new Flag(),
        "upsert",
        new Many(50_000, new Resource()),
        "remove",
        new Many(50_000, new Text(400, TEXT)),
        "more",
        new Flag());
    message(
        "endpoints",
        "service",
        SERVICE_NAME,
        "rev",
        ANY,
        "base",
        new Whole(-1, Long.MAX_VALUE),
        "add",
        new Many(10_000, INSTANCE),
        "remove",
        new Many(50_000, INSTANCE_ID),
        "explicit",
        new Flag());
    message(
        "resolved",
        "host",
        HOST,
        "port",
        PORT_OR_NONE,
        "service",
        SERVICE_NAME,
        "instance",
        new Text(36, ASCII),
        "ttlMs",
        new Whole(0, 86_400_000));
    message("bundle", "bundle", CERTIFICATES, "revoked", REVOCATIONS);
    message("renewNow");
    message("goaway", "afterMs", new Whole(0, 86_400_000));
    message("pong");
    message("drained");
  }

  private Bounds() {}

  /** By the name in {@code t}; what is not in here is no message that this side knows. */
  public static Map<String, Shape> messages() {
    return Collections.unmodifiableMap(MESSAGES);
  }

  /** Refuses a message that is beyond its bounds; says nothing of one that is not known. */
  static void check(String type, Map<String, ?> message) throws WireException {
    Shape shape = MESSAGES.get(type);
    if (shape != null) {
      shape.check(message, type);
    }
  }

  /**
   * A message's fields, cut to what may be sent. A name that is none stays: the other side says so.
   */
  static Map<String, @Nullable Object> fitted(String type, Map<String, @Nullable Object> fields) {
    Shape shape = MESSAGES.get(type);
    Map<String, @Nullable Object> fitted = new LinkedHashMap<>(fields);
    if (shape != null) {
      fitted.replaceAll(
          (name, value) -> {
            Bound bound = shape.fields().get(name);
            Object fits = value == null || bound == null ? value : bound.fitted(value);
            return fits == null ? value : fits;
          });
    }
    return fitted;
  }

  private static void message(String type, Object... namesAndBounds) {
    MESSAGES.put(type, shape(namesAndBounds));
  }

  private static Shape shape(Object... namesAndBounds) {
    Map<String, Bound> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndBounds.length; i += 2) {
      fields.put((String) namesAndBounds[i], (Bound) namesAndBounds[i + 1]);
    }
    return new Shape(Collections.unmodifiableMap(fields));
  }

  private static <E extends Enum<E>> Word word(Class<E> type) {
    Set<String> words = new LinkedHashSet<>();
    Arrays.stream(type.getEnumConstants()).map(Enum::name).forEach(words::add);
    return new Word(Collections.unmodifiableSet(words));
  }
}
