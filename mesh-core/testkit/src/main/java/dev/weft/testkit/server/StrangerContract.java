package dev.weft.testkit.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.tls.Identity;
import dev.weft.testkit.Authority;
import dev.weft.testkit.HostileStranger;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.Identities;
import dev.weft.testkit.OddClient;
import dev.weft.testkit.TestListener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a stranger does to a port. Nobody else's request fails, and what it took is given back when
 * it is gone. What was measured is written to {@code target/hostile-stranger.txt}.
 */
interface StrangerContract extends ServerKit {
  byte[] HEAD =
      ("GET /facts HTTP/1.1\r\nHost: orders\r\n" + "x: y\r\n".repeat(40)).getBytes(ISO_8859_1);

  @Test
  default void certificatesThatAreNotGoodLetNobodyIn() throws Exception {
    RealTls tls = new RealTls();
    Authority foreign = new Authority("mesh"); // of the same name, with another key
    Instant now = Instant.now();
    Duration day = Duration.ofDays(1);
    String shop = Identities.spiffeId("shop");
    Map<String, @Nullable Identity> bad = new HashMap<>();
    bad.put("none", null);
    bad.put("foreign", foreign.issue("shop"));
    bad.put("ended", tls.authority.issue(shop, now.minus(day).minus(day), now.minus(day)));
    bad.put("not begun", tls.authority.issue(shop, now.plus(day), now.plus(day).plus(day)));
    bad.put(
        "of another trust domain",
        tls.authority.issue("spiffe://elsewhere.example/ns/default/sa/shop", now, now.plus(day)));
    try (ServerUnderTest server = start(most())) {
      server.listener().rule(new KitPolicy());
      OddClient good = new OddClient(tls.authority.issue("shop"));
      for (Map.Entry<String, @Nullable Identity> one : bad.entrySet()) {
        for (int i = 0; i < 5; i++) {
          assertNotLetIn(one.getKey(), server.port(), new OddClient(one.getValue()));
          try (Http1 shopper = good.connect(server.port(), TestListener.SNI)) {
            assertThat(shopper.get("/facts").status()).isEqualTo(200);
          }
        }
      }
      assertThat(server.listener().requestsStarted()).isEqualTo(bad.size() * 5);
      assertThat(server.listener().callers()).allMatch("shop"::equals);
    }
  }

  private static void assertNotLetIn(String certificate, int port, OddClient client) {
    int status;
    try (Http1 stranger = client.connect(port, TestListener.SNI)) {
      status = stranger.get("/facts").status();
    } catch (IOException e) {
      return; // In TLS 1.3 a client learns only with its first read what became of it.
    }
    assertThat(status).as(certificate).isEqualTo(403);
  }

  /** Cut at every place that some state of a connection begins at, and left in two ways. */
  @Test
  default void halfOfEverything() throws Exception {
    byte[] hello = HostileStranger.clientHello();
    List<byte[]> whole =
        List.of(
            hello,
            HEAD,
            "POST /upload HTTP/1.1\r\nHost: orders\r\nContent-Length: 1000\r\n\r\n{"
                .getBytes(ISO_8859_1),
            "POST /echo HTTP/1.1\r\nHost: orders\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"
                .getBytes(ISO_8859_1),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\77\1".getBytes(ISO_8859_1));
    try (ServerUnderTest server = start(most());
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      for (byte[] said : whole) {
        for (int part = 0; part <= 8; part++) {
          byte[] half = Arrays.copyOf(said, said.length * part / 8);
          stranger.leave(half, true);
          stranger.leave(half, false);
          stranger.hold(half);
        }
        bystanders.ask();
      }
      // Half of what goes on inside mesh TLS.
      for (int i = 0; i < 20; i++) {
        try (Http1 member = Http1.tls(server.port(), "shop")) {
          member.out().write(HEAD);
          member.socket().setSoLinger(i % 2 == 0, 0);
        }
      }
      bystanders.ask();
      stranger.close();
      bystanders.assertGivenBack("half of everything");
    }
  }

  @Test
  default void connectionsThatSayNothing() throws Exception {
    assertNobodyNotices("1,000 connections that say nothing", 1_000, new byte[0]);
  }

  @Test
  default void handshakesThatStop() throws Exception {
    assertNobodyNotices("100 handshakes that stop", 100, HostileStranger.clientHello());
  }

  /** A length that TLS 1.3 does not have, and half of what it announces. */
  @Test
  default void halfOfARecordThatIsTooLarge() throws Exception {
    ByteBuffer record = ByteBuffer.allocate(22_000);
    record.put((byte) 23).putShort((short) 0x0303).putShort((short) 30_000);
    try (ServerUnderTest server = start(most());
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      List<Socket> halves = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Socket half = stranger.connect();
        halves.add(half);
        half.setSoTimeout(20_000);
        half.getOutputStream().write(HostileStranger.clientHello());
        assertThat(half.getInputStream().read()).as("the server's flight").isEqualTo(22);
        half.getOutputStream().write(record.array());
        bystanders.ask();
      }
      for (Socket half : halves) {
        assertEnds(half);
        bystanders.ask();
      }
      bystanders.assertGivenBack("half of a record that is too large");
    }
  }

  private static void assertEnds(Socket socket) throws IOException {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (SocketException e) {
      // With a reset.
    }
  }

  /**
   * Each asks for new keys in return (RFC 8446, 4.6.3), and no answer is taken: whoever goes on
   * reading has to keep them all.
   */
  @ParameterizedTest
  @EnumSource(names = {"TLS", "H2_TLS"})
  default void newKeysThatNobodyTakes(Wire wire) throws Exception {
    Assumptions.assumeTrue(fixture().large(), "shown on one version of each line");
    try (ServerUnderTest server = start(wire.setup());
        Bystanders bystanders = new Bystanders(server, List.of(Wire.PLAIN, Wire.TLS));
        HostileStranger stranger = new HostileStranger(server.port())) {
      AtomicInteger asked = new AtomicInteger();
      for (int i = 0; i < 2; i++) {
        Socket raw = new Socket();
        raw.setReceiveBufferSize(4 * 1024);
        raw.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        Http1 member = Http1.tls(raw, "shop", TestListener.SNI, wire.http2() ? "h2" : "http/1.1");
        if (wire.http2()) {
          Http2.over(member).grant(Integer.MAX_VALUE).get(1, "http", "/download?bytes=100000000");
        }
        stranger.flood(
            member.socket(),
            out -> {
              for (int n = 0; n < 60_000; n++) {
                ((SSLSocket) member.socket()).startHandshake();
                asked.incrementAndGet();
              }
            });
      }
      // Until it is hung up on, or nobody reads it any more.
      for (int before = -1; before != asked.get(); ) {
        before = asked.get();
        for (int i = 0; i < 20; i++) {
          bystanders.ask();
        }
      }
      bystanders.weigh();
      stranger.close();
      bystanders.assertGivenBack("new keys that nobody takes, " + wire);
    }
  }

  private void assertNobodyNotices(String attack, int connections, byte[] said) throws Exception {
    try (ServerUnderTest server = start(most());
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      for (int i = 0; i < connections; i++) {
        stranger.hold(said);
        if (i % 50 == 0) {
          bystanders.ask();
        }
      }
      bystanders.weigh();
      stranger.close();
      bystanders.assertGivenBack(attack);
    }
  }

  @Test
  default void headsThatTrickle() throws Exception {
    try (ServerUnderTest server = start(most());
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      for (int i = 0; i < 200; i++) {
        stranger.connect();
      }
      for (int i = 0; i < 40; i++) {
        stranger.sayEverywhere(new byte[] {HEAD[i]});
        if (i % 4 == 0) {
          bystanders.ask();
        }
      }
      bystanders.weigh();
      stranger.close();
      bystanders.assertGivenBack("200 heads, byte by byte");
    }
  }

  /** One after the other on each connection, and none of them taken. */
  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "TLS"})
  default void answersThatNobodyTakes(Wire wire) throws Exception {
    byte[] asked =
        "GET /download?bytes=2000000 HTTP/1.1\r\nHost: orders\r\n\r\n"
            .repeat(20)
            .getBytes(ISO_8859_1);
    try (ServerUnderTest server = start(most());
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      for (int i = 0; i < 12; i++) {
        Socket connected =
            wire.tls() ? Http1.tls(server.port(), "shop").socket() : Http1.connect(server.port());
        stranger.flood(connected, out -> out.write(asked));
        bystanders.ask();
      }
      bystanders.weigh();
      stranger.close();
      bystanders.assertGivenBack("12 x 40 MB that nobody takes, " + wire);
    }
  }

  @ParameterizedTest
  @EnumSource(Http2Flood.class)
  default void floodsOfHttp2(Http2Flood flood) throws Exception {
    try (ServerUnderTest server = start(Setup.HTTP_2);
        Bystanders bystanders = new Bystanders(server, wires());
        HostileStranger stranger = new HostileStranger(server.port())) {
      for (int i = 0; i < 4; i++) {
        Http1 connection =
            i % 2 == 0 ? Http1.plain(server.port()) : Http1.tls(server.port(), "shop", "h2");
        stranger.flood(connection.socket(), out -> flood.run(Http2.over(connection, out)));
      }
      for (int i = 0; i < 10; i++) {
        bystanders.ask();
      }
      assertThat(stranger.sent()).isPositive();
      if (fixture().holdsLittle(flood)) {
        bystanders.weigh();
      }
      stranger.close();
      bystanders.assertGivenBack("HTTP/2: " + flood);
    }
  }
}
