package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.Lineage;
import dev.weft.ca.Revocations;
import dev.weft.coordinator.ConfigView;
import dev.weft.coordinator.FakeTime;
import dev.weft.coordinator.registry.Lease;
import dev.weft.coordinator.registry.Origin;
import dev.weft.coordinator.registry.Registry;
import dev.weft.coordinator.telemetry.Topology;
import dev.weft.policy.Cidr;
import dev.weft.policy.SpiffeId;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Frames;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import dev.weft.wire.Revoked;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stream does when the agent is slow, silent or old; time is told. */
class AgentStreamTest {
  private static final String A = new UUID(1, 1).toString();
  private static final Duration SWEEP = Duration.ofMillis(500);

  private static final Origin ORIGIN =
      new Origin(
          InetAddress.getLoopbackAddress(),
          List.of(Objects.requireNonNull(Cidr.parse("10.0.0.0/8"))));

  @TempDir Path dir;
  private final FakeTime time = new FakeTime();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private Registry registry;
  private CertificateAuthority ca;
  private Revocations revocations;
  private Hub hub;
  private AgentStream stream;

  @BeforeEach
  void connect() {
    channel.freezeTime();
    TestHub parts = new TestHub(dir, time);
    registry = parts.registry;
    ca = parts.ca;
    revocations = parts.revocations;
    hub = parts.hub;
    Message.Hello hello = TestAgent.hello(UUID.randomUUID().toString(), "", Map.of());
    stream = stream(channel, "shop", hello);
    hub.added(stream);
    stream.start(hello);
    assertThat(sent())
        .satisfiesExactly(
            first -> assertThat(first).isInstanceOf(Message.Welcome.class),
            then -> assertThat(((Message.Bundle) then).revoked()).isEmpty());
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  /** Of an agent whose certificate was issued just now. */
  private AgentStream stream(EmbeddedChannel over, String service, Message.Hello hello) {
    SvidTrust.Peer peer =
        new SvidTrust.Peer(
            new SpiffeId("weft.internal", "default", service),
            time.millis() + Duration.ofHours(24).toMillis(),
            "a1",
            new Lineage(time.instant().minus(Duration.ofMinutes(2)), 0xa1),
            hub.roots().signing(),
            List.of());
    return new AgentStream(
        hub,
        over,
        peer,
        hello,
        registry.connect("default", service, hello.instance(), Map.of(), "", ORIGIN));
  }

  /** In steps of half a second, as a coordinator sweeps. */
  private void pass(Duration by) {
    for (Duration left = by; !left.isZero(); ) {
      Duration step = left.compareTo(SWEEP) > 0 ? SWEEP : left;
      advance(step);
      hub.sweep();
      channel.runPendingTasks();
      left = left.minus(step);
    }
  }

  private void advance(Duration by) {
    time.advance(by);
    channel.advanceTimeBy(by.toNanos(), TimeUnit.NANOSECONDS);
    channel.runPendingTasks();
    channel.runScheduledPendingTasks();
  }

  private List<Message> sent() {
    return sent(channel);
  }

  private static List<Message> sent(EmbeddedChannel to) {
    to.flushOutbound();
    List<Message> messages = new ArrayList<>();
    for (ByteBuf frame = to.readOutbound(); frame != null; frame = to.readOutbound()) {
      messages.add(message(frame));
    }
    return messages;
  }

  private static Message message(ByteBuf frame) {
    try (ByteBufInputStream in = new ByteBufInputStream(frame, true)) {
      Message message = Message.decode(Frames.read(new DataInputStream(in)));
      assertThat(in.available()).isZero();
      return message;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void policy(String... names) {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (String name : names) {
      trees.add(SettableConfig.peerAuthentication("default", name, "STRICT"));
    }
    hub.setPolicy(PolicyView.of(new ConfigView.Snapshot(1, trees), hub.policy()));
    channel.runPendingTasks();
  }

  private Lease orders(String id, int port, InstanceState state) {
    Lease lease = registry.connect("default", "orders", id, Map.of(), "", ORIGIN);
    lease.register(List.of(new Port("10.0.0.1", port, "x", true, TlsMode.PERMISSIVE)), state);
    return lease;
  }

  @Test
  void whenItsCertificateIsRevoked_theStreamEnds_andItIsNotTold() throws Exception {
    revocations.revoke("b2");
    hub.bundleChanged();
    pass(Duration.ofSeconds(1));
    assertThat(sent())
        .singleElement()
        .satisfies(
            message ->
                assertThat(((Message.Bundle) message).revoked())
                    .containsExactly(Revoked.certificate("b2")));
    assertThat(channel.isActive()).as("another's").isTrue();

    stream.receive(new Message.Renew(TestCsr.of(TestCsr.newKey())));
    channel.runPendingTasks();
    assertThat(sent()).singleElement().isInstanceOf(Message.Joined.class);

    revocations.revoke("default", "shop");
    stream.receive(new Message.Renew(TestCsr.of(TestCsr.newKey())));
    channel.runPendingTasks();
    hub.bundleChanged();
    channel.runPendingTasks();
    assertThat(channel.<Object>readOutbound()).as("another certificate, or the list").isNull();
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void manyChangesWhileTheAgentDoesNotRead_areOneDelta() {
    stream.receive(new Message.Subscribe(List.of("default/orders"), List.of()));
    pass(Duration.ofMillis(10));
    assertThat(sent()).singleElement().isInstanceOf(Message.Endpoints.class);

    writable(false);
    for (int i = 0; i < 50; i++) {
      orders(new UUID(2, i).toString(), 1000 + i, InstanceState.READY);
      pass(Duration.ofMillis(20));
    }
    assertThat(sent()).isEmpty();
    assertThat(channel.config().isAutoRead()).as("nor is it read from").isFalse();

    writable(true);
    assertThat(channel.config().isAutoRead()).isTrue();
    Message.Endpoints delta = (Message.Endpoints) sent().get(0);
    assertThat(delta.add()).hasSize(50);
    assertThat(delta.base()).isZero();
    assertThat(sent()).isEmpty();
  }

  private void writable(boolean is) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, is);
    channel.runPendingTasks();
    stream.writabilityChanged();
  }

  @Test
  void agentThatDoesNotReadForAMinuteIsDisconnected() {
    writable(false);
    pass(Duration.ofSeconds(60));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofMillis(1));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void onePushIsOnItsWay_andTheNextHoldsAllThatCameMeanwhile() {
    policy("one");
    Message.Push first = (Message.Push) sent().get(0);
    assertThat(first.full()).isTrue();
    policy("one", "two");
    policy("two", "three");
    assertThat(sent()).isEmpty();

    stream.receive(new Message.Ack(99));
    assertThat(sent()).as("that is none of its pushes").isEmpty();
    stream.receive(new Message.Ack(first.n()));
    Message.Push second = (Message.Push) sent().get(0);
    assertThat(second.n()).isEqualTo(first.n() + 1);
    assertThat(second.full()).isFalse();
    assertThat(second.upsert()).hasSize(2);
    assertThat(second.remove()).containsExactly("PeerAuthentication/default/one");
    stream.receive(new Message.Ack(second.n()));
    policy("two", "three");
    assertThat(sent()).as("nothing changed").isEmpty();
  }

  @Test
  void aPushThatNeedsSeveralFrames_saysThatMoreFollows_untilTheLast() {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Map<String, Object> tree =
          new HashMap<>(SettableConfig.peerAuthentication("default", "p" + i, "STRICT"));
      tree.put("filler", "x".repeat(400_000));
      trees.add(tree);
    }
    hub.setPolicy(PolicyView.of(new ConfigView.Snapshot(1, trees), hub.policy()));
    channel.runPendingTasks();
    List<Message.Push> pushes = new ArrayList<>();
    for (List<Message> now = sent(); !now.isEmpty(); now = sent()) {
      Message.Push push = (Message.Push) now.get(0);
      pushes.add(push);
      stream.receive(new Message.Ack(push.n()));
    }
    assertThat(pushes)
        .extracting(Message.Push::full)
        .containsExactly(true, false, false, false, false);
    assertThat(pushes)
        .extracting(Message.Push::more)
        .containsExactly(true, true, true, true, false);
  }

  @Test
  void noPolicyIsNewsToo_butNotBeforeThereIsAStore() {
    assertThat(sent()).isEmpty();
    policy();
    Message.Push push = (Message.Push) sent().get(0);
    assertThat(push.full()).isTrue();
    assertThat(push.upsert()).isEmpty();
  }

  @Test
  void unacknowledgedIsOutOfSyncAfter30s_disconnectedAfter60() {
    policy("one");
    for (int i = 0; i < 6; i++) {
      pass(Duration.ofSeconds(5));
      stream.receive(new Message.Ping());
    }
    assertThat(hub.agents().get(0).nacks()).isEmpty();
    pass(Duration.ofSeconds(5));
    stream.receive(new Message.Ping());
    assertThat(hub.agents().get(0).nacks())
        .containsExactly("out of sync: push 1 unacknowledged for 35 s");
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(5));
      stream.receive(new Message.Ping());
    }
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofSeconds(1));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void silentFor10sIsDisconnected_aPingIsEnough() {
    pass(Duration.ofSeconds(10));
    assertThat(channel.isOpen()).isTrue();
    stream.receive(new Message.Ping());
    pass(Duration.ofSeconds(10));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofMillis(1));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void silenceCountsOnlyWhileTheLoopCouldHear() {
    for (int i = 0; i < 9; i++) {
      advance(Duration.ofSeconds(20)); // something else had the loop
      hub.sweep();
      hub.sweep();
      channel.runPendingTasks();
    }
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofSeconds(1));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofMillis(1));
    assertThat(channel.isOpen()).as("ten seconds of hearing nothing").isFalse();
  }

  @Test
  void whoIsNotReadFromIsNotSilent() {
    writable(false);
    pass(Duration.ofSeconds(30));
    assertThat(channel.isOpen()).isTrue();
    writable(true);
    pass(Duration.ofSeconds(9));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofSeconds(2));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void whoAsksForTooMuchIsReadLater_andNotAnsweredMore() {
    Message.Register register = TestAgent.register(8080, InstanceState.READY);
    for (int i = 0; i < 20; i++) {
      stream.receive(register, 100);
      assertThat(channel.config().isAutoRead()).as("%s registrations", i + 1).isTrue();
    }
    stream.receive(register, 100);
    assertThat(channel.config().isAutoRead()).isFalse();
    assertThat(sent()).noneMatch(Message.Refused.class::isInstance);
    pass(Duration.ofMillis(900));
    assertThat(channel.config().isAutoRead()).isFalse();
    pass(Duration.ofMillis(200));
    assertThat(channel.config().isAutoRead()).isTrue();

    stream.receive(new Message.Ping(), 8 << 20);
    pass(Duration.ofSeconds(15));
    assertThat(channel.config().isAutoRead()).as("8 MiB at 256 KiB a second").isFalse();
    assertThat(channel.isOpen()).as("nobody listened").isTrue();
    pass(Duration.ofSeconds(2));
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void whatWaitsToBeReadIsKnown() {
    assertThat(stream.unread()).isZero();
    channel.write(Unpooled.wrappedBuffer(new byte[50_000]));
    assertThat(stream.unread()).isBetween(50_000L, 51_000L);
    channel.write(Unpooled.wrappedBuffer(new byte[50_000]));
    assertThat(stream.unread()).isBetween(100_000L, 102_000L);
    stream.endIfUnread(Set.of("default/orders"));
    assertThat(channel.isOpen()).isTrue();
    stream.endIfUnread(Set.of("default/shop"));
    assertThat(channel.isOpen()).isFalse();
    assertThat(stream.unread()).isZero();
  }

  @Test
  void renewalsAreFew() throws Exception {
    byte[] csr = TestCsr.of(TestCsr.newKey());
    for (int i = 0; i < 5; i++) {
      stream.receive(new Message.Renew(csr));
      channel.runPendingTasks();
    }
    assertThat(sent()).hasSize(5).allMatch(Message.Joined.class::isInstance);
    stream.receive(new Message.Renew(csr));
    assertThat(sent())
        .singleElement()
        .satisfies(no -> assertThat(((Message.Refused) no).code()).isEqualTo("slow_down"));
    stream.receive(new Message.Ping());
    pass(Duration.ofSeconds(5));
    sent();
    stream.receive(new Message.Renew(csr));
    channel.runPendingTasks();
    assertThat(sent()).singleElement().isInstanceOf(Message.Joined.class);
  }

  @Test
  void policyIsDeflatedForWhoReadsThat() {
    EmbeddedChannel old = new EmbeddedChannel();
    old.freezeTime();
    Message.Hello hello =
        new Message.Hello(1, "old", A, Map.of(), "", "", Map.of(), List.of(), false);
    AgentStream before = stream(old, "shop", hello);
    hub.added(before);
    before.start(hello);
    sent(old);
    sent();
    policy("one", "two");
    old.runPendingTasks();
    channel.runPendingTasks();
    ByteBuf plain = old.readOutbound();
    ByteBuf deflated = channel.readOutbound();
    assertThat(plain.getInt(0)).isEqualTo(plain.readableBytes() - 4);
    assertThat(deflated.getInt(0)).isEqualTo(deflated.readableBytes() - 4 | Frames.DEFLATED);
    assertThat(message(deflated)).isInstanceOf(Message.Push.class).isEqualTo(message(plain));
  }

  @Test
  void anInstanceHasOneStream() {
    EmbeddedChannel again = new EmbeddedChannel();
    again.freezeTime();
    Message.Hello hello = TestAgent.hello(A, "", Map.of());
    AgentStream first = stream(again, "shop", hello);
    hub.added(first);
    EmbeddedChannel other = new EmbeddedChannel();
    other.freezeTime();
    hub.added(stream(other, "thief", hello));
    again.runPendingTasks();
    assertThat(again.isOpen()).as("another identity's is another instance").isTrue();
    EmbeddedChannel back = new EmbeddedChannel();
    back.freezeTime();
    hub.added(stream(back, "shop", hello));
    assertThat(again.isOpen()).isFalse();
    assertThat(hub.removed(first)).as("it was not the last").isFalse();
  }

  @Test
  void metricsAreWhereTheInstanceIs() {
    Message.Report report = new Message.Report(List.of(), List.of(), "169.254.169.254:80");
    EmbeddedChannel from =
        new EmbeddedChannel() {
          @Override
          protected java.net.SocketAddress remoteAddress0() {
            return new java.net.InetSocketAddress("10.0.0.7", 40_000);
          }
        };
    AgentStream there = stream(from, "shop", TestAgent.hello(A, "", Map.of()));
    there.receive(report);
    assertThat(hub.topology().targets())
        .containsExactly(new Topology.Target("default/shop", A, "10.0.0.7:80"));

    there.receive(
        new Message.Register(
            List.of(new Port("10.0.0.7", 8080, "x", true, TlsMode.PERMISSIVE)),
            InstanceState.READY));
    there.receive(new Message.Report(List.of(), List.of(), "10.0.0.7:9464"));
    assertThat(hub.topology().targets())
        .containsExactly(new Topology.Target("default/shop", A, "10.0.0.7:9464"));
    there.receive(new Message.Report(List.of(), List.of(), "10.0.0.7:99999"));
    assertThat(hub.topology().targets()).isEmpty();
  }

  @Test
  void namespacesLeaveWithTheLastServiceThatIsFollowed() {
    hub.setPolicy(
        PolicyView.of(
            new ConfigView.Snapshot(
                1,
                List.of(
                    service("far", "theirs"),
                    SettableConfig.peerAuthentication("far", "not-theirs-to-know", "STRICT"))),
            hub.policy()));
    channel.runPendingTasks();
    acknowledge(sent());
    stream.receive(new Message.Subscribe(List.of("far/a", "far/b"), List.of()));
    Message.Push push = push(sent());
    assertThat(push.upsert()).hasSize(1);
    stream.receive(new Message.Ack(push.n()));

    stream.receive(new Message.Subscribe(List.of(), List.of("far/a")));
    assertThat(sent()).isEmpty();
    stream.receive(new Message.Subscribe(List.of(), List.of("far/b", "far/unknown")));
    push = push(sent());
    assertThat(push.remove()).containsExactly("Service/far/theirs");
    stream.receive(new Message.Ack(push.n()));
    stream.receive(new Message.Subscribe(List.of("far/a"), List.of()));
    assertThat(push(sent()).upsert()).hasSize(1);
  }

  @Test
  void namespacesThatWereOnlyAskedForLeaveWithLaterOnes() {
    List<Map<String, Object>> services = new ArrayList<>();
    for (int i = 0; i < 65; i++) {
      services.add(service("n" + i, "orders"));
    }
    hub.setPolicy(PolicyView.of(new ConfigView.Snapshot(1, services), hub.policy()));
    channel.runPendingTasks();
    acknowledge(sent());
    List<String> removed = new ArrayList<>();
    for (int i = 0; i < 65; i++) {
      stream.receive(new Message.Resolve("orders.n" + i, -1));
      for (List<Message> said = sent(); !said.isEmpty(); said = sent()) {
        said.stream()
            .filter(Message.Push.class::isInstance)
            .forEach(push -> removed.addAll(((Message.Push) push).remove()));
        acknowledge(said);
      }
    }
    assertThat(removed).containsExactly("Service/n0/orders");
  }

  private static Map<String, Object> service(String namespace, String name) {
    return Map.of(
        "apiVersion",
        "v1",
        "kind",
        "Service",
        "metadata",
        Map.of("name", name, "namespace", namespace),
        "spec",
        Map.of("selector", Map.of("app", name)));
  }

  private void acknowledge(List<Message> said) {
    said.stream()
        .filter(Message.Push.class::isInstance)
        .forEach(push -> stream.receive(new Message.Ack(((Message.Push) push).n())));
  }

  private static Message.Push push(List<Message> said) {
    return (Message.Push)
        said.stream().filter(Message.Push.class::isInstance).findFirst().orElseThrow();
  }

  @Test
  void whatIsFollowedIsGivenBack() {
    Quota followed = hub.identities().followed();
    assertThat(followed.taken()).isZero();
    stream.receive(
        new Message.Subscribe(List.of("default/a", "default/b", "default/a"), List.of()));
    stream.receive(new Message.Resolve("nobody", -1));
    stream.receive(new Message.Resolve("nobody", -1));
    assertThat(followed.taken()).isEqualTo(3);
    stream.receive(new Message.Subscribe(List.of(), List.of("default/a", "default/a")));
    assertThat(followed.taken()).isEqualTo(2);
    stream.closed();
    assertThat(followed.taken()).isZero();
  }

  @Test
  void streamsEndAfterAnHourMoreOrLess_withANotice() {
    int seconds = 0;
    List<Message> said = new ArrayList<>();
    while (said.stream().noneMatch(Message.GoAway.class::isInstance)) {
      pass(Duration.ofSeconds(9));
      seconds += 9;
      stream.receive(new Message.Ping());
      said = sent();
      assertThat(seconds).isLessThan(5000);
    }
    assertThat(seconds).isBetween(2880, 4329);
    assertThat(channel.isOpen()).isTrue();
    for (int i = 0; i < 4; i++) {
      pass(Duration.ofSeconds(8));
      if (channel.isOpen()) {
        stream.receive(new Message.Ping());
      }
    }
    assertThat(channel.isOpen()).as("30 s after the notice").isFalse();
  }

  @Test
  void drainedIsSaidWhenSubscribersHaveIt() {
    stream.receive(new Message.Subscribe(List.of("default/shop"), List.of()));
    register(InstanceState.READY);
    pass(Duration.ofMillis(10));
    sent();
    register(InstanceState.DRAINING);
    assertThat(sent()).isEmpty();
    pass(Duration.ofMillis(10));

    List<Message> said = sent();
    assertThat(said).hasSize(2);
    assertThat(((Message.Endpoints) said.get(0)).add())
        .extracting(Instance::state)
        .containsExactly(InstanceState.DRAINING);
    assertThat(said.get(1)).isInstanceOf(Message.Drained.class);
  }

  @Test
  void drainedIsSaidAfterTwoSecondsWhateverASubscriberDoes() {
    EmbeddedChannel slow = new EmbeddedChannel();
    slow.freezeTime();
    Message.Hello hello = TestAgent.hello(A, "", Map.of());
    AgentStream subscriber = stream(slow, "slow", hello);
    subscriber.receive(new Message.Subscribe(List.of("default/shop"), List.of()));
    register(InstanceState.READY);
    register(InstanceState.DRAINING);

    pass(Duration.ofMillis(1999));
    assertThat(sent()).isEmpty();
    pass(Duration.ofMillis(1));
    assertThat(sent()).singleElement().isInstanceOf(Message.Drained.class);
    subscriber.closed();
    slow.runPendingTasks();
    assertThat(sent()).as("once").isEmpty();
  }

  /** Or each of many who drain costs a message to every subscriber. */
  @Test
  void whoDrainsWhileOthersDo_waitsForTheNextRound() {
    EmbeddedChannel slow = new EmbeddedChannel();
    slow.freezeTime();
    AgentStream subscriber = stream(slow, "slow", TestAgent.hello(A, "", Map.of()));
    subscriber.receive(new Message.Subscribe(List.of("default/shop"), List.of()));
    register(InstanceState.READY);
    for (int i = 0; i < 10; i++) {
      register(InstanceState.DRAINING);
    }
    pass(Duration.ofSeconds(2));
    assertThat(sent()).singleElement().isInstanceOf(Message.Drained.class);
    pass(Duration.ofSeconds(2));
    assertThat(sent()).hasSize(9).allMatch(Message.Drained.class::isInstance);
    pass(Duration.ofSeconds(4));
    assertThat(sent()).noneMatch(Message.Drained.class::isInstance);
  }

  @Test
  void subscriberThatGoesIsNotWaitedFor() {
    EmbeddedChannel gone = new EmbeddedChannel();
    gone.freezeTime();
    Message.Hello hello = TestAgent.hello(A, "", Map.of());
    AgentStream subscriber = stream(gone, "slow", hello);
    subscriber.receive(new Message.Subscribe(List.of("default/shop"), List.of()));
    register(InstanceState.READY);
    register(InstanceState.DRAINING);
    gone.runPendingTasks();
    subscriber.closed();
    channel.runPendingTasks();

    assertThat(sent()).singleElement().isInstanceOf(Message.Drained.class);
  }

  /** Thousands of streams may have a certificate, and each keeps what it says of its modules. */
  @Test
  void whatIsWovenIsCounted_asLongAsTheStreamLives() {
    long before = hub.identities().followed().taken();
    stream.receive(
        new Message.WovenNow(
            Collections.nCopies(200, new Message.Woven("m".repeat(100), false, "r".repeat(300))),
            List.of()));
    assertThat(hub.identities().followed().taken()).isGreaterThan(before + 250);
    assertThat(stream.info(time.nanos()).woven()).hasSize(200);
    stream.receive(
        new Message.WovenNow(
            List.of(),
            Collections.nCopies(300, new Message.Outside("l".repeat(150), "h".repeat(150), 1))));
    assertThat(hub.identities().followed().taken()).isGreaterThan(before + 250);
    assertThat(stream.info(time.nanos()).outside()).hasSize(300);
    stream.receive(new Message.WovenNow(List.of(), List.of()));
    assertThat(hub.identities().followed().taken()).isLessThanOrEqualTo(before);
    stream.closed();
    assertThat(hub.identities().followed().taken()).isZero();
  }

  private void register(InstanceState state) {
    stream.receive(TestAgent.register(8080, state));
  }

  // ---- the roots

  private static Message.Trusts trusts(List<byte[]> roots) {
    return new Message.Trusts(roots.stream().map(AgentStreamTest::fingerprint).sorted().toList());
  }

  private static String fingerprint(byte[] der) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private void rootsChange() {
    hub.setRoots(ca.status());
    channel.runPendingTasks();
  }

  @Test
  void agentIsReadyWhenItSaysThatTheRootsAreInForce() throws Exception {
    List<byte[]> before = hub.enrolment().bundle().bundle();
    stream.receive(trusts(before));
    assertThat(sent()).as("it has them").isEmpty();
    assertThat(hub.progress().trusting()).isEqualTo(1);

    ca.rotate(Set.of());
    rootsChange();
    Message.Bundle bundle = (Message.Bundle) sent().get(0);
    assertThat(bundle.bundle()).hasSize(2);
    assertThat(hub.progress())
        .isEqualTo(new Hub.Progress(1, 0, 1, List.of("default/shop at embedded"), List.of()));

    stream.receive(trusts(before));
    assertThat(sent()).as("told once; again would go round and round").isEmpty();
    stream.receive(trusts(bundle.bundle()));
    assertThat(hub.progress().trusting()).isEqualTo(1);
    rootsChange();
    assertThat(sent()).as("nothing new").isEmpty();

    // A certificate that was issued before, and came after.
    stream.receive(trusts(before));
    assertThat(sent()).singleElement().isInstanceOf(Message.Bundle.class);
    stream.receive(trusts(before));
    assertThat(sent()).isEmpty();
  }

  @Test
  void agentThatComesWithOldRootsIsToldTheNewOnes() throws Exception {
    List<byte[]> before = hub.enrolment().bundle().bundle();
    ca.rotate(Set.of());
    rootsChange();
    sent();
    EmbeddedChannel late = new EmbeddedChannel();
    late.freezeTime();
    Message.Hello hello = TestAgent.hello(A, "", Map.of());
    AgentStream comes = stream(late, "late", hello);
    comes.start(hello);
    comes.receive(trusts(before));
    late.flushOutbound();
    ByteBuf welcome = late.readOutbound();
    ByteBuf told = late.readOutbound();
    assertThat(told.toString(4, told.readableBytes() - 4, StandardCharsets.UTF_8))
        .startsWith("{\"t\":\"bundle\"");
    welcome.release();
    told.release();
    late.finishAndReleaseAll();
  }

  @Test
  void whenTheNewRootSignsTheAgentIsAskedToRenew_onceAndWithinTheWindow() throws Exception {
    ca.rotate(Set.of());
    time.advance(Duration.ofSeconds(30));
    assertThat(ca.advance(ca.status().version(), true)).isTrue();
    Duration window = ca.status().window();
    rootsChange();
    assertThat(sent()).singleElement().isInstanceOf(Message.Bundle.class);
    stream.receive(trusts(hub.enrolment().bundle().bundle()));
    assertThat(hub.progress().renewed()).isZero();
    assertThat(hub.progress().notRenewed()).containsExactly("default/shop at embedded");
    rootsChange();

    List<Message> asked = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      time.advance(window.dividedBy(100));
      channel.advanceTimeBy(window.dividedBy(100).toNanos(), TimeUnit.NANOSECONDS);
      channel.runScheduledPendingTasks();
      asked.addAll(sent());
    }
    assertThat(asked).containsExactly(new Message.RenewNow());

    stream.receive(new Message.Renew(TestCsr.of(TestCsr.newKey())));
    channel.runPendingTasks();
    assertThat(sent()).singleElement().isInstanceOf(Message.Joined.class);
    assertThat(hub.progress().renewed()).isEqualTo(1);
    assertThat(hub.progress().notRenewed()).isEmpty();
  }

  @Test
  void questionsAreBounded() {
    for (int i = 0; i < 1500; i++) {
      stream.receive(new Message.Resolve("name-" + i, -1));
    }
    assertThat(sent()).hasSize(1500);
    for (int i : new int[] {0, 499, 500, 1499}) {
      Lease lease =
          registry.connect("default", "name-" + i, new UUID(3, i).toString(), Map.of(), "", ORIGIN);
      lease.register(
          List.of(new Port("10.0.0.2", 1 + i, "x", true, TlsMode.PERMISSIVE)), InstanceState.READY);
    }
    channel.runPendingTasks();

    assertThat(sent())
        .extracting(message -> ((Message.Resolved) message).host())
        .containsExactly("name-500", "name-1499");
  }

  @Test
  void subscriptionsAreBounded() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 5001; i++) {
      many.add("default/s" + i);
    }
    stream.receive(new Message.Subscribe(many, List.of()));

    assertThat(sent())
        .filteredOn(Message.Refused.class::isInstance)
        .singleElement()
        .extracting(message -> ((Message.Refused) message).code())
        .isEqualTo("too_many");
  }
}
