package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.wire.Frames;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Samples;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a member does to a coordinator of little memory, and what an honest one notices of it: no
 * stream of its is closed, every ping is answered, every join and change of endpoints succeeds.
 * What was measured is written to {@code target/hostile-member.txt}.
 */
class HostileMemberTest {
  private static final long ROUND_NANOS = 1_000_000_000L;
  private static final int ROUNDS = 3;

  /** With the worst of them longer than a stream may be silent. */
  private static final int MANY_ROUNDS = 12;

  /** So many lies are told at once. */
  private static final int TELLERS = 4;

  /** Of a heap of 96 MB, with as much for buffers, the code and the threads. */
  private static final long MOST_KILOBYTES = 420_000;

  private static final Path MEASURED = Path.of("target", "hostile-member.txt");

  @TempDir static Path dir;
  private static CoordinatorProcess coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = CoordinatorProcess.start(dir, "96m");
    Files.createDirectories(MEASURED.toAbsolutePath().getParent());
    Files.writeString(MEASURED, "");
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  private static HostileMember member() throws Exception {
    return new HostileMember(coordinator.mesh(), coordinator.token(), "unimportant");
  }

  @Test
  void everyLieAboutAnyFieldIsRefusedOnce_andEndsItsStreamAlone() throws Exception {
    ExecutorService tellers = Executors.newFixedThreadPool(TELLERS);
    try (HostileMember member = member();
        TestAgent bystander = bystander("shop")) {
      List<Future<String>> told = new ArrayList<>();
      for (Samples.Changed lie : HostileMember.lies()) {
        if (lie.encoded().length > Frames.MAX_LENGTH) {
          continue; // its frame is refused before its field; BoundsTest reads it without one
        }
        boolean last = told.size() % 20 == 0;
        told.add(tellers.submit(() -> tell(member, lie, last)));
      }
      List<String> taken = new ArrayList<>();
      for (Future<String> one : told) {
        taken.add(one.get());
        bystander.ping();
      }
      assertThat(taken).containsOnly("");
      assertThat(taken).hasSizeGreaterThan(200);
      bystander.ping();
    } finally {
      tellers.shutdownNow();
    }
  }

  /** On a stream of its own. What was wrong with the refusal, or nothing. */
  private static String tell(HostileMember member, Samples.Changed lie, boolean untilItsEnd)
      throws Exception {
    // A stream begins with hello, and a lie in it is told in its place.
    try (TestAgent stream = lie.type().equals("hello") ? member.connect() : member.resumed()) {
      stream.sendRaw(lie.encoded());
      Message.Refused refused = stream.expect(Message.Refused.class);
      if (untilItsEnd) {
        stream.expectEnd();
      }
      boolean good =
          refused.code().equals("bad_frame") && refused.message().startsWith(lie.field() + ": ");
      return good ? "" : lie + " → " + refused;
    }
  }

  @ParameterizedTest
  @EnumSource(HostileMember.Attack.class)
  void nobodyElseNotices(HostileMember.Attack attack) throws Exception {
    long threads = coordinator.status("Threads");
    long slowest = 0;
    long streams;
    String volume;
    try (TestAgent shop = bystander("shop");
        HostileMember member = member()) {
      member.begin(attack);
      int rounds = attack == HostileMember.Attack.BAD_NAMES ? MANY_ROUNDS : ROUNDS;
      for (int round = 0; round < rounds; round++) {
        long began = System.nanoTime();
        shop.ping();
        slowest = Math.max(slowest, System.nanoTime() - began);
        try (TestAgent orders = bystander("orders" + round)) {
          shop.send(new Message.Subscribe(List.of("default/orders" + round), List.of()));
          orders.send(TestAgent.register(9_000, InstanceState.READY));
          shop.expect(Message.Endpoints.class, news -> !news.add().isEmpty());
          shop.send(new Message.Subscribe(List.of(), List.of("default/orders" + round)));
          orders.send(new Message.Bye());
          orders.expectEnd();
        }
        shop.unread().clear();
        // As an agent does: heard from now and then, and not all the time.
        LockSupport.parkNanos(ROUND_NANOS - (System.nanoTime() - began));
      }
      streams = member.streams();
      volume = (member.bytesSent() >> 20) + " MB sent, " + (member.bytesAnswered() >> 20);
      assertThat(streams).isPositive();
      assertThat(member.bytesSent()).isPositive();
    } catch (SocketTimeoutException e) {
      throw new AssertionError("unanswered while " + attack, e);
    }
    assertThat(coordinator.isAlive()).isTrue();
    assertThat(coordinator.status("Threads")).isLessThan(threads + 20);
    assertThat(coordinator.status("VmHWM")).isLessThan(MOST_KILOBYTES);
    Files.writeString(
        MEASURED,
        String.format(
            "%-26s %6d streams, %s MB answered; slowest pong %d ms; at most %d MB%n",
            attack, streams, volume, slowest / 1_000_000, coordinator.status("VmHWM") >> 10),
        StandardOpenOption.APPEND);
  }

  private static TestAgent bystander(String service) throws Exception {
    TestAgent.Credentials joined =
        TestAgent.join(coordinator.mesh(), coordinator.token(), "default", service);
    TestAgent agent =
        TestAgent.open(
            coordinator.mesh(), coordinator.token(), joined, UUID.randomUUID().toString());
    agent.socket().setSoTimeout((int) MeshLimits.DEFAULTS.silence().toMillis());
    return agent;
  }
}
