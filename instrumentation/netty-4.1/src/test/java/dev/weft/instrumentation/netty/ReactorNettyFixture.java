package dev.weft.instrumentation.netty;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.server.ServerCapability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.util.List;
import java.util.function.Function;

/** The application on a version of Reactor Netty, with the Netty that it was released with. */
public final class ReactorNettyFixture implements ServerFixture {
  private static final String NEWEST = "1.3.7";

  /** The lowest on a JDK before 25, the newest there; others with {@code -Dreactornettys=…,…}. */
  static final List<String> VERSIONS =
      List.of(
          System.getProperty("reactornettys", Runtime.version().feature() < 25 ? "1.0.39" : NEWEST)
              .split(","));

  private final String version;

  public ReactorNettyFixture(String version) {
    this.version = version;
  }

  @Override
  public KitOptions<ServerCapability> options() {
    return KitOptions.of("reactor-netty", ServerCapability.class)
        .cannot(
            ServerCapability.OWN_TLS_LISTENER, "with their first connection, as the channel tells")
        .cannot(ServerCapability.UPGRADE, "WebSocket only, which has a test of its own")
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

  @Override
  public ServerUnderTest start(Setup setup) {
    NettyWeaving.install();
    @SuppressWarnings("unchecked") // the loader's class of it says so
    Function<Setup, ServerUnderTest> application =
        LibraryLoader.make(
            "reactor-netty-" + version, Function.class, ReactorNettyApplication.class);
    return application.apply(setup);
  }
}
