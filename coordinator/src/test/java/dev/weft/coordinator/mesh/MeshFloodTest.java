package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.Coordinator;
import dev.weft.coordinator.Options;
import dev.weft.wire.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Strangers that want to keep agents out of the mesh port, all of them from the address from which
 * the agents come as well.
 */
class MeshFloodTest {
  private static final int AGENTS = 35;
  private static final int STREAMS = 7;
  private static final int HELD = 1_500;
  private static final int MOST_CONNECTIONS = 60_000;
  private static final int MOST_GUESSES = 5_000;

  @TempDir Path dir;
  private Coordinator coordinator;
  private InetSocketAddress mesh;
  private String token;
  private final AtomicBoolean over = new AtomicBoolean();
  private final ExecutorService strangers = Executors.newCachedThreadPool();

  @BeforeEach
  void start() throws Exception {
    coordinator =
        Coordinator.start(
            Options.of(dir.resolve("data"), dir.resolve("home")).withMesh("127.0.0.1", 0, null));
    coordinator.setConfig(new SettableConfig());
    mesh = coordinator.meshAddress();
    token = Files.readString(dir.resolve("home/join-token")).strip();
  }

  @AfterEach
  void stop() throws Exception {
    over.set(true);
    strangers.shutdown();
    assertThat(strangers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    coordinator.close();
  }

  /**
   * Opens connections that say nothing, or not enough, up to a thousand a second; the oldest go
   * when there are too many. Who is quicker than agents are to say hello drives out those that come
   * from his own address.
   */
  private int idle(AtomicInteger opened) throws IOException {
    Deque<Socket> held = new ArrayDeque<>();
    byte[][] said = {{}, {22, 3}, {22, 3, 1, 2, 0, 1, 0, 1}};
    try {
      while (!over.get() && opened.get() < MOST_CONNECTIONS) {
        try {
          Socket socket = new Socket();
          held.add(socket);
          socket.connect(mesh, 10_000);
          socket.getOutputStream().write(said[opened.incrementAndGet() % said.length]);
        } catch (IOException e) {
          // Driven out at once.
        }
        if (held.size() > HELD) {
          held.remove().close();
        }
        LockSupport.parkNanos(1_000_000);
      }
      return held.size();
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
  }

  /** Asks to join with tokens that there are not. */
  private int guess(AtomicInteger refused) throws Exception {
    String[] parts = token.split("\\.");
    KeyPair key = TestCsr.newKey();
    while (!over.get() && refused.get() < MOST_GUESSES) {
      String guess =
          "weft1." + parts[1] + "." + String.format("%016x", refused.get()) + "." + "B".repeat(43);
      try (TestAgent stranger = TestAgent.connect(mesh, guess, null)) {
        stranger.send(TestAgent.join(guess, key, "default", "orders"));
        if (stranger.expect(Message.Refused.class).code().equals("bad_token")) {
          refused.incrementAndGet();
        }
      } catch (IOException e) {
        // Driven out.
      }
    }
    return refused.get();
  }

  @Test
  void joinsAndRenewalsSucceed_whileStrangersFloodThePort() throws Exception {
    List<TestAgent> streams = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      TestAgent.Credentials known = TestAgent.join(mesh, token, "default", "shop" + i);
      streams.add(TestAgent.open(mesh, token, known, UUID.randomUUID().toString()));
    }
    AtomicInteger opened = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    Future<Integer> idle = strangers.submit(() -> idle(opened));
    List<Future<Integer>> guessing = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      guessing.add(strangers.submit(() -> guess(refused)));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (opened.get() <= HELD || refused.get() == 0) {
      assertThat(System.nanoTime()).isLessThan(end);
      pingAll(streams);
    }

    int before = opened.get();
    for (int i = 0; i < AGENTS; i++) {
      TestAgent.Credentials joined = TestAgent.join(mesh, token, "default", "orders" + i);
      TestAgent.open(mesh, token, joined, UUID.randomUUID().toString()).close();
      TestAgent stream = streams.get(i % STREAMS);
      stream.send(new Message.Renew(TestCsr.of(TestCsr.newKey())));
      stream.expect(Message.Joined.class);
      pingAll(streams);
    }
    assertThat(opened.get()).as("they never ceased").isGreaterThan(before);
    over.set(true);
    assertThat(idle.get()).isGreaterThan(1_000);
    for (Future<Integer> one : guessing) {
      assertThat(one.get()).isPositive();
    }
    for (TestAgent stream : streams) {
      stream.close();
    }
  }

  /** Long before a handshake that has begun would have to be over. */
  @Test
  void whoSendsNoClientHello_isSentAway() throws Exception {
    try (Socket silent = new Socket();
        Socket plaintext = new Socket()) {
      silent.connect(mesh);
      silent.setSoTimeout(8_000);
      silent.getOutputStream().write(new byte[] {22, 3, 1});
      plaintext.connect(mesh);
      plaintext.setSoTimeout(8_000);
      plaintext.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes("US-ASCII"));
      assertThat(plaintext.getInputStream().read()).isEqualTo(-1);
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** As agents do; who is silent for 10 s is closed. */
  private static void pingAll(List<TestAgent> streams) throws IOException {
    for (TestAgent stream : streams) {
      stream.ping();
    }
  }
}
