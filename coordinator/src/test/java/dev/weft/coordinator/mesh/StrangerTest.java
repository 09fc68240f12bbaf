package dev.weft.coordinator.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.Await;
import dev.weft.testkit.HostileStranger;
import dev.weft.wire.Bounds;
import dev.weft.wire.Frames;
import dev.weft.wire.Json;
import dev.weft.wire.Message;
import dev.weft.wire.Samples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody without a certificate says to a coordinator of little memory: nobody else's pings
 * and joins fail, and what it took is given back. Floods are {@link MeshFloodTest}'s.
 */
class StrangerTest {
  /** Threads and files that come and go with what is honest. */
  private static final int OTHERS = 20;

  @TempDir static Path dir;
  private static CoordinatorProcess coordinator;

  private HostileStranger stranger;
  private TestAgent bystander;
  private long threads;
  private long files;

  @BeforeAll
  static void start() throws Exception {
    coordinator = CoordinatorProcess.start(dir, "96m");
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @BeforeEach
  void begin() throws Exception {
    bystander = joins("shop");
    bystander.ping();
    threads = coordinator.status("Threads");
    files = coordinator.files();
    stranger = new HostileStranger(coordinator.mesh().getPort());
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    stranger.close();
    nobodyNotices();
    bystander.close();
    Await.until(
        "the end of threads and connections",
        () ->
            coordinator.status("Threads") <= threads + OTHERS
                && coordinator.files() <= files + OTHERS);
  }

  private static TestAgent joins(String service) throws Exception {
    TestAgent.Credentials joined =
        TestAgent.join(coordinator.mesh(), coordinator.token(), "default", service);
    return TestAgent.open(
        coordinator.mesh(), coordinator.token(), joined, UUID.randomUUID().toString());
  }

  private void nobodyNotices() throws Exception {
    bystander.ping();
    joins("orders").close();
  }

  /** A connection of TLS that has shown nothing. */
  private static TestAgent nobody() throws Exception {
    return TestAgent.connect(coordinator.mesh(), coordinator.token(), null);
  }

  @Test
  void halfOfEverything() throws Exception {
    byte[] hello = HostileStranger.clientHello();
    byte[] wrong = hello.clone();
    Arrays.fill(wrong, 9, wrong.length, (byte) 0xff);
    for (byte[] said : List.of(hello, wrong, "GET / HTTP/1.1\r\n\r\n".repeat(99).getBytes(UTF_8))) {
      for (int part = 0; part <= 8; part++) {
        byte[] half = Arrays.copyOf(said, said.length * part / 8);
        stranger.leave(half, true);
        stranger.leave(half, false);
        stranger.hold(half);
      }
      nobodyNotices();
    }
  }

  @Test
  void handshakesThatStop() throws Exception {
    byte[] hello = HostileStranger.clientHello();
    for (int i = 0; i < 300; i++) {
      stranger.hold(hello);
      if (i % 100 == 0) {
        nobodyNotices();
      }
    }
  }

  /** Each costs more than a frame does, and is none. */
  @Test
  void recordsThatCarryNothing() throws Exception {
    for (int i = 0; i < 8; i++) {
      try (TestAgent one = nobody()) {
        assertThatThrownBy(
                () -> {
                  for (int n = 0; n < 100_000; n++) {
                    one.socket().startHandshake(); // new keys
                  }
                })
            .isInstanceOf(IOException.class);
      }
      nobodyNotices();
    }
    // Many small frames at once are not what is meant, however fast they come.
    for (int i = 0; i < 2_000; i++) {
      bystander.send(new Message.Ping());
    }
    for (int i = 0; i < 2_000; i++) {
      bystander.expect(Message.Pong.class);
    }
    // A frame byte by byte, to which its budget is one frame.
    byte[] frame = new byte[10_000];
    try (TestAgent one = joins("shop")) {
      one.socket().getOutputStream().write(ByteBuffer.allocate(4).putInt(frame.length).array());
      assertThatThrownBy(
              () -> {
                for (byte part : frame) {
                  one.socket().getOutputStream().write(part);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  /**
   * Of a length that it may not be, or never whole; in what is no JSON, or more of it than is read.
   */
  @Test
  void framesThatAreNone() throws Exception {
    List<TestAgent> open = new ArrayList<>();
    for (int length : new int[] {0, 16 * 1024 + 1, 1 << 20, Integer.MAX_VALUE, -1}) {
      try (TestAgent one = nobody()) {
        one.socket().getOutputStream().write(ByteBuffer.allocate(4).putInt(length).array());
        one.expectEnd();
      }
    }
    for (int i = 0; i < 50; i++) {
      TestAgent one = nobody();
      open.add(one);
      one.socket()
          .getOutputStream()
          .write(ByteBuffer.allocate(100 * i + 4).putInt(16 * 1024).array());
    }
    nobodyNotices();
    for (String said :
        List.of(
            "[".repeat(16_000),
            "{\"t\":\"join\",\"token\":" + "[".repeat(16_000),
            "{\"a\":".repeat(3_000),
            "\"" + "x".repeat(16_000),
            "{\"t\":\"join\",\"token\":" + "9".repeat(16_000) + "}",
            "\u0000".repeat(100),
            "null")) {
      try (TestAgent one = nobody()) {
        one.sendRaw(said);
        one.expectEnd();
        assertThat(one.unread()).as(said).allMatch(Message.Refused.class::isInstance);
      }
    }
    for (TestAgent one : open) {
      one.close();
    }
  }

  /** The one message that is a stranger's to send, wrongly; and all the others, which are not. */
  @Test
  void messagesThatAreNotItsToSend() throws Exception {
    List<byte[]> all = new ArrayList<>();
    Samples.beyond("join").forEach(lie -> all.add(lie.encoded()));
    for (String type : Bounds.messages().keySet()) {
      if (!type.equals("join")) {
        all.add(Json.bytes(Samples.good(type)));
      }
    }
    all.removeIf(said -> said.length > Frames.MAX_LENGTH);
    for (byte[] said : all) {
      try (TestAgent one = nobody()) {
        one.sendRaw(said);
        one.expectEnd();
        assertThat(one.unread()).allMatch(Message.Refused.class::isInstance);
      } catch (IOException e) {
        // Closed before all of it was sent.
      }
      bystander.ping(); // which is not silent, however long all of this takes
    }
    nobodyNotices();
  }
}
