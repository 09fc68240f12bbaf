package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many who send half of something, or take nothing, beside one who just asks. */
@Timeout(120)
class FloodTest {
  private static final int MANY = 300;

  /** A tenth of what the default has room for, so that few are many. */
  private static final Capacity SMALL = Capacity.of(Capacity.UNIT / 10, Capacity.UNIT / 20);

  @RegisterExtension
  final ProxyUnderTest proxy = new ProxyUnderTest(ProxyUnderTest.TIMEOUTS, SMALL);

  private final List<Http1> flood = new ArrayList<>();

  @AfterEach
  void end() throws IOException {
    for (Http1 each : flood) {
      each.close();
    }
  }

  /** One more connection that sends this; whether it is still there does not matter. */
  private Http1 floods(String bytes) throws IOException {
    Http1 one = proxy.caller();
    flood.add(one);
    try {
      one.send(bytes);
    } catch (IOException e) {
      // It was let go.
    }
    return one;
  }

  private static long buffers() {
    return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  @Test
  void unfinishedHeads() throws IOException {
    String head = "GET / HTTP/1.1\r\nHost: o\r\n" + ("A: " + "b".repeat(1_000) + "\r\n").repeat(12);
    try (Http1 bystander = proxy.caller()) {
      for (int i = 0; i < MANY; i++) {
        floods(head);
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
    }
    assertThat(flood.get(0).closedByPeer()).isTrue();
    // The latest are not let go for those who have asked for as much before them.
    assertThat(flood.get(MANY - 1).send("\r\n").read().status()).isEqualTo(200);
  }

  @Test
  void unfinishedLines_inBuffers() throws IOException {
    String line = "GET /" + "a".repeat(7_000);
    long before = buffers();
    try (Http1 bystander = proxy.caller()) {
      for (int i = 0; i < MANY; i++) {
        floods(line);
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
      assertThat(buffers() - before).isLessThan(2 * SMALL.inbound().held() + 2_000_000);
    }
  }

  @Test
  void connectionsThatSayNothing() throws IOException {
    try (Http1 bystander = proxy.caller()) {
      for (int i = 0; i < MANY; i++) {
        floods("");
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
    }
    assertThat(flood.get(0).closedByPeer()).isTrue();
    try (Http1 next = proxy.caller()) {
      assertThat(next.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void halfOfAClientHello() throws IOException {
    try (Http1 bystander = proxy.meshCaller()) {
      for (int i = 0; i < MANY; i++) {
        floods("\u0016\u0003\u0001\u003f\u00ff" + "x".repeat(12_000));
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
    }
    assertThat(flood.get(0).closedByPeer()).isTrue();
  }

  @Test
  void requestsThatWaitForTheirTurn() throws IOException {
    proxy
        .backend()
        .script(
            exchange -> {
              if (exchange.request().line().startsWith("GET /slow")) {
                exchange.in().read(); // never answered
              } else {
                exchange.send(Backend.OK);
              }
            });
    String pipelined = "GET /slow HTTP/1.1\r\nHost: o\r\n\r\n" + "x".repeat(60_000);
    long before = buffers();
    try (Http1 bystander = proxy.caller()) {
      for (int i = 0; i < 100; i++) {
        floods(pipelined);
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
      assertThat(buffers() - before).isLessThan(2 * SMALL.inbound().held() + 2_000_000);
    }
  }

  @Test
  void answersThatNobodyTakes() throws IOException {
    String large = "HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n";
    byte[] piece = new byte[64 * 1024];
    proxy
        .backend()
        .script(
            exchange -> {
              if (exchange.request().line().startsWith("GET /large")) {
                exchange.send(large);
                for (int i = 0; i < 50_000_000 / piece.length; i++) {
                  exchange.out().write(piece);
                }
              } else {
                exchange.send(Backend.OK);
              }
            });
    long before = buffers();
    try (Http1 bystander = proxy.caller()) {
      for (int i = 0; i < 60; i++) {
        floods("GET /large HTTP/1.1\r\nHost: o\r\n\r\n");
        assertThat(bystander.get("/").status()).isEqualTo(200);
      }
      assertThat(buffers() - before).isLessThan(2 * SMALL.inbound().held() + 4_000_000);
    }
  }

  /** Each byte would hold the buffer that it came in. */
  @Test
  void bodiesByteByByte() throws IOException {
    long before = buffers();
    for (int i = 0; i < 4; i++) {
      Http1 slow = floods("PUT / HTTP/1.1\r\nHost: o\r\nContent-Length: 20000\r\n\r\n");
      for (int j = 0; j < 5_000; j++) {
        slow.send("x");
      }
      assertThat(proxy.caller().get("/").status()).isEqualTo(200);
    }
    assertThat(buffers() - before).isLessThan(2_000_000);
  }
}
