package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.coordinator.Coordinator;
import dev.weft.coordinator.Options;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.runtime.tls.TrustBundle;
import dev.weft.wire.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who has a stolen key, speaks the protocol, and wants to be somebody after the key was revoked; at
 * two coordinators over their real ports.
 */
class RevokedThiefTest {
  /** How the admin revokes. */
  enum How {
    SERIAL {
      @Override
      void revoke(Coordinator at, X509Certificate stolen) {
        at.revocations().revoke(stolen.getSerialNumber().toString(16));
      }
    },
    SERVICE {
      @Override
      void revoke(Coordinator at, X509Certificate stolen) {
        at.revocations().revoke("default", "orders");
      }
    };

    abstract void revoke(Coordinator at, X509Certificate stolen);
  }

  @TempDir Path dir;
  private TestingServer zookeeper;
  private Coordinator a;
  private Coordinator b;
  private String token;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new TestingServer(true);
    a = start("a");
    b = start("b");
    token = Files.readString(dir.resolve("home-b/join-token")).strip();
  }

  private Coordinator start(String name) throws Exception {
    Coordinator coordinator =
        Coordinator.start(
            Options.of(dir.resolve(name), dir.resolve("home-" + name))
                .withMesh("127.0.0.1", 0, null)
                .withZooKeeper(zookeeper.getConnectString())
                .withCaKey(dir.resolve("ca.key"), null));
    coordinator.setConfig(new SettableConfig());
    return coordinator;
  }

  @AfterEach
  void stop() throws Exception {
    b.close();
    a.close();
    zookeeper.close();
  }

  private TestAgent stream(Coordinator at, TestAgent.Credentials credentials) throws Exception {
    return TestAgent.open(at.meshAddress(), token, credentials, UUID.randomUUID().toString());
  }

  @ParameterizedTest
  @EnumSource
  void whoRenewsBeforeAndWhileTheKeyIsRevoked_isNobodyAfterwards(How how) throws Exception {
    TestAgent.Credentials stolen = TestAgent.join(a.meshAddress(), token, "default", "orders");
    TestAgent.Credentials spys = TestAgent.join(a.meshAddress(), token, "default", "shop");
    List<TestAgent.Credentials> loot = new ArrayList<>(List.of(stolen));
    Message.Bundle told;
    try (TestAgent atA = stream(a, stolen);
        TestAgent atB = stream(b, stolen);
        TestAgent spyAtA = stream(a, spys);
        TestAgent spyAtB = stream(b, spys)) {
      loot.add(atA.renew());
      loot.add(atB.renew());
      try (TestAgent other = stream(b, loot.get(1))) {
        loot.add(other.renew());
      }
      how.revoke(a, stolen.chain().get(0));

      // Told by others, it asks at once.
      KeyPair key = TestCsr.newKey();
      List<Message> answers = new ArrayList<>();
      spyAtA.expect(Message.Bundle.class, bundle -> !bundle.revoked().isEmpty());
      answers.addAll(asked(atA, key));
      answers.addAll(asked(atB, key));
      told = spyAtB.expect(Message.Bundle.class, bundle -> !bundle.revoked().isEmpty());
      assertThat(answers)
          .as("neither another certificate nor the list")
          .noneMatch(
              message ->
                  message instanceof Message.Joined
                      || message instanceof Message.Bundle bundle && !bundle.revoked().isEmpty());
    }
    for (TestAgent.Credentials one : loot) {
      assertNobody(a, one);
      assertNobody(b, one);
      assertNobodyForAgents(one, told);
    }
    TestAgent.Credentials back = TestAgent.join(b.meshAddress(), token, "default", "orders");
    try (TestAgent again = stream(a, back)) {
      assertThat(again.renew().chain()).isNotEmpty();
    }
  }

  private static List<Message> asked(TestAgent thief, KeyPair key) throws Exception {
    try {
      thief.send(new Message.Renew(TestCsr.of(key)));
    } catch (IOException e) {
      // It has been closed; what had come before that is still to be read.
    }
    thief.expectEnd();
    return thief.unread();
  }

  private void assertNobody(Coordinator at, TestAgent.Credentials loot) {
    assertThatThrownBy(() -> stream(at, loot).close())
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
  }

  private static void assertNobodyForAgents(TestAgent.Credentials loot, Message.Bundle told)
      throws Exception {
    MeshTls tls = new MeshTls(InstantSource.system(), new TlsCounters(), null);
    List<byte[]> chain = new ArrayList<>();
    for (X509Certificate certificate : loot.chain()) {
      chain.add(certificate.getEncoded());
    }
    tls.install(TrustBundle.of(1, told.bundle()));
    tls.install(Identity.of(2, loot.key(), chain));
    assertThat(tls.ready()).isTrue();
    tls.install(TrustBundle.of(3, told.bundle(), told.revoked()));
    assertThat(tls.unready()).isEqualTo("this process's certificate was revoked");
  }

  @Test
  void whoResumesASession_isNobodyEither() throws Exception {
    TestAgent.Credentials stolen = TestAgent.join(a.meshAddress(), token, "default", "orders");
    SSLContext context = TestAgent.context(token, stolen);
    InetSocketAddress port = new InetSocketAddress("localhost", a.meshAddress().getPort());
    long made;
    try (TestAgent first = resumed(port, context)) {
      first.expect(Message.Welcome.class);
      made = first.socket().getSession().getCreationTime();
    }
    try (TestAgent second = resumed(port, context)) {
      second.expect(Message.Welcome.class);
      assertThat(second.socket().getSession().getCreationTime()).as("resumed").isEqualTo(made);
    }
    a.revocations().revoke("default", "orders");
    TestAgent.expectAlert(port, context);
  }

  private static TestAgent resumed(InetSocketAddress port, SSLContext context) throws Exception {
    TestAgent agent = TestAgent.connect(port, context, Message.ALPN);
    agent.send(TestAgent.hello(UUID.randomUUID().toString(), "", Map.of()));
    return agent;
  }
}
