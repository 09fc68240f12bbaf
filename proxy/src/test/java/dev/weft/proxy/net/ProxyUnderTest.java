package dev.weft.proxy.net;

import dev.weft.bridge.Bridge;
import dev.weft.host.Problems;
import dev.weft.runtime.Log;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The proxy of a service {@code orders} whose mesh the test is, in front of a {@link Backend}. */
final class ProxyUnderTest implements BeforeEachCallback, AfterEachCallback {
  /** Long enough for what is quick, and short enough to be waited for. */
  static final Timeouts TIMEOUTS =
      new Timeouts(
          Duration.ofSeconds(30),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(2),
          Duration.ofMillis(500));

  static final long REPLAY_LIMIT = 64 * 1024;

  /** What the proxy has room for as `bin/weft proxy` starts it. */
  static final Capacity CAPACITY = Capacity.of(Capacity.UNIT, Capacity.UNIT / 2);

  private static final Leaks LEAKS = Leaks.watch();

  private final Timeouts timeouts;
  private final Capacity capacity;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private @Nullable Backend backend;
  private @Nullable Listeners listeners;
  private TestOutbound outbound = new TestOutbound();
  private int inbound;
  private int proxy;

  ProxyUnderTest() {
    this(TIMEOUTS);
  }

  ProxyUnderTest(Timeouts timeouts) {
    this(timeouts, CAPACITY);
  }

  ProxyUnderTest(Timeouts timeouts, Capacity capacity) {
    this.timeouts = timeouts;
    this.capacity = capacity;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    said.reset();
    TestMesh.get().reset();
    Bridge.mesh(); // whoever serves has asked for it
    outbound = new TestOutbound();
    Backend application = new Backend();
    backend = application;
    Log log = new Log(Log.Level.DEBUG, new PrintStream(said, true), InstantSource.system());
    Listeners opened =
        new Listeners(
            outbound.driven(), new Problems(() -> true), log, REPLAY_LIMIT, timeouts, capacity);
    listeners = opened;
    proxy = opened.proxy(loopback(0)).getPort();
    Listeners.Inbound port = opened.inbound(loopback(0));
    port.open(TestMesh.get(), application.address());
    inbound = port.address().getPort();
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    listeners().close();
    backend().close();
    LEAKS.assertNone();
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  Listeners listeners() {
    if (listeners == null) {
      throw new IllegalStateException("only while a test runs");
    }
    return listeners;
  }

  /** The application behind the inbound port. */
  Backend backend() {
    if (backend == null) {
      throw new IllegalStateException("only while a test runs");
    }
    return backend;
  }

  /** Decides about what comes in. */
  TestListener listener() {
    return TestMesh.get().listener(inbound);
  }

  /** Decides about what goes out. */
  TestOutbound outbound() {
    return outbound;
  }

  int inboundPort() {
    return inbound;
  }

  int proxyPort() {
    return proxy;
  }

  /** A plaintext connection of some caller. */
  Http1 caller() throws IOException {
    return Http1.plain(inbound);
  }

  /** A mesh TLS connection of the service {@code shop}. */
  Http1 meshCaller() throws IOException {
    return Http1.tls(inbound, "shop", "http/1.1");
  }

  /** A connection of the application to its HTTP proxy. */
  Http1 application() throws IOException {
    return Http1.plain(proxy);
  }

  String log() {
    return said.toString(StandardCharsets.UTF_8);
  }
}
