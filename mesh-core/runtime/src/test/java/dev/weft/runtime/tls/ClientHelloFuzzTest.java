package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import dev.weft.runtime.tls.ClientHello.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a stranger sends first, whole and in pieces. */
class ClientHelloFuzzTest {
  private static final int MOST = 20 * 1024;

  @Test
  void theFirstBytesAreDecidedAboutOnce_howeverTheyArrive() throws Exception {
    byte[] mesh = ClientHelloTest.realHello("orders.default.weft.internal");
    Fuzz.run(
        "client-hello",
        new Bytes(MOST, "\u0016\u0003\u0001", "\u0001\0", "\0\0", ".weft.internal", "GET / "),
        List.of(
            mesh,
            ClientHelloTest.realHello("example.org"),
            ClientHelloTest.realHello(null),
            ClientHelloTest.fragmented(mesh, 1),
            ClientHelloTest.fragmented(mesh, 100)),
        ClientHelloFuzzTest::decideOnce);
  }

  private static Kind decideOnce(byte[] bytes) {
    ByteBuffer all = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    Kind whole = ClientHello.sniff(all);
    assertThat(all.position()).isZero();
    assertThat(all.limit()).isEqualTo(bytes.length);
    if (bytes.length >= ClientHello.LIMIT) {
      assertThat(whole).isNotEqualTo(Kind.NEED_MORE);
    }
    int step = 1 + bytes.length / 300;
    Kind first = Kind.NEED_MORE;
    for (int length = 1; length < bytes.length && first == Kind.NEED_MORE; length += step) {
      first = ClientHello.sniff(ByteBuffer.wrap(bytes, 0, length));
    }
    if (first != Kind.NEED_MORE) {
      assertThat(first).isEqualTo(whole);
    }
    return whole;
  }
}
