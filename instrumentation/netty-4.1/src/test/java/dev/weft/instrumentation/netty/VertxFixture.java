package dev.weft.instrumentation.netty;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.server.ServerCapability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.util.List;

/** The application on a version of Vert.x, with the Netty that it was released with. */
public final class VertxFixture implements ServerFixture {
  /** The lowest on a JDK before 25, the newest there; others with {@code -Dvertxs=…,…}. */
  static final List<String> VERSIONS =
      List.of(
          System.getProperty("vertxs", Runtime.version().feature() < 25 ? "4.5.32" : "5.1.10")
              .split(","));

  private final String version;

  public VertxFixture(String version) {
    this.version = version;
  }

  @Override
  public KitOptions<ServerCapability> options() {
    return KitOptions.of("vertx", ServerCapability.class)
        .cannot(
            ServerCapability.OWN_TLS_LISTENER, "with their first connection, as the channel tells")
        .cannot(ServerCapability.TRAILERS, "the server drops those of requests")
        .cannot(ServerCapability.HALF_CLOSE, "to Netty such a client has gone");
  }

  @Override
  public String adapter() {
    return "netty";
  }

  @Override
  public String variant() {
    return version;
  }

  /** What carries gigabytes here is what carries those of Reactor Netty. */
  @Override
  public boolean large() {
    return false;
  }

  @Override
  public ServerUnderTest start(Setup setup) throws Exception {
    NettyWeaving.install();
    ServerUnderTest application =
        LibraryLoader.make("vertx-" + version, ServerUnderTest.class, VertxApplication.class);
    application.getClass().getMethod("start", Setup.class).invoke(application, setup);
    return application;
  }
}
