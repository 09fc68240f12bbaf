package dev.weft.instrumentation.jdkhttpserver;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.weft.testkit.Identities;
import dev.weft.testkit.KitOptions;
import dev.weft.testkit.Weaver;
import dev.weft.testkit.server.ServerCapability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The application on the server of this JDK. */
public final class JdkHttpServerFixture implements ServerFixture {
  private static final String ONLY_HTTP_1 = "the server speaks HTTP/1.1 only";

  /**
   * @param variant of no meaning: there is one in a JDK
   */
  @SuppressWarnings("unused")
  public JdkHttpServerFixture(String variant) {}

  @Override
  public KitOptions<ServerCapability> options() {
    return KitOptions.of("jdk-httpserver", ServerCapability.class)
        .cannot(ServerCapability.HTTP_2, ONLY_HTTP_1)
        .cannot(ServerCapability.H2C_UPGRADE, ONLY_HTTP_1)
        .cannot(ServerCapability.UPGRADE, "the server has no upgrade")
        .cannot(ServerCapability.TRAILERS, "the server drops trailers")
        .cannot(ServerCapability.LOST_LATER, "the server loses track of such connections itself")
        .cannot(ServerCapability.CLIENT_TIMEOUT, "the server waits for ever by default")
        .cannot(ServerCapability.OWN_TLS_LISTENER, "HttpsServer is left alone");
  }

  @Override
  public String variant() {
    return "";
  }

  @Override
  public ServerUnderTest start(Setup setup) throws IOException {
    Weaver.install(new JdkHttpServerModule());
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server;
    if (setup.ownTls()) {
      HttpsServer https = HttpsServer.create(any, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(Identities.context("orders")));
      server = https;
    } else {
      server = HttpServer.create(any, 0);
    }
    ExecutorService executor = Executors.newCachedThreadPool();
    server.setExecutor(executor);
    App app = new App(server);
    server.start();
    return new ServerUnderTest() {
      @Override
      public int port() {
        return server.getAddress().getPort();
      }

      @Override
      public void open(String gate) {
        app.open(gate);
      }

      @Override
      public void close() {
        server.stop(0);
        executor.shutdownNow();
      }
    };
  }
}
