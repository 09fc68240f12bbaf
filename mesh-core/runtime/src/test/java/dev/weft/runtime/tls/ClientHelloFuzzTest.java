package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The peek bears any bytes, and takes no early word back. */
class ClientHelloFuzzTest {
  @Test
  void anyBytes_aDecision_thatMoreBytesDoNotChange() throws Exception {
    Fuzz.run(
        "hellos",
        new Bytes(
            40_000, "\26\3\1", "\1\0\0", ".weft.internal", "orders.default.weft.internal", "\0\0"),
        List.of(
            ClientHelloTest.realHello("orders.default.weft.internal"),
            ClientHelloTest.realHello("shop.example.com"),
            ClientHelloTest.realHello(null)),
        ClientHelloFuzzTest::attempt);
  }

  private static Object attempt(byte[] input) {
    ClientHello.Kind all = sniff(input, input.length);
    if (input.length >= ClientHello.LIMIT) {
      assertThat(all).isNotEqualTo(ClientHello.Kind.NEED_MORE);
    }
    int step = Math.max(1, input.length / 64);
    boolean decided = false;
    for (int length = 0; length < input.length; length += length < 16 ? 1 : step) {
      ClientHello.Kind early = sniff(input, length);
      // Not by AssertJ: a quarter of a million times.
      if (early != all && (decided || early != ClientHello.Kind.NEED_MORE)) {
        throw new AssertionError(early + " after " + length + " bytes, " + all + " after all");
      }
      decided = early != ClientHello.Kind.NEED_MORE;
    }
    return all;
  }

  private static ClientHello.Kind sniff(byte[] bytes, int length) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    ClientHello.Kind kind = ClientHello.sniff(buffer);
    if (buffer.position() != 0 || buffer.limit() != length) {
      throw new AssertionError("the buffer is " + buffer);
    }
    return kind;
  }
}
