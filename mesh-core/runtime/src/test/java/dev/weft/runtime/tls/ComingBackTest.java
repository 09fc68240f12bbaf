package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.SpiffeId;
import dev.weft.runtime.Log;
import dev.weft.runtime.Node;
import dev.weft.runtime.control.ControlHandler;
import dev.weft.runtime.control.ControlStream;
import dev.weft.runtime.control.IdentityStore;
import dev.weft.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a member comes back to a coordinator that has no time for it. */
class ComingBackTest {
  private static final SpiffeId SHOP = new SpiffeId("weft.internal", "default", "shop");

  private final TestClock clock = new TestClock();
  private final TestCa ca = new TestCa("mesh", clock.instant());

  private final class Store implements IdentityStore {
    @Override
    public Kept load() {
      return new Kept(ca.identity(SHOP), TestCa.bundle(ca));
    }

    @Override
    public void save(Identity identity, TrustBundle bundle) {}
  }

  private static final class Silent implements ControlHandler {
    @Override
    public Message.Hello hello(String epoch) {
      throw new AssertionError("nobody is there to say it to");
    }

    @Override
    public void joining(@Nullable String awaited, boolean proven) {}

    @Override
    public void opened(Message.Welcome welcome, String local, ControlStream stream) {}

    @Override
    public void received(Message message, ControlStream stream) {}

    @Override
    public void closed() {}
  }

  /** To join would cost an overloaded coordinator twice as much, and each time. */
  @Test
  @Timeout(60)
  void whoseHandshakeIsCut_comesBackWithItsCertificate() throws Exception {
    AtomicInteger joins = new AtomicInteger();
    Node node = new Node(UUID.randomUUID().toString(), "default", "shop", Map.of(), "", "test");
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    try (ServerSocket coordinator = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      ControlStream stream =
          new ControlStream(
              node,
              List.of("127.0.0.1:" + coordinator.getLocalPort()),
              () -> {
                joins.incrementAndGet();
                return ca.token();
              },
              new MeshTls(clock, new TlsCounters(), null),
              new Store(),
              new Silent(),
              timer,
              clock,
              new Random(1),
              new Log(
                  Log.Level.OFF,
                  new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                  clock));
      stream.start();
      for (int i = 0; i < 4; i++) {
        try (Socket cut = coordinator.accept()) {
          cut.getInputStream().read(new byte[16384]);
        }
      }
      stream.stop();
    } finally {
      timer.shutdownNow();
    }
    assertThat(joins).hasValue(0);
  }
}
