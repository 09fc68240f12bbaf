package dev.weft.coordinator.mesh;

import static dev.weft.coordinator.mesh.TestAgent.hello;
import static dev.weft.coordinator.mesh.TestAgent.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.Coordinator;
import dev.weft.coordinator.Options;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/protocol.md}, step by step, over a real port. Each test has services of its own. */
class MeshProtocolTest {
  @TempDir static Path dir;
  private static final SettableConfig config = new SettableConfig();
  private static Coordinator coordinator;
  private static InetSocketAddress mesh;
  private static String token;

  @BeforeAll
  static void start() throws Exception {
    coordinator =
        Coordinator.start(
            Options.of(dir.resolve("data"), dir.resolve("home")).withMesh("127.0.0.1", 0, null));
    mesh = coordinator.meshAddress();
    token = Files.readString(dir.resolve("home/join-token")).strip();
    coordinator.setConfig(config);
  }

  @AfterAll
  static void stop() {
    coordinator.close();
  }

  private static TestAgent.Credentials credentials(String namespace, String service)
      throws Exception {
    return TestAgent.join(mesh, token, namespace, service);
  }

  private static TestAgent agent(String namespace, String service) throws Exception {
    return TestAgent.open(
        mesh, token, credentials(namespace, service), UUID.randomUUID().toString());
  }

  private static AgentInfo info(String service) {
    return coordinator.registry().agents().stream()
        .filter(agent -> agent.service().equals(service))
        .findFirst()
        .orElseThrow();
  }

  // ---- who may say what

  @Test
  void withoutACertificateOneMayOnlyJoin() throws Exception {
    for (Message message :
        List.of(
            hello(UUID.randomUUID().toString(), "", Map.of()),
            new Message.Ping(),
            new Message.Resolve("orders", 80),
            new Message.Renew(TestCsr.of(TestCsr.newKey())))) {
      try (TestAgent stranger = TestAgent.connect(mesh, token, null)) {
        stranger.send(message);
        assertThat(stranger.expect(Message.Refused.class).code()).isEqualTo("no_certificate");
        stranger.expectEnd();
      }
    }
  }

  @Test
  void certificateOfAnotherAuthorityIsNoCertificate() throws Exception {
    Path elsewhere = dir.resolve("elsewhere");
    TestAgent.Credentials foreign;
    try (Coordinator other =
        Coordinator.start(
            Options.of(elsewhere.resolve("data"), elsewhere.resolve("home"))
                .withMesh("127.0.0.1", 0, null))) {
      other.setConfig(new SettableConfig());
      foreign =
          TestAgent.join(
              other.meshAddress(),
              Files.readString(elsewhere.resolve("home/join-token")).strip(),
              "default",
              "orders");
    }

    assertThatThrownBy(
            () -> {
              // TLS 1.3: the client's end of the handshake is done before the server's refusal.
              try (TestAgent agent = TestAgent.connect(mesh, token, foreign)) {
                agent.send(hello(UUID.randomUUID().toString(), "", Map.of()));
                agent.expect(Message.Welcome.class);
              }
            })
        .isInstanceOf(IOException.class);
  }

  @Test
  void developersTokenMakesNobodyTheMesh() throws Exception {
    try (TestAgent agent = TestAgent.connect(mesh, token, null)) {
      agent.send(TestAgent.join(token, TestCsr.newKey(), "weft-system", "coordinator"));
      assertThat(agent.expect(Message.Refused.class).code()).isEqualTo("not_granted");
      agent.expectEnd();
    }
  }

  @Test
  void whoHasJoinedGoesOnAsWhoItIs_onTheSameConnection() throws Exception {
    KeyPair key = TestCsr.newKey();
    try (TestAgent agent = TestAgent.connect(mesh, token, null)) {
      agent.send(TestAgent.join(token, key, "default", "newcomer"));
      TestAgent.Credentials joined = TestAgent.credentials(key, agent.expect(Message.Joined.class));
      agent.send(hello(UUID.randomUUID().toString(), "", Map.of()));
      Message.Welcome welcome = agent.expect(Message.Welcome.class);
      assertThat(welcome.namespace() + "/" + welcome.service()).isEqualTo("default/newcomer");
      assertThat(info("newcomer").certificateSerial())
          .isEqualTo(joined.chain().get(0).getSerialNumber().toString(16));

      // No longer a stranger's 16 KiB.
      agent.send(
          new Message.Subscribe(
              IntStream.range(0, 900).mapToObj(i -> "default/newcomers-neighbour-" + i).toList(),
              List.of()));
      agent.ping();
      TestAgent.Credentials renewed = agent.renew();
      try (TestAgent other = TestAgent.open(mesh, token, renewed, UUID.randomUUID().toString())) {
        other.ping();
      }

      coordinator.revocations().revoke(joined.chain().get(0).getSerialNumber().toString(16));
      agent.expectEnd();
    }
  }

  @Test
  void whoHasJoinedMaySayHelloAndNothingElse() throws Exception {
    for (Message message :
        List.of(
            TestAgent.join(token, TestCsr.newKey(), "default", "another"),
            new Message.Renew(TestCsr.of(TestCsr.newKey())),
            register(8080, InstanceState.READY))) {
      try (TestAgent agent = TestAgent.connect(mesh, token, null)) {
        agent.send(TestAgent.join(token, TestCsr.newKey(), "default", "eager"));
        agent.expect(Message.Joined.class);
        agent.send(message);
        assertThat(agent.expect(Message.Refused.class).code()).isEqualTo("bad_request");
        agent.expectEnd();
      }
    }
  }

  @Test
  void helloBeforeTheAnswerToAJoinIsNotHeard() throws Exception {
    try (TestAgent agent = TestAgent.connect(mesh, token, null)) {
      agent.send(TestAgent.join(token, TestCsr.newKey(), "default", "hasty"));
      agent.send(hello(UUID.randomUUID().toString(), "", Map.of()));
      assertThat(agent.expect(Message.Refused.class).message())
          .contains("a join is being answered");
      agent.expectEnd();
    }
  }

  @Test
  void certificateDecidesNotTheMessage() throws Exception {
    try (TestAgent agent = TestAgent.connect(mesh, token, credentials("default", "who"))) {
      agent.send(hello(UUID.randomUUID().toString(), "", Map.of()));
      Message.Welcome welcome = agent.expect(Message.Welcome.class);
      assertThat(welcome.namespace()).isEqualTo("default");
      assertThat(welcome.service()).isEqualTo("who");
      assertThat(welcome.heartbeatMillis()).isEqualTo(3000);
      assertThat(welcome.peers()).containsExactly("127.0.0.1:" + mesh.getPort());
      agent.send(new Message.Join(token, new byte[0], "default", "other", "x", "x"));
      assertThat(agent.expect(Message.Refused.class).code()).isEqualTo("bad_request");
      agent.expectEnd();
    }
  }

  @Test
  void otherProtocolsAreRefused() {
    assertThatThrownBy(() -> TestAgent.connect(mesh, token, null, "h2").ping())
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(
            () -> {
              javax.net.ssl.SSLContext context = javax.net.ssl.SSLContext.getInstance("TLSv1.2");
              context.init(null, new javax.net.ssl.TrustManager[] {new TrustAll()}, null);
              try (SSLSocket old =
                  (SSLSocket)
                      context.getSocketFactory().createSocket(mesh.getAddress(), mesh.getPort())) {
                old.setEnabledProtocols(new String[] {"TLSv1.2"});
                old.startHandshake();
              }
            })
        .isInstanceOf(SSLException.class);
  }

  @Test
  void framesOutOfBoundsEndTheConnection() throws Exception {
    for (int length : new int[] {-1, Integer.MIN_VALUE, (1 << 20) + 1, 70_000}) {
      try (TestAgent stranger = TestAgent.connect(mesh, token, null)) {
        var out = stranger.socket().getOutputStream();
        out.write(java.nio.ByteBuffer.allocate(4).putInt(length).array());
        out.flush();
        stranger.expectEnd();
        assertThat(stranger.unread()).isEmpty();
      }
    }
    for (String frame : List.of("", "x", "{}", "{\"t\":1}", "{\"t\":\"hello\"}", "[]")) {
      try (TestAgent stranger = TestAgent.connect(mesh, token, null)) {
        byte[] bytes = frame.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        var out = stranger.socket().getOutputStream();
        out.write(
            java.nio.ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array());
        out.flush();
        assertThat(stranger.expect(Message.Refused.class).code()).isEqualTo("bad_frame");
        stranger.expectEnd();
      }
    }
  }

  @Test
  void whatANewerAgentSaysIsIgnored() throws Exception {
    try (TestAgent agent = agent("default", "newer")) {
      byte[] frame =
          "{\"t\":\"report\",\"x\":[1,{}]}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
      dev.weft.wire.Frames.write(agent.socket().getOutputStream(), frame);
      agent.ping();
    }
  }

  @Test
  void renewsOverTheStream() throws Exception {
    TestAgent.Credentials first = credentials("default", "renewing");
    try (TestAgent agent = TestAgent.open(mesh, token, first, UUID.randomUUID().toString())) {
      KeyPair key = TestCsr.newKey();
      agent.send(new Message.Renew(TestCsr.of(key)));
      TestAgent.Credentials next = TestAgent.credentials(key, agent.expect(Message.Joined.class));
      assertThat(next.chain().get(0)).isNotEqualTo(first.chain().get(0));
      assertThat(next.chain().get(0).getSubjectAlternativeNames().toString())
          .contains("spiffe://weft.internal/ns/default/sa/renewing");

      agent.send(new Message.Renew(new byte[] {0x30, 0}));
      assertThat(agent.expect(Message.Refused.class).code()).isEqualTo("bad_csr");
      TestAgent.open(mesh, token, next, UUID.randomUUID().toString()).close();
    }
  }

  @Test
  void badRegistrationIsRefused_andTheStreamGoesOn() throws Exception {
    try (TestAgent agent = agent("default", "badly")) {
      Port nowhere = new Port("0.0.0.0", 80, "x", true, TlsMode.DISABLE);
      agent.send(new Message.Register(List.of(nowhere), InstanceState.READY));
      Message.Refused refused = agent.expect(Message.Refused.class);
      assertThat(refused.code()).isEqualTo("bad_register");
      assertThat(refused.message()).startsWith("register.ports.address: \"0.0.0.0\"");
      agent.ping();
    }
  }

  @Test
  void whatIsBeyondABoundIsRefusedOnce_andTheStreamEnds() throws Exception {
    try (TestAgent agent = agent("default", "badly")) {
      agent.sendRaw("{\"t\":\"subscribe\",\"add\":[\"nonsense\",\"a/b/c\",\"d\"]}");
      agent.sendRaw("{\"t\":\"subscribe\",\"add\":[\"nonsense\"]}");
      Message.Refused refused = agent.expect(Message.Refused.class);
      assertThat(refused.code()).isEqualTo("bad_frame");
      assertThat(refused.message())
          .isEqualTo("subscribe.add: nonsense (expected: namespace/service)");
      agent.expectEnd();
      assertThat(agent.unread()).noneMatch(Message.Refused.class::isInstance);
    }
  }

  // ---- endpoints

  @Test
  void lostStreamIsSuspect_andByAReturnReady() throws Exception {
    TestAgent.Credentials server = credentials("default", "flaky");
    String id = UUID.randomUUID().toString();
    try (TestAgent watcher = agent("default", "flaky-watcher")) {
      watcher.send(new Message.Subscribe(List.of("default/flaky"), List.of()));
      watcher.expect(Message.Endpoints.class);
      TestAgent first = TestAgent.open(mesh, token, server, id);
      first.send(register(9001, InstanceState.READY));
      assertThat(state(watcher)).isEqualTo(InstanceState.READY);
      first.close();
      assertThat(state(watcher)).isEqualTo(InstanceState.SUSPECT);
      try (TestAgent second = TestAgent.open(mesh, token, server, id)) {
        assertThat(state(watcher)).isEqualTo(InstanceState.READY);
        second.ping();
      }
    }
  }

  private static InstanceState state(TestAgent watcher) throws IOException {
    Message.Endpoints change = watcher.expect(Message.Endpoints.class);
    assertThat(change.add()).hasSize(1);
    return change.add().get(0).state();
  }

  @Test
  void resyncSendsAllAgain_unsubscribedHearsNothing() throws Exception {
    try (TestAgent server = agent("default", "synced");
        TestAgent watcher = agent("default", "synced-watcher")) {
      server.send(register(9002, InstanceState.READY));
      server.ping();
      watcher.send(new Message.Subscribe(List.of("default/synced"), List.of()));
      Message.Endpoints whole = watcher.expect(Message.Endpoints.class);
      watcher.send(new Message.Resync("default/synced"));
      assertThat(watcher.expect(Message.Endpoints.class)).isEqualTo(whole);

      watcher.send(new Message.Subscribe(List.of(), List.of("default/synced")));
      watcher.ping();
      server.send(register(9003, InstanceState.READY));
      server.ping();
      watcher.send(new Message.Subscribe(List.of("default/synced"), List.of()));
      Message.Endpoints next = watcher.expect(Message.Endpoints.class);
      assertThat(next.base()).isEqualTo(-1);
      assertThat(next.add().get(0).ports().get(0).number()).isEqualTo(9003);
    }
  }

  @Test
  void resumesWhereItWas() throws Exception {
    TestAgent.Credentials credentials = credentials("default", "resumer");
    String id = UUID.randomUUID().toString();
    try (TestAgent server = agent("default", "resumed")) {
      server.send(register(9004, InstanceState.READY));
      server.ping();
      Message.Endpoints whole;
      String epoch;
      try (TestAgent before = TestAgent.connect(mesh, token, credentials)) {
        before.send(hello(id, "", Map.of()));
        epoch = before.expect(Message.Welcome.class).epoch();
        before.send(new Message.Subscribe(List.of("default/resumed"), List.of()));
        whole = before.expect(Message.Endpoints.class);
      }
      Map<String, Long> known = Map.of("default/resumed", whole.revision());

      try (TestAgent again = TestAgent.connect(mesh, token, credentials)) {
        again.send(hello(id, epoch, known));
        again.send(new Message.Subscribe(List.of("default/resumed"), List.of()));
        again.expect(Message.Welcome.class);
        server.send(register(9005, InstanceState.READY));
        Message.Endpoints delta = again.expect(Message.Endpoints.class);
        assertThat(delta.base()).as("nothing was sent again").isEqualTo(whole.revision());
        assertThat(delta.add()).hasSize(1);
      }
      try (TestAgent late = TestAgent.connect(mesh, token, credentials)) {
        late.send(hello(id, epoch, known));
        Message.Endpoints delta = late.expect(Message.Endpoints.class);
        assertThat(delta.base()).as("what was missed").isEqualTo(whole.revision());
      }
      for (Map<String, Long> unknown :
          List.of(Map.of("default/resumed", 5L), Map.of("default/resumed", -1L))) {
        try (TestAgent other = TestAgent.connect(mesh, token, credentials)) {
          other.send(hello(id, epoch, unknown));
          assertThat(other.expect(Message.Endpoints.class).base()).isEqualTo(-1);
        }
      }
      try (TestAgent other = TestAgent.connect(mesh, token, credentials)) {
        other.send(hello(id, "of another coordinator", known));
        assertThat(other.expect(Message.Endpoints.class).base()).isEqualTo(-1);
      }
    }
  }

  // ---- names

  @Test
  void namesAreResolvedInTheirForms() throws Exception {
    try (TestAgent server = granted("shop", "catalog");
        TestAgent asker = agent("shop", "asker")) {
      server.send(register(9006, InstanceState.READY));
      server.ping();
      for (String host :
          List.of(
              "catalog",
              "CATALOG.",
              "catalog.shop",
              "catalog.shop.svc",
              "catalog.shop.svc.cluster.local")) {
        asker.send(new Message.Resolve(host, -1));
        Message.Resolved resolved = asker.expect(Message.Resolved.class);
        assertThat(resolved.host()).isEqualTo(host);
        assertThat(resolved.service()).as(host).isEqualTo("shop/catalog");
        assertThat(resolved.instance()).isEmpty();
      }
      for (String host :
          List.of(
              "catalog.default",
              "catalog.shop.example.com",
              "example.com",
              "",
              "a_b",
              "[::1",
              "catalog.shop.svc.cluster",
              "x".repeat(300))) {
        asker.send(new Message.Resolve(host, 80));
        Message.Resolved resolved = asker.expect(Message.Resolved.class);
        assertThat(resolved.service()).as(host).isNull();
        assertThat(resolved.ttlMillis()).isEqualTo(30_000);
      }
      server.send(TestAgent.register("10.1.0.9", 9006, InstanceState.READY));
      server.ping();
      asker.send(new Message.Resolve("10.1.0.9", 9006));
      Message.Resolved address = asker.expect(Message.Resolved.class);
      assertThat(address.service()).isEqualTo("shop/catalog");
      assertThat(address.instance()).isNotEmpty();
    }
  }

  @Test
  void answerIsSaidAgainWhenTheNameAppears() throws Exception {
    try (TestAgent asker = agent("default", "early")) {
      asker.send(new Message.Resolve("latecomer", 8080));
      asker.send(new Message.Resolve("10.1.0.9", 9007));
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();

      try (TestAgent server = granted("default", "latecomer")) {
        server.send(TestAgent.register("10.1.0.9", 9007, InstanceState.READY));
        Message.Resolved name =
            asker.expect(Message.Resolved.class, r -> r.host().equals("latecomer"));
        assertThat(name.service()).isEqualTo("default/latecomer");
        assertThat(name.port()).isEqualTo(8080);
        Message.Resolved address =
            asker.expect(Message.Resolved.class, r -> r.host().equals("10.1.0.9"));
        assertThat(address.service()).isEqualTo("default/latecomer");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:7f00:1", "169.254.169.254", "fe80::1"})
  void whatIsEveryonesOwn_isNobodys(String address) throws Exception {
    try (TestAgent server = agent("default", "local");
        TestAgent asker = agent("default", "local-asker")) {
      server.send(register(9011, InstanceState.READY));
      server.send(TestAgent.register("::1", 9011, InstanceState.READY));
      server.ping();
      asker.send(new Message.Resolve(address, 9011));
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();
    }
  }

  // ---- addresses

  @Test
  void addressesThatATokenGrants_areGrantedByEachCertificateAfterIt() throws Exception {
    TestAgent.Credentials first = grantedCredentials("default", "roaming");
    KeyPair key = TestCsr.newKey();
    TestAgent.Credentials next;
    try (TestAgent agent = TestAgent.open(mesh, token, first, UUID.randomUUID().toString())) {
      agent.send(TestAgent.register("10.1.0.9", 9012, InstanceState.READY));
      agent.send(new Message.Renew(TestCsr.of(key)));
      next = TestAgent.credentials(key, agent.expect(Message.Joined.class));
      assertThat(agent.unread()).noneMatch(Message.Refused.class::isInstance);
    }
    try (TestAgent agent = TestAgent.open(mesh, token, next, UUID.randomUUID().toString())) {
      agent.send(TestAgent.register("10.1.0.9", 9012, InstanceState.READY));
      agent.send(TestAgent.register("10.2.0.9", 9012, InstanceState.READY));
      Message.Refused refused = agent.expect(Message.Refused.class);
      assertThat(refused.code()).isEqualTo("bad_register");
      assertThat(refused.message())
          .startsWith("register.ports.address: 10.2.0.9 is not granted")
          .contains("comes from 127.0.0.1", "--addresses 10.2.0.9");
      assertThat(info("roaming").nacks()).anyMatch(nack -> nack.contains("10.2.0.9"));
      agent.send(TestAgent.register("10.1.0.9", 9012, InstanceState.READY));
      agent.ping();
      assertThat(info("roaming").nacks()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "8.8.8.8", "10.1.0.9", "fe80:0:0:0:0:0:0:1"})
  void whoIsGrantedNothing_registersNoAddressButItsOwn(String address) throws Exception {
    try (TestAgent member = agent("default", "greedy");
        TestAgent asker = agent("default", "greedy-asker")) {
      member.send(TestAgent.register(address, 9013, InstanceState.READY));
      Message.Refused refused = member.expect(Message.Refused.class);
      assertThat(refused.code()).isEqualTo("bad_register");
      assertThat(refused.message()).contains(address, "weft.advertise");
      asker.send(new Message.Resolve(address, 9013));
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();
      member.send(register(9013, InstanceState.READY));
      member.ping();
      assertThat(member.unread()).noneMatch(Message.Refused.class::isInstance);
    }
  }

  private static TestAgent granted(String namespace, String service) throws Exception {
    return TestAgent.open(
        mesh, token, grantedCredentials(namespace, service), UUID.randomUUID().toString());
  }

  /** Of a token that grants 10.1.0.0/16. */
  private static TestAgent.Credentials grantedCredentials(String namespace, String service)
      throws Exception {
    String its =
        coordinator
            .tokens()
            .create(namespace, service, Duration.ofHours(1), 1, List.of("10.1.0.0/16"));
    return TestAgent.join(mesh, its, namespace, service);
  }

  // ---- policy

  @Test
  void policyIsPushedAcknowledgedAndCoalesced() throws Exception {
    config.set(SettableConfig.peerAuthentication("weft-system", "mesh", "PERMISSIVE"));
    try (TestAgent agent = agent("pushed", "reader")) {
      Message.Push whole = agent.expect(Message.Push.class);
      assertThat(whole.full()).isTrue();
      assertThat(whole.n()).isEqualTo(1);
      agent.ping();

      agent.stopAcknowledging();
      config.set(
          SettableConfig.peerAuthentication("weft-system", "mesh", "PERMISSIVE"),
          SettableConfig.peerAuthentication("pushed", "strict", "STRICT"),
          SettableConfig.peerAuthentication("elsewhere", "strict", "STRICT"));
      Message.Push second =
          agent.expect(Message.Push.class, push -> names(push).contains("pushed/strict"));
      assertThat(second.full()).isFalse();
      assertThat(names(second)).doesNotContain("elsewhere/strict");
      assertThat(info("reader").acked()).isLessThan(second.n());

      // Two revisions while one is on its way: one push with the later.
      config.set(SettableConfig.peerAuthentication("pushed", "strict", "DISABLE"));
      config.set(SettableConfig.peerAuthentication("pushed", "other", "STRICT"));
      agent.send(new Message.Nack(second.n(), "PeerAuthentication/pushed/strict", "spec", "no"));
      agent.send(new Message.Ack(second.n()));
      Message.Push third = agent.expect(Message.Push.class);
      if (!third.remove().contains("PeerAuthentication/pushed/strict")) {
        // The debounce had not elapsed; then what came between is in the next one.
        agent.send(new Message.Ack(third.n()));
        third = agent.expect(Message.Push.class);
      }
      assertThat(names(third)).contains("pushed/other");
      assertThat(third.remove()).contains("PeerAuthentication/pushed/strict");
      agent.send(new Message.Ack(third.n()));
      agent.ping();
      assertThat(info("reader").acked()).isEqualTo(third.n());
      assertThat(info("reader").nacks())
          .containsExactly("PeerAuthentication/pushed/strict: spec: no");
    }
  }

  private static List<String> names(Message.Push push) {
    return push.upsert().stream()
        .map(tree -> (Map<?, ?>) tree.get("metadata"))
        .map(metadata -> metadata.get("namespace") + "/" + metadata.get("name"))
        .toList();
  }

  @Test
  void namespaceOfASubscribedServiceConcernsTheAgent() throws Exception {
    config.set(
        resource("v1", "Service", "far", "theirs", Map.of("selector", Map.of("app", "theirs"))),
        SettableConfig.peerAuthentication("far", "not-theirs-to-know", "PERMISSIVE"));
    try (TestAgent agent = agent("near", "traveller")) {
      agent.expect(Message.Push.class);
      agent.send(new Message.Subscribe(List.of("far/away"), List.of()));
      Message.Push push =
          agent.expect(Message.Push.class, one -> names(one).contains("far/theirs"));
      assertThat(names(push)).doesNotContain("far/not-theirs-to-know");
    }
  }

  private static Map<String, Object> resource(
      String apiVersion, String kind, String namespace, String name, Map<String, Object> spec) {
    return Map.of(
        "apiVersion", apiVersion,
        "kind", kind,
        "metadata", Map.of("name", name, "namespace", namespace),
        "spec", spec);
  }

  @Test
  void aServiceOfPolicyIsAName_andItsPolicyComesBeforeTheAnswer() throws Exception {
    try (TestAgent asker = agent("near", "asker-of-services")) {
      asker.expect(Message.Push.class);
      asker.send(new Message.Resolve("orders-v2.distant", 80));
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();

      config.set(
          resource(
              "v1",
              "Service",
              "distant",
              "orders-v2",
              Map.of("selector", Map.of("app", "orders", "version", "v2"))));
      Message.Resolved resolved =
          asker.expect(Message.Resolved.class, answer -> answer.service() != null);
      assertThat(resolved.service()).isEqualTo("distant/orders-v2");
      assertThat(asker.unread())
          .anyMatch(m -> m instanceof Message.Push p && names(p).contains("distant/orders-v2"));

      config.set();
      asker.expect(Message.Push.class, push -> push.remove().contains("Service/distant/orders-v2"));
      asker.send(new Message.Resolve("orders-v2.distant", 81));
      assertThat(asker.expect(Message.Resolved.class).service()).isNull();
    }
  }

  @Test
  void endpointsOfANamespaceComeAfterItsPolicy() throws Exception {
    config.set(
        resource("v1", "Service", "later", "theirs", Map.of("selector", Map.of("app", "theirs"))));
    try (TestAgent server = agent("later", "target");
        TestAgent caller = agent("near", "caller")) {
      server.send(register(9009, InstanceState.READY));
      server.expect(Message.Push.class, push -> names(push).contains("later/theirs"));
      server.ping();
      caller.stopAcknowledging();
      Message.Push first = caller.expect(Message.Push.class);
      caller.send(new Message.Subscribe(List.of("later/target"), List.of()));
      caller.ping();
      caller.send(new Message.Ack(first.n()));
      caller.expect(Message.Endpoints.class);
      assertThat(caller.unread())
          .anyMatch(m -> m instanceof Message.Push p && names(p).contains("later/theirs"));
    }
  }

  @Test
  void adoptedNamesConcernEveryAgent() throws Exception {
    config.set(
        resource(
            "weft.dev/v1alpha1",
            "MeshService",
            "elsewhere",
            "orders",
            Map.of("hosts", List.of("orders.internal"))));
    try (TestAgent agent = agent("near", "user-of-old-names")) {
      agent.expect(Message.Push.class, push -> names(push).contains("elsewhere/orders"));
      config.set();
      agent.expect(
          Message.Push.class, push -> push.remove().contains("MeshService/elsewhere/orders"));
    }
  }

  @Test
  void peerAuthenticationDecidesTheModeOfPorts() throws Exception {
    try (TestAgent server = agent("modes", "closed");
        TestAgent watcher = agent("modes", "closed-watcher")) {
      server.send(register(9008, InstanceState.READY));
      watcher.send(new Message.Subscribe(List.of("modes/closed"), List.of()));
      watcher.expect(Message.Endpoints.class, e -> mode(e) == TlsMode.PERMISSIVE);
      config.set(SettableConfig.peerAuthentication("modes", "strict", "STRICT"));
      watcher.expect(Message.Endpoints.class, e -> mode(e) == TlsMode.STRICT);
      config.set();
      watcher.expect(Message.Endpoints.class, e -> mode(e) == TlsMode.PERMISSIVE);
    }
  }

  private static TlsMode mode(Message.Endpoints endpoints) {
    List<Instance> add = endpoints.add();
    return add.isEmpty() ? TlsMode.DISABLE : add.get(0).ports().get(0).tls();
  }
}
