package dev.weft.coordinator.mesh;

import dev.weft.wire.Message;
import dev.weft.wire.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;

/**
 * Somebody with the certificate of one unimportant service, who says to a coordinator whatever
 * hurts it: several streams at once, each begun again when it is closed.
 */
final class HostileMember implements AutoCloseable {
  /** No stream says more; then another one does. */
  private static final long BYTES_A_STREAM = 12 << 20;

  private static final int STREAMS = 4;

  /** What it does on its streams. Frames are made from the table of bounds where that says them. */
  enum Attack {
    BAD_NAMES(i -> names("add", i, 40_000, "no name ")),
    NAMES_THAT_THERE_ARE_NOT(i -> names("add", i, 1_000, "default/x")),
    SUBSCRIBING_AND_LEAVING(i -> names(i % 2 == 0 ? "add" : "remove", 1, 1_000, "far-x/x")),
    NAMESPACES(i -> ("{\"t\":\"subscribe\",\"add\":[\"n" + i + "/x\"]}")),
    RESOLVES(i -> "{\"t\":\"resolve\",\"host\":\"x" + i + "\",\"port\":-1}"),
    REGISTERS(
        i ->
            "{\"t\":\"register\",\"state\":\"READY\",\"ports\":[{\"address\":\"127.0.0.1\",\"port\":"
                + (10_000 + i % 50_000)
                + ",\"library\":\"x\",\"primary\":true,\"tls\":\"DISABLE\"}]}"),
    DRAINS(i -> "{\"t\":\"register\",\"state\":\"DRAINING\",\"ports\":[]}"),
    PINGS(i -> "{\"t\":\"ping\"}"),
    RENEWALS(i -> greatest("renew")),
    REPORTS(i -> greatest("report")),

    /** Each of another instance. */
    REPORTS_OF_MANY(i -> greatest("report"), 1),
    TRUSTS(i -> "{\"t\":\"trusts\",\"roots\":[\"" + Integer.toHexString(i) + "\"]}"),
    RESYNCS(i -> "{\"t\":\"resync\",\"service\":\"default/steady\"}"),
    NACKS(i -> greatest("nack")),
    WOVEN(i -> greatest("woven")),
    HELLO_AGAIN(i -> greatest("hello")),
    WHAT_NOBODY_KNOWS(i -> "{\"t\":\"x\",\"v\":[" + "{\"a\":1},".repeat(100_000) + "0]}"),
    NESTED(i -> "{\"t\":\"x\",\"v\":" + "[".repeat(400_000)),
    WITHOUT_READING(i -> names(i % 2 == 0 ? "add" : "remove", 1, 1_000, "default/x"), false),

    /** A long frame that never ends, a byte now and then. */
    SLOW_FRAMES(i -> i == 0 ? "\u0000\u000f\u0000\u0000{" : " ", Framing.NONE),
    WRONG_LENGTHS(i -> "\u007f\u007f\u007f\u007f".repeat(1_000), Framing.NONE);

    private enum Framing {
      WHOLE,
      NONE
    }

    private final IntFunction<String> frames;
    private final Framing framing;
    private final boolean reading;
    private final long bytesAStream;

    Attack(IntFunction<String> frames) {
      this(frames, Framing.WHOLE, true, BYTES_A_STREAM);
    }

    Attack(IntFunction<String> frames, long bytesAStream) {
      this(frames, Framing.WHOLE, true, bytesAStream);
    }

    Attack(IntFunction<String> frames, boolean reading) {
      this(frames, Framing.WHOLE, reading, BYTES_A_STREAM);
    }

    Attack(IntFunction<String> frames, Framing framing) {
      this(frames, framing, true, BYTES_A_STREAM);
    }

    Attack(IntFunction<String> frames, Framing framing, boolean reading, long bytesAStream) {
      this.frames = frames;
      this.framing = framing;
      this.reading = reading;
      this.bytesAStream = bytesAStream;
    }

    private byte[] bytes(int i) {
      byte[] payload = frames.apply(i).getBytes(StandardCharsets.UTF_8);
      return framing == Framing.NONE
          ? payload
          : ByteBuffer.allocate(4 + payload.length).putInt(payload.length).put(payload).array();
    }
  }

  private static final Map<String, String> GREATEST = new ConcurrentHashMap<>();

  private final InetSocketAddress mesh;
  private final String token;
  private final TestAgent.Credentials credentials;

  /** Kept, so that its sessions are resumed, as an agent's are. */
  private final SSLContext sessions;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<TestAgent> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong streams = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private volatile boolean over;

  HostileMember(InetSocketAddress mesh, String token, String service) throws Exception {
    this.mesh = mesh;
    this.token = token;
    this.credentials = TestAgent.join(mesh, token, "default", service);
    this.sessions = TestAgent.context(token, credentials);
  }

  /** Every lie about one field, in every message that there is; on streams, and in place of one. */
  static List<Samples.Changed> lies() {
    List<Samples.Changed> all = new ArrayList<>();
    dev.weft.wire.Bounds.messages().keySet().forEach(type -> all.addAll(Samples.beyond(type)));
    return all;
  }

  /** A connection with its certificate that has not said anything. */
  TestAgent connect() throws Exception {
    return TestAgent.connect(mesh, sessions, Message.ALPN);
  }

  /** As {@link #stream}, on a session of before. */
  TestAgent resumed() throws Exception {
    TestAgent agent = connect();
    agent.send(TestAgent.hello(UUID.randomUUID().toString(), "", Map.of()));
    agent.expect(Message.Welcome.class);
    return agent;
  }

  /** A stream, of an instance that it has just made up. */
  TestAgent stream() throws Exception {
    return TestAgent.open(mesh, token, credentials, UUID.randomUUID().toString());
  }

  /** Begins; it goes on until this is closed. */
  void begin(Attack attack) {
    for (int i = 0; i < STREAMS; i++) {
      threads.execute(
          () -> {
            while (!over) {
              attackOnce(attack);
            }
          });
    }
  }

  private void attackOnce(Attack attack) {
    TestAgent stream = null;
    try {
      stream = stream();
      open.add(stream);
      streams.incrementAndGet();
      if (attack.reading) {
        InputStream in = stream.socket().getInputStream();
        threads.execute(() -> read(in));
      }
      OutputStream out = stream.socket().getOutputStream();
      long said = 0;
      for (int i = 0; said < attack.bytesAStream && !over; i++) {
        byte[] bytes = attack.bytes(i);
        out.write(bytes);
        out.flush();
        said += bytes.length;
        if (attack.framing == Attack.Framing.NONE) {
          LockSupport.parkNanos(20_000_000);
        }
        sent.addAndGet(bytes.length);
      }
    } catch (Exception e) {
      // Closed, or not let in: another one.
      LockSupport.parkNanos(1_000_000);
    } finally {
      close(stream);
    }
  }

  private void read(InputStream in) {
    byte[] buffer = new byte[64 << 10];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        answered.addAndGet(n);
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void close(@org.jspecify.annotations.Nullable TestAgent stream) {
    if (stream != null) {
      open.remove(stream);
      try {
        stream.socket().setSoLinger(true, 0); // it may be amid a write that never ends
        stream.close();
      } catch (IOException e) {
        // gone is gone
      }
    }
  }

  long streams() {
    return streams.get();
  }

  long bytesSent() {
    return sent.get();
  }

  long bytesAnswered() {
    return answered.get();
  }

  @Override
  public void close() throws InterruptedException {
    over = true;
    open.forEach(this::close);
    threads.shutdown();
    if (!threads.awaitTermination(60, TimeUnit.SECONDS)) {
      throw new AssertionError("it does not stop");
    }
  }

  private static String names(String field, int i, int count, String prefix) {
    StringBuilder names = new StringBuilder("{\"t\":\"subscribe\",\"" + field + "\":[");
    for (int n = 0; n < count; n++) {
      names.append(n == 0 ? "" : ",").append('"').append(prefix).append(i * count + n).append('"');
    }
    return names.append("]}").toString();
  }

  /** The longest message of a type that its bounds allow. */
  private static String greatest(String type) {
    return GREATEST.computeIfAbsent(
        type,
        any ->
            Samples.atBounds(type).stream()
                .map(changed -> new String(changed.encoded(), StandardCharsets.UTF_8))
                .filter(text -> text.length() < 1 << 20)
                .max(java.util.Comparator.comparingInt(String::length))
                .orElseThrow());
  }
}
