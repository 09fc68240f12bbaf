package dev.weft.proxy.net;

import dev.weft.host.Problems;
import dev.weft.runtime.Log;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.server.AuthorizationContract;
import dev.weft.testkit.server.Capability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerOptions;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.io.IOException;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** The kit's page on authorization: no way of writing a request leads past it here either. */
@Timeout(120)
class ProxyAuthorizationTest implements AuthorizationContract {
  @BeforeEach
  void forget() {
    TestMesh.get().reset();
  }

  @Override
  public ServerFixture fixture() {
    return new Fixture();
  }

  /** The inbound port, before an application that finds everything good. */
  private static final class Fixture implements ServerFixture {
    @Override
    public ServerOptions options() {
      String onlyHttp1 = "the proxy speaks HTTP/1.1 only";
      return ServerOptions.of("proxy")
          .cannot(Capability.HTTP_2, onlyHttp1)
          .cannot(Capability.H2C_UPGRADE, onlyHttp1);
    }

    @Override
    public String variant() {
      return "";
    }

    @Override
    public ServerUnderTest start(Setup setup) throws IOException {
      Backend application = new Backend();
      application.answers("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nscheme=http\n");
      Listeners listeners =
          new Listeners(
              new TestOutbound(),
              new Problems(false),
              new Log(Log.Level.OFF, System.err, InstantSource.system()),
              ProxyUnderTest.TIMEOUTS);
      Listeners.Inbound inbound = listeners.inbound(ProxyUnderTest.loopback(0));
      inbound.open(TestMesh.get(), application.address());
      return new ServerUnderTest() {
        @Override
        public int port() {
          return inbound.address().getPort();
        }

        @Override
        public void open(String gate) {}

        @Override
        public void close() throws IOException {
          listeners.close();
          application.close();
        }
      };
    }
  }
}
