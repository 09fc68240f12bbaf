package dev.weft.instrumentation.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.server.AbstractHttpServerTest;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version of Reactor Netty: Netty 4.1 and 4.2. */
@ParameterizedClass(name = "Reactor Netty {0}")
@FieldSource("dev.weft.instrumentation.netty.ReactorNettyFixture#VERSIONS")
class ReactorNettyServerTest extends AbstractHttpServerTest {
  ReactorNettyServerTest(String version) {
    super(new ReactorNettyFixture(version));
  }

  @Override
  @Test
  @Tag("same-on-every-jdk")
  public void twoGigabytesEachWayInASmallHeap() throws Exception {
    super.twoGigabytesEachWayInASmallHeap();
  }

  @Test
  void webSocketsAreOneRequestEach() throws Exception {
    byte[] frame = {(byte) 0x82, (byte) 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    byte[] echo = {(byte) 0x82, 5, 'h', 'e', 'l', 'l', 'o'};
    try (ServerUnderTest server = fixture().start(Setup.PLAIN)) {
      TestListener listener = server.listener();
      try (Http1 plain = Http1.plain(server.port());
          Http1 tls = Http1.tls(server.port(), "shop")) {
        for (Http1 client : List.of(plain, tls)) {
          client.send(
              "GET /websocket HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\n"
                  + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
          assertThat(client.read().status()).isEqualTo(101);
          for (int i = 0; i < 3; i++) {
            client.out().write(frame);
            client.out().flush();
            assertThat(client.in().readNBytes(echo.length)).isEqualTo(echo);
          }
        }
      }
      listener.awaitEnds(2);
      assertThat(listener.requestsStarted()).isEqualTo(2);
      assertThat(listener.requestsEnded()).isEqualTo(2);
    }
  }
}
