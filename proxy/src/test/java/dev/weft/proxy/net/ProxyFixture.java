package dev.weft.proxy.net;

import dev.weft.bridge.Bridge;
import dev.weft.host.Problems;
import dev.weft.runtime.Log;
import dev.weft.testkit.KitOptions;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.server.ServerCapability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;

/** The inbound port of a proxy, and an application behind it. */
public final class ProxyFixture implements ServerFixture {
  private static final String ONLY_HTTP_1 = "the proxy speaks HTTP/1.1 only";
  private static final Timeouts IMPATIENT =
      new Timeouts(
          Duration.ofMillis(800),
          Timeouts.DEFAULT.head(),
          Timeouts.DEFAULT.body(),
          Timeouts.DEFAULT.peek(),
          Timeouts.DEFAULT.linger());

  private static final String ONLY_PLAINTEXT = "the application behind a proxy speaks plaintext";

  /**
   * @param variant of no meaning: there is one
   */
  @SuppressWarnings("unused")
  public ProxyFixture(String variant) {}

  @Override
  public KitOptions<ServerCapability> options() {
    return KitOptions.of("proxy", ServerCapability.class)
        .cannot(ServerCapability.HTTP_2, ONLY_HTTP_1)
        .cannot(ServerCapability.H2C_UPGRADE, ONLY_HTTP_1)
        .cannot(ServerCapability.UPGRADE, "WebSocket only, which has tests of its own")
        .cannot(
            ServerCapability.HALF_CLOSE,
            "to a proxy such a client has gone, and its call is given up")
        .cannot(ServerCapability.OWN_TLS, ONLY_PLAINTEXT)
        .cannot(ServerCapability.OWN_TLS_LISTENER, ONLY_PLAINTEXT)
        .cannot(ServerCapability.CONTEXT, "the application behind a proxy is a process of its own")
        .cannot(ServerCapability.WITHOUT_MESH, "the port stays closed");
  }

  @Override
  public String variant() {
    return "";
  }

  @Override
  public ServerUnderTest start(Setup setup) throws Exception {
    Bridge.mesh(); // whoever serves has asked for it
    if (setup.careless()) {
      return start(new CarelessApplication());
    }
    KitApplication application = new KitApplication();
    Listeners listeners = listeners(setup.impatient() ? IMPATIENT : Timeouts.DEFAULT);
    Listeners.Inbound inbound = listeners.inbound(ProxyUnderTest.loopback(0));
    inbound.open(TestMesh.get(), application.address());
    return new ServerUnderTest() {
      @Override
      public int port() {
        return inbound.address().getPort();
      }

      @Override
      public void open(String gate) {
        application.open(gate);
      }

      @Override
      public void close() throws IOException {
        listeners.close();
        application.close();
      }
    };
  }

  private static ServerUnderTest start(CarelessApplication application) throws IOException {
    Listeners listeners = listeners(Timeouts.DEFAULT);
    Listeners.Inbound inbound = listeners.inbound(ProxyUnderTest.loopback(0));
    inbound.open(TestMesh.get(), application.address());
    return new ServerUnderTest() {
      @Override
      public int port() {
        return inbound.address().getPort();
      }

      @Override
      public void open(String gate) {
        throw new UnsupportedOperationException("nothing waits in it");
      }

      @Override
      public void close() throws IOException {
        listeners.close();
        application.close();
      }
    };
  }

  private static Listeners listeners(Timeouts timeouts) {
    return new Listeners(
        new TestOutbound().driven(),
        new Problems(() -> false),
        new Log(Log.Level.OFF, System.err, InstantSource.system()),
        ProxyUnderTest.REPLAY_LIMIT,
        timeouts,
        ProxyUnderTest.CAPACITY);
  }
}
