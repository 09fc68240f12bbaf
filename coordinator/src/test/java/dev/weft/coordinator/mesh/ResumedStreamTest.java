package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.ca.CaState.Phase;
import dev.weft.ca.Revocation;
import dev.weft.coordinator.FakeTime;
import dev.weft.coordinator.ca.ServerIdentity;
import dev.weft.policy.SpiffeId;
import dev.weft.wire.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions that an agent comes back with at the mesh port: no trust manager sees it then. They
 * never give it more than a full handshake would at that moment.
 */
class ResumedStreamTest {
  private static final Duration LIFE = Duration.ofHours(24);

  @TempDir Path dir;

  /** The agents' own clock is the real one. */
  private final FakeTime time = new FakeTime(Instant.now());

  private TestHub parts;
  private ServerIdentity coordinator;
  private MeshServer server;
  private InetSocketAddress port;
  private String token;

  @BeforeEach
  void start() throws Exception {
    parts = new TestHub(dir, time);
    coordinator = new ServerIdentity(parts.ca, time);
    server =
        MeshServer.bind(
            parts.hub, parts.ca, coordinator, new InetSocketAddress("127.0.0.1", 0), time);
    server.open();
    // Sessions are kept by the name of the host.
    port = new InetSocketAddress("localhost", server.address().getPort());
    token = "any." + parts.ca.pin();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** What an agent has, and the sessions that it keeps. */
  private final class Agent {
    private final TestAgent.Credentials credentials;
    private final SSLContext context;

    Agent(TestAgent.Credentials credentials) throws Exception {
      this.credentials = credentials;
      this.context = TestAgent.context(token, credentials);
      // Twice, so that it is known to resume.
      long made = visit(context);
      assertThat(visit(context)).as("resumed").isEqualTo(made);
    }

    /** Resumed or not, it is who it was. */
    void isSomebody() throws Exception {
      visit(context);
      visit(TestAgent.context(token, credentials));
    }

    /** Resumed or not. */
    void isNobody() throws Exception {
      for (SSLContext one : List.of(TestAgent.context(token, credentials), context)) {
        assertThatThrownBy(() -> visit(one))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(SocketTimeoutException.class);
      }
    }
  }

  /** Opens a stream as {@code default/orders}; says when its session was made. */
  private long visit(SSLContext context) throws Exception {
    try (TestAgent agent = stream(context)) {
      Message.Welcome welcome = agent.expect(Message.Welcome.class);
      assertThat(welcome.namespace() + "/" + welcome.service()).isEqualTo("default/orders");
      agent.send(new Message.Bye());
      agent.expectEnd();
      return agent.socket().getSession().getCreationTime();
    }
  }

  private TestAgent stream(SSLContext context) throws Exception {
    TestAgent agent = TestAgent.connect(port, context, Message.ALPN);
    agent.send(TestAgent.hello(UUID.randomUUID().toString(), "", Map.of()));
    return agent;
  }

  private TestAgent.Credentials issue() throws Exception {
    SpiffeId id = new SpiffeId("weft.internal", "default", "orders");
    KeyPair key = TestCsr.newKey();
    return new TestAgent.Credentials(
        key,
        parts.ca.issue(id, TestCsr.of(key), parts.revocations.earliest(id)).chain(),
        parts.ca.bundle());
  }

  private static String serial(TestAgent.Credentials credentials) {
    return credentials.chain().get(0).getSerialNumber().toString(16);
  }

  private TestAgent.Credentials renewed(Agent agent) throws Exception {
    try (TestAgent stream = stream(agent.context)) {
      return stream.renew();
    }
  }

  @Test
  void nobodyAfterTheEndOfItsCertificate() throws Exception {
    Agent agent = new Agent(issue());
    time.advance(LIFE.minusMinutes(1));
    agent.isSomebody();
    time.advance(Duration.ofMinutes(2));
    agent.isNobody();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobodyAfterRevocation(boolean bySerial) throws Exception {
    Agent agent = new Agent(issue());
    Agent told = new Agent(agent.credentials);
    time.advance(Duration.ofMinutes(10));
    Agent other = new Agent(issue());
    Revocation revoked =
        bySerial
            ? parts.revocations.revoke(serial(agent.credentials))
            : parts.revocations.revoke("default", "orders");
    assertThat(revoked.serial().isEmpty()).isEqualTo(!bySerial);
    TestAgent.expectAlert(port, told.context);
    agent.isNobody();
    if (bySerial) {
      other.isSomebody();
    } else {
      other.isNobody();
      new Agent(issue()).isSomebody();
    }
  }

  @Test
  void renewalLeavesAnOldSessionWhatItsCertificateHas() throws Exception {
    Agent agent = new Agent(issue());
    time.advance(LIFE.minusHours(1));
    Agent renewed = new Agent(renewed(agent));
    agent.isSomebody();
    time.advance(Duration.ofHours(2));
    renewed.isSomebody();
    agent.isNobody();
  }

  @Test
  void withWhatItWasRenewedTo_anOldSessionIsRevoked() throws Exception {
    Agent agent = new Agent(issue());
    parts.revocations.revoke(serial(renewed(agent)));
    agent.isNobody();
  }

  @Test
  void theCoordinatorsOwnRenewalChangesNothing() throws Exception {
    Agent agent = new Agent(issue());
    coordinator.renew();
    agent.isSomebody();
    time.advance(LIFE.plusMinutes(1));
    agent.isNobody();
  }

  @Test
  void nobodyOnceItsRootHasRetired() throws Exception {
    Agent agent = new Agent(issue());
    Agent told = new Agent(agent.credentials);
    parts.ca.rotate(Set.of());
    agent.isSomebody();
    // Faster than an agent's certificate ends: all others are ready.
    for (Phase phase : List.of(Phase.SIGNING, Phase.RETIRING, Phase.STABLE)) {
      agent.isSomebody();
      time.advance(phase == Phase.RETIRING ? LIFE.dividedBy(8) : Duration.ofMinutes(1));
      assertThat(parts.ca.advance(parts.ca.status().version(), true)).isTrue();
      assertThat(parts.ca.status().phase()).isEqualTo(phase);
      if (phase == Phase.SIGNING) {
        coordinator.renew();
      }
    }
    TestAgent.expectAlert(port, told.context);
    agent.isNobody();
    new Agent(issue()).isSomebody();
  }
}
