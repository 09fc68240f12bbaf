package dev.weft.runtime.tls;

import static dev.weft.runtime.tls.ClientHello.Kind.MESH;
import static dev.weft.runtime.tls.ClientHello.Kind.NEED_MORE;
import static dev.weft.runtime.tls.ClientHello.Kind.NOT_TLS;
import static dev.weft.runtime.tls.ClientHello.Kind.OTHER_TLS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloTest {
  private static final String MESH_NAME = "orders.default.weft.internal";

  /** What the JDK really sends. */
  static byte[] realHello(@Nullable String sni) throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, null, null);
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (sni != null) {
      parameters.setServerNames(List.of(new SNIHostName(sni)));
    }
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(32 * 1024);
    engine.beginHandshake();
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static ClientHello.Kind sniff(byte[] bytes) {
    return sniff(bytes, bytes.length);
  }

  /** With other bytes before and after, in a buffer that must not be touched. */
  private static ClientHello.Kind sniff(byte[] bytes, int length) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(length + 7);
    buffer.position(3);
    buffer.put(bytes, 0, length);
    buffer.limit(3 + length).position(3);
    ClientHello.Kind kind = ClientHello.sniff(buffer);
    assertThat(buffer.position()).isEqualTo(3);
    assertThat(buffer.limit()).isEqualTo(3 + length);
    return kind;
  }

  /** The message inside the one record of a hello, cut into records of a given size. */
  private static byte[] fragmented(byte[] hello, int size) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 5; at < hello.length; at += size) {
      int n = Math.min(size, hello.length - at);
      out.write(new byte[] {22, 3, 1, (byte) (n >> 8), (byte) n}, 0, 5);
      out.write(hello, at, n);
    }
    return out.toByteArray();
  }

  @Test
  void knowsTheMeshByItsName() throws Exception {
    assertThat(sniff(realHello(MESH_NAME))).isEqualTo(MESH);
    assertThat(sniff(realHello("ORDERS.Default.WEFT.Internal"))).isEqualTo(MESH);
    assertThat(sniff(realHello("orders.example.com"))).isEqualTo(OTHER_TLS);
    assertThat(sniff(realHello("weft.internal.example.com"))).isEqualTo(OTHER_TLS);
    assertThat(sniff(realHello("notweft.internal"))).isEqualTo(OTHER_TLS);
    assertThat(sniff(realHello("weft.internal"))).isEqualTo(OTHER_TLS);
    assertThat(sniff(realHello(null))).isEqualTo(OTHER_TLS);
  }

  @Test
  void everyShorterPieceNeedsMore() throws Exception {
    byte[] hello = realHello(MESH_NAME);
    for (int length = 0; length < hello.length; length++) {
      assertThat(sniff(hello, length))
          .as("%d of %d bytes", length, hello.length)
          .isEqualTo(NEED_MORE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 17, 100, 250})
  void aHelloInManyRecordsIsPutTogether(int size) throws Exception {
    byte[] hello = fragmented(realHello(MESH_NAME), size);
    assertThat(sniff(hello)).isEqualTo(MESH);
    for (int length = 0; length < hello.length; length++) {
      assertThat(sniff(hello, length))
          .as("%d of %d bytes", length, hello.length)
          .isEqualTo(NEED_MORE);
    }
    assertThat(sniff(fragmented(realHello("orders.example.com"), size))).isEqualTo(OTHER_TLS);
  }

  @Test
  void aRecordThatFollowsIsNoneOfItsBusiness() throws Exception {
    byte[] hello = realHello(MESH_NAME);
    byte[] more = Arrays.copyOf(hello, hello.length + 6);
    System.arraycopy(new byte[] {20, 3, 3, 0, 1, 1}, 0, more, hello.length, 6);
    assertThat(sniff(more)).isEqualTo(MESH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "G",
        "GET / HTTP/1.1\r\n",
        "PRI * HTTP/2.0",
        "PROXY TCP4",
        "\r\n\r\n\0\r\nQUIT\n",
        "\u0016\u0002",
        "\u0016\u0016\u0003\u0001"
      })
  void whatIsNoTlsIsToldByTwoBytes(String start) {
    assertThat(sniff(start.getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(NOT_TLS);
  }

  @Test
  void emptyAndHalfABeginningNeedMore() {
    assertThat(sniff(new byte[0])).isEqualTo(NEED_MORE);
    assertThat(sniff(new byte[] {22})).isEqualTo(NEED_MORE);
    assertThat(sniff(new byte[] {22, 3})).isEqualTo(NEED_MORE);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 4})).isEqualTo(NEED_MORE);
  }

  @Test
  void brokenRecordsAreNotTheMeshs() {
    assertThat(sniff(new byte[] {22, 3, 9})).as("version").isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, (byte) 0x81})).as("version").isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 0})).as("empty").isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0x40, 1})).as("length").isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 9, 2})).as("a ServerHello").isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 9, 1, 1, 0, 0}))
        .as("a message of 64 KiB")
        .isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 1, 1, 23}))
        .as("an alert between its records")
        .isEqualTo(OTHER_TLS);
    assertThat(sniff(new byte[] {22, 3, 1, 0, 4, 1, 0, 0, 0})).as("empty").isEqualTo(OTHER_TLS);
  }

  @Test
  void bytesAfterTheMessageInItsRecordAreRefused() throws Exception {
    byte[] hello = realHello(MESH_NAME);
    byte[] longer = Arrays.copyOf(hello, hello.length + 1);
    int length = hello.length - 5 + 1;
    longer[3] = (byte) (length >> 8);
    longer[4] = (byte) length;
    assertThat(sniff(longer)).isEqualTo(OTHER_TLS);
  }

  /** A hello of the smallest parts, with given extensions. */
  private static byte[] hello(byte[]... extensions) {
    int size = 0;
    for (byte[] extension : extensions) {
      size += extension.length;
    }
    int body = 2 + 32 + 1 + 4 + 2 + 2 + size;
    ByteBuffer out = ByteBuffer.allocate(9 + body);
    out.put((byte) 22).putShort((short) 0x0301).putShort((short) (4 + body));
    out.put((byte) 1).put((byte) 0).putShort((short) body);
    out.putShort((short) 0x0303).put(new byte[32]).put((byte) 0);
    out.putShort((short) 2).putShort((short) 0x1301);
    out.put((byte) 1).put((byte) 0);
    out.putShort((short) size);
    for (byte[] extension : extensions) {
      out.put(extension);
    }
    return out.array();
  }

  private static byte[] extension(int type, byte[] data) {
    return ByteBuffer.allocate(4 + data.length)
        .putShort((short) type)
        .putShort((short) data.length)
        .put(data)
        .array();
  }

  private static byte[] names(int type, String... names) {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (String name : names) {
      byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
      list.write(type);
      list.write(bytes.length >> 8);
      list.write(bytes.length);
      list.write(bytes, 0, bytes.length);
    }
    byte[] all = list.toByteArray();
    return extension(
        0, ByteBuffer.allocate(2 + all.length).putShort((short) all.length).put(all).array());
  }

  @Test
  void oneHostNameAndNoMore() {
    assertThat(sniff(hello(names(0, MESH_NAME)))).isEqualTo(MESH);
    assertThat(sniff(hello(extension(99, new byte[5]), names(0, MESH_NAME)))).isEqualTo(MESH);
    assertThat(sniff(hello(names(0, MESH_NAME, MESH_NAME)))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, MESH_NAME), names(0, MESH_NAME)))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(1, MESH_NAME)))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0)))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, "")))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, ".weft.internal")))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, MESH_NAME + ".")))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, "x".repeat(242) + ".weft.internal")))).isEqualTo(OTHER_TLS);
    assertThat(sniff(hello(names(0, "x".repeat(241) + ".weft.internal")))).isEqualTo(MESH);
    assertThat(sniff(hello())).isEqualTo(OTHER_TLS);
  }

  @Test
  void aHelloThatCannotBeWholeWithinTheLimitIsGivenUp() throws Exception {
    byte[] fits = hello(extension(99, new byte[16000]), names(0, MESH_NAME));
    assertThat(sniff(fits)).isEqualTo(MESH);
    // As records of one byte it would be six times as long.
    byte[] fragments = fragmented(fits, 1);
    assertThat(sniff(fragments, ClientHello.LIMIT - 1)).isEqualTo(NEED_MORE);
    assertThat(sniff(fragments, ClientHello.LIMIT)).isEqualTo(OTHER_TLS);
    assertThat(sniff(fragments)).isEqualTo(OTHER_TLS);
    byte[] tooLong = hello(extension(99, new byte[16400]), names(0, MESH_NAME));
    assertThat(sniff(tooLong, 9)).isEqualTo(OTHER_TLS);
  }

  @Test
  void noGarbageMakesItThrowOrWaitForever() throws Exception {
    byte[] hello = realHello(MESH_NAME);
    Random random = new Random(20261121);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = round % 3 == 0 ? fragmented(hello, 1 + random.nextInt(300)) : hello.clone();
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
      ClientHello.Kind kind = sniff(bytes, length);
      assertThat(kind).isNotNull();
      if (kind == NEED_MORE) {
        // Whatever it waits for, it stops waiting at the limit.
        assertThat(sniff(Arrays.copyOf(bytes, ClientHello.LIMIT))).isNotEqualTo(NEED_MORE);
      }
    }
  }

  @Test
  void noNoiseMakesItThrow() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (bytes.length > 2 && random.nextBoolean()) {
        bytes[0] = 22;
        bytes[1] = 3;
        bytes[2] = 1;
      }
      assertThat(sniff(bytes)).isNotEqualTo(MESH);
    }
  }
}
