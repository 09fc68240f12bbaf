package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A slow reader stops its writer. This JVM has 64 MB of heap and 32 MB of direct memory, and the
 * bodies here are larger than both together.
 */
class BackPressureTest {
  private static final long SIZE = 112L << 20;
  private static final int CHUNK = 64 * 1024;

  /** What systems keep in the buffers of two connections, and we in between. */
  private static final long IN_BETWEEN = 24L << 20;

  @RegisterExtension final ProxyUnderTest proxy = new ProxyUnderTest();

  @Test
  void thisJvm_isSmall() {
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(70L << 20);
  }

  @Test
  void aResponseThatIsNotRead_isNotTakenFromTheApplication() throws Exception {
    AtomicLong written = new AtomicLong();
    proxy.backend().script(exchange -> write(exchange.out(), true, written));
    List<Http1> callers = List.of(proxy.caller(), proxy.meshCaller());
    for (Http1 caller : callers) {
      written.set(0);
      try (caller) {
        caller.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
        long stopped = awaitStandstill(written);
        assertThat(stopped).isBetween(1L, IN_BETWEEN);
        assertThat(read(caller.in(), true)).isEqualTo(SIZE);
        assertThat(written.get()).isEqualTo(SIZE);
      }
    }
  }

  @Test
  void aRequestThatIsNotRead_isNotTakenFromTheCaller() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicLong read = new AtomicLong();
    Backend other = new Backend();
    for (Backend backend : List.of(proxy.backend(), other)) {
      backend.leavesBodies();
      backend.script(
          exchange -> {
            go.await();
            read.addAndGet(read(exchange.in(), false));
            exchange.send(Backend.OK);
          });
    }
    proxy.outbound().route("stock", TestEndpoint.plain("stock", other.port()));
    try (other;
        Http1 inbound = proxy.caller();
        Http1 outbound = proxy.application()) {
      AtomicLong in = new AtomicLong();
      AtomicLong out = new AtomicLong();
      Thread first = upload(inbound, "/", in);
      Thread second = upload(outbound, "http://stock/", out);
      assertThat(awaitStandstill(in)).isBetween(1L, IN_BETWEEN);
      assertThat(awaitStandstill(out)).isBetween(1L, IN_BETWEEN);
      go.countDown();
      assertThat(inbound.read().text()).isEqualTo("ok");
      assertThat(outbound.read().text()).isEqualTo("ok");
      first.join();
      second.join();
      assertThat(read.get()).isEqualTo(2 * SIZE);
    }
  }

  @Test
  void aTunnel_holdsBackToo() throws Exception {
    AtomicLong written = new AtomicLong();
    proxy
        .backend()
        .script(
            exchange -> {
              write(exchange.out(), false, written);
              exchange.socket().close();
            });
    try (Http1 application = proxy.application()) {
      String target = "127.0.0.1:" + proxy.backend().port();
      application.send("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
      application.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
      assertThat(awaitStandstill(written)).isBetween(1L, IN_BETWEEN);
      InputStream in = application.in();
      String established = "HTTP/1.1 200 Connection established\r\n\r\n";
      in.skipNBytes(established.length());
      assertThat(count(in, Long.MAX_VALUE)).isEqualTo(SIZE);
    }
  }

  @Test
  void manyThatReadNothing_takeABoundedAmountOfMemory() throws Exception {
    AtomicLong written = new AtomicLong();
    proxy.backend().script(exchange -> write(exchange.out(), true, written));
    List<Http1> callers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Http1 caller = proxy.caller();
      caller.socket().setReceiveBufferSize(16 * 1024);
      callers.add(caller.send("GET / HTTP/1.1\r\nHost: orders\r\n\r\n"));
    }
    awaitStandstill(written);
    // There is room for another one.
    proxy.backend().answers(Backend.OK);
    try (Http1 one = proxy.caller()) {
      assertThat(one.get("/").text()).isEqualTo("ok");
    }
    for (Http1 caller : callers) {
      caller.close();
    }
    proxy.listener().awaitEnds(callers.size() + 1);
  }

  private static Thread upload(Http1 connection, String target, AtomicLong written) {
    Thread thread =
        new Thread(
            () -> {
              try {
                connection.send(
                    "POST "
                        + target
                        + " HTTP/1.1\r\nHost: stock\r\nContent-Length: "
                        + SIZE
                        + "\r\n\r\n");
                write(connection.out(), false, written);
              } catch (IOException e) {
                written.set(-1);
              }
            });
    thread.start();
    return thread;
  }

  /** Writes {@link #SIZE} bytes, as a response with chunks or as they are. */
  private static void write(OutputStream out, boolean response, AtomicLong written)
      throws IOException {
    byte[] data = new byte[CHUNK];
    if (response) {
      out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }
    for (long left = SIZE; left > 0; left -= CHUNK) {
      if (response) {
        out.write(ascii(Integer.toHexString(CHUNK) + "\r\n"));
      }
      out.write(data);
      if (response) {
        out.write(ascii("\r\n"));
      }
      written.addAndGet(CHUNK);
    }
    if (response) {
      out.write(ascii("0\r\n\r\n"));
    }
    out.flush();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads a body of {@link #SIZE} bytes; of a response, its head and chunks too. */
  private static long read(InputStream in, boolean response) throws IOException {
    if (!response) {
      return count(in, SIZE);
    }
    while (!line(in).isEmpty()) {
      continue;
    }
    long total = 0;
    for (int size = chunk(in); size > 0; size = chunk(in)) {
      total += count(in, size);
      line(in);
    }
    line(in);
    return total;
  }

  private static int chunk(InputStream in) throws IOException {
    return Integer.parseInt(line(in), 16);
  }

  private static long count(InputStream in, long atMost) throws IOException {
    byte[] data = new byte[CHUNK];
    long total = 0;
    while (total < atMost) {
      int read = in.read(data, 0, (int) Math.min(data.length, atMost - total));
      if (read < 0) {
        break;
      }
      total += read;
    }
    return total;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the end within a line");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  /** Waits until a counter has begun, and then has not moved for half a second. */
  private static long awaitStandstill(AtomicLong counter) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long last = 0;
    while (System.nanoTime() < end) {
      assertThat(never.await(500, TimeUnit.MILLISECONDS)).isFalse();
      long now = counter.get();
      if (now > 0 && now == last) {
        return now;
      }
      last = now;
    }
    throw new AssertionError("it never stood still: " + last);
  }
}
